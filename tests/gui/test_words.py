"""What the window says in words: health, notices, cards, journeys, buttons."""

from dataclasses import replace

from core.operating.snapshot import BrokerHealth, BrokerState, ConsumerState, OutboxBacklog
from gui.formatting import clock
from gui.overview.card_text import card_sentence, figure_tips, kept_back, small_print
from gui.overview.journey_rows import journey_row, journey_rows
from gui.parts.command_face import OBEYED_S, PATIENCE_S, Sent, face, settle
from gui.parts.health import health_sentence, notices
from gui.tokens import Tone
from tests.gui.pictures import NAMES, NOW, consumer, journey, snapshot


def _texts(picture: object, age_s: float = 0.1) -> list[str]:
    return [notice.text for notice in notices(picture, age_s)]  # type: ignore[arg-type]


# The health sentence


def test_all_running() -> None:
    assert health_sentence([consumer(name) for name in NAMES], NOW) == ("all five running", Tone.OK)


def test_the_worst_is_named_first() -> None:
    some = [
        consumer("analytics"),
        consumer("qr", ConsumerState.PAUSED),
        consumer("billing"),
        consumer("webhook", ConsumerState.FAILING),
        consumer("dashboard"),
    ]

    assert health_sentence(some, NOW) == ("2 of 5 need attention: webhook failing, qr paused", Tone.BAD)


def test_a_trouble_that_lasts_says_for_how_long_if_somebody_saw_it_begin() -> None:
    lasting = (
        consumer("webhook", ConsumerState.FAILING, state_since=NOW - 200),
        consumer("qr", ConsumerState.PAUSED, state_since=NOW - 200),
        consumer("billing", ConsumerState.STOPPED, state_since=NOW - 59),
        consumer("analytics", ConsumerState.STOPPED),
        consumer("dashboard", ConsumerState.FAILING, state_since=NOW - 7_300, dead=1),
    )

    sentence, _ = health_sentence(lasting, NOW)

    assert sentence == (
        "5 of 5 need attention: webhook failing for 3 min, dashboard failing for 2 h with 1 dead letter, "
        "billing stopped, analytics stopped, qr paused"
    )


def test_one_state_of_all_is_said_once() -> None:
    stopped = [consumer(name, ConsumerState.STOPPED) for name in NAMES]

    assert health_sentence(stopped, NOW) == ("all five stopped: no worker", Tone.BAD)
    assert health_sentence([], NOW) == ("consumers unknown", Tone.NEUTRAL)


def test_dead_letters_need_attention_also_while_all_run() -> None:
    some = [consumer("analytics"), consumer("qr", dead=1), consumer("webhook", dead=1_204)]

    assert health_sentence(some, NOW) == (
        "2 of 3 need attention: qr has 1 dead letter, webhook has 1,204 dead letters",
        Tone.BAD,
    )


def test_dead_letters_are_named_with_the_state_and_before_what_passes_by_itself() -> None:
    paused = [
        consumer("qr", ConsumerState.PAUSED),
        consumer("billing", ConsumerState.CATCHING_UP),
        consumer("webhook", ConsumerState.PAUSED, dead=2),
    ]

    assert health_sentence(paused, NOW) == (
        "3 of 3 need attention: webhook paused with 2 dead letters, billing catching up, qr paused",
        Tone.BAD,
    )


def test_what_is_parked_passes_by_itself_and_what_is_unknown_is_not_taken_for_dead() -> None:
    some = [consumer("qr", parked=3), consumer("webhook", dead=None)]

    assert health_sentence(some, NOW) == ("all two running", Tone.OK)


# Notices


def test_nothing_is_said_while_all_is_well() -> None:
    assert _texts(snapshot()) == []


def test_a_broker_that_is_down_is_said_with_what_still_works() -> None:
    down = snapshot(broker=BrokerHealth(BrokerState.DOWN, "embedded"), outbox=OutboxBacklog(12, 3.0))

    assert _texts(down) == ["Broker is down: links are still created; 12 events wait."]


def test_a_relay_that_stopped_says_why() -> None:
    ahead = snapshot(outbox=OutboxBacklog(1, 3.0, "The broker is ahead of the database."))

    assert _texts(ahead) == [
        "The relay does not publish; 1 event waits: The broker is ahead of the database."
    ]


def test_a_dead_worker_and_old_figures_are_said() -> None:
    died = snapshot(own_worker="died (killed by signal 9), starting again in 2 s")

    assert _texts(died, age_s=8.0) == [
        "The worker died (killed by signal 9), starting again in 2 s. Events wait; nothing is lost.",
        "The figures are 8.0 s old: nothing has been read since.",
    ]


def test_an_unreadable_database_is_said() -> None:
    assert _texts(snapshot(database_error="disk I/O error"), age_s=9) == [
        "The database can't be read: disk I/O error"
    ]


# A card


def test_unknown_is_a_question_mark_with_its_reason() -> None:
    unknown = consumer(lag=None, in_flight=None, rate_out=None)

    assert figure_tips(unknown) == ("unknown: it could not be read",) * 3
    assert small_print(unknown) == "lag unknown"
    assert "lag ?" in card_sentence(unknown)


def test_small_print_tells_age_and_time_to_drain() -> None:
    behind = consumer(state=ConsumerState.CATCHING_UP, lag=40, oldest_age_s=12.0, drain_s=33.0)

    assert small_print(behind) == "oldest 12 s · done in 33 s"


def test_small_print_tells_until_when_it_is_paused() -> None:
    timed = consumer(state=ConsumerState.PAUSED, wants_paused=True, paused_until=NOW, lag=4, oldest_age_s=3.0)
    unobeyed = consumer(wants_paused=True, wanted_version=12, obeyed_version=11)

    assert small_print(timed) == f"oldest 3.0 s · until {clock(NOW)}"
    assert small_print(unobeyed) == "sent v12, obeyed v11"


def test_nothing_kept_back_is_not_worth_a_word() -> None:
    assert kept_back(consumer()) == ()
    assert small_print(consumer()) == "nothing waits"


def test_what_is_kept_back_is_told_with_the_command_that_helps() -> None:
    parked, dead = kept_back(consumer("webhook", parked=2, dead=12_345))

    assert (parked.text, parked.tone) == ("2 parked", Tone.WARN)
    assert (dead.text, dead.tone) == ("12.3k dead", Tone.BAD)
    assert "main.py parked list --consumer webhook" in parked.tip
    assert "12,345 events" in dead.tip
    assert "main.py dead list --consumer webhook" in dead.tip


def test_what_is_kept_back_is_unknown_where_it_could_not_be_read() -> None:
    unknown = kept_back(consumer(parked=None, dead=None))

    assert [(count.text, count.tone) for count in unknown] == [
        ("? parked", Tone.NEUTRAL),
        ("? dead", Tone.NEUTRAL),
    ]
    assert "could not be read" in unknown[0].tip


def test_a_card_with_something_kept_back_does_not_say_that_nothing_waits() -> None:
    waits = consumer(parked=2, dead=1)

    assert small_print(waits) == "nothing else waits"
    assert "2 parked, 1 dead" in card_sentence(waits)


# Its button


def test_an_act_is_sent_then_obeyed_then_its_opposite_is_offered() -> None:
    running = consumer(obeyed_version=11)
    paused = consumer(state=ConsumerState.PAUSED, wants_paused=True, wanted_version=12, obeyed_version=12)
    sent = Sent("pause", 100.0, 12)

    assert face(settle(sent, running, 100.2), running).text == "Pausing: sent"
    obeyed = settle(sent, paused, 100.4)
    assert face(obeyed, paused).text == "Obeyed v12"
    over = settle(obeyed, paused, 100.5 + OBEYED_S)
    assert over is None
    assert face(over, paused).text == "Resume"


def test_an_act_that_nobody_obeys_leaves_the_button_usable() -> None:
    stopped = consumer(state=ConsumerState.STOPPED, wants_paused=True, wanted_version=12, obeyed_version=None)
    sent = settle(Sent("pause", 100.0, 12), stopped, 100.1 + PATIENCE_S)

    assert sent is None
    assert face(sent, stopped).enabled
    assert face(sent, stopped).text == "Resume"


def test_a_pause_is_not_obeyed_before_the_running_batch_is_done() -> None:
    pausing = consumer(state=ConsumerState.PAUSING, wants_paused=True, wanted_version=12, obeyed_version=12)

    assert face(settle(Sent("pause", 100.0, 12), pausing, 100.2), pausing).text == "Pausing: sent"


# A journey


def test_a_complete_journey_tells_its_slowest_receipt() -> None:
    row = journey_row(journey(1, ms=48.0), {})

    assert row.consistent
    assert row.total == "48 ms"
    assert row.stations[2].spoken == "analytics done after 48 ms"


def test_what_waits_says_why() -> None:
    row = journey_row(journey(1, ms=None), {"qr": ConsumerState.PAUSED, "billing": ConsumerState.FAILING})

    assert row.total == "0 of 5"
    assert [station.text for station in row.stations[2:]] == [
        "waiting",
        "paused",
        "failing",
        "waiting",
        "waiting",
    ]


def test_what_is_dead_or_parked_is_not_said_to_wait() -> None:
    stuck = replace(journey(1, ms=None), troubles=(("qr", "dead"), ("billing", "parked")))

    row = journey_row(stuck, {"qr": ConsumerState.PAUSED})

    assert [station.text for station in row.stations[2:]] == [
        "waiting",
        "dead",
        "parked",
        "waiting",
        "waiting",
    ]
    assert row.stations[3].tone is Tone.BAD


def test_what_a_rebuild_has_applied_again_has_no_time() -> None:
    row = journey_row(replace(journey(1), rebuilt=("qr",)), {})

    assert (row.stations[3].text, row.stations[3].spoken) == ("rebuilt", "qr rebuilt")
    assert (row.total, row.consistent, row.is_over) == ("5 of 5", True, True)


def test_a_complete_journey_keeps_its_row() -> None:
    before = journey_rows([journey(1)], {}, [])

    after = journey_rows([journey(2, ms=None), journey(1)], {}, before)

    assert after[1] is before[0]


def test_a_publishing_that_is_noted_after_the_receipts_is_shown_too() -> None:
    early = replace(journey(1), published_ms=None)
    before = journey_rows([early], {}, [])

    after = journey_rows([journey(1)], {}, before)

    assert before[0].consistent
    assert not before[0].stations[1].reached
    assert after[0].stations[1].reached
