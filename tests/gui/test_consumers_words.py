"""What the Consumers page says and in which order, without a window."""

import pytest

from core.broker.group_look import GroupPart
from core.broker.stream_look import Copy
from core.consuming.faults import FaultKind
from core.events.envelope import Event
from core.operating.consumer_detail import FlightDetail
from core.operating.faults.board import BROKER_KINDS
from core.operating.snapshot import ConsumerState, FaultSet
from gui.consumers.acts import BREAKAGES, faults_of, rebuild_plan, repair_tip, retry_plan
from gui.consumers.detail_columns import difference, next_attempt, payload, slug_of
from gui.consumers.group_columns import COLUMNS
from gui.consumers.groups import done_in, group_of, owner_words, standing, worst_first
from gui.consumers.trends import GAP_S, Point, Trends, runs_of, span_of
from tests.gui.details import key, part
from tests.gui.pictures import NOW, consumer, snapshot

_STATE = ConsumerState


# All groups


def test_what_does_not_go_on_comes_first_and_what_runs_keeps_its_order() -> None:
    groups = [
        group_of(health)
        for health in (
            consumer("analytics", lag=3),
            consumer("qr", _STATE.PAUSED, lag=9, oldest_age_s=50.0),
            consumer("billing", dead=2),
            consumer("webhook", _STATE.CATCHING_UP, lag=5, oldest_age_s=4.0),
            consumer("dashboard", _STATE.FAILING),
            consumer("other", _STATE.STOPPED),
            consumer("last", lag=7),
        )
    ]

    assert [group.name for group in worst_first(groups)] == [
        *("dashboard", "other", "billing", "webhook", "qr"),
        *("analytics", "last"),
    ]


def test_what_is_unknown_is_never_zero() -> None:
    unknown: dict[str, object] = dict.fromkeys(("lag", "in_flight", "parked", "dead", "rate_in", "rate_out"))
    group = group_of(consumer("qr", _STATE.STOPPED, workers=(), **unknown))

    cells = {column.title: column.text(group) for column in COLUMNS}

    assert {cells[name] for name in ("Lag", "In flight", "Parked", "Dead", "In / s", "Out / s")} == {"?"}
    assert (cells["Oldest waiting"], cells["Done in"], cells["Workers"]) == ("?", "?", "no worker")
    for column in COLUMNS:
        assert column.sort is not None
        ranked = sorted([group, group_of(consumer("analytics", lag=5))], key=column.sort)
        assert len(ranked) == 2
        assert column.tip is None or isinstance(column.tip(group), str)


def test_the_lag_says_where_it_goes() -> None:
    lag = next(column for column in COLUMNS if column.title == "Lag")
    assert lag.colour is not None
    for rates, text, colour in (
        ((5.0, 1.0), "9 ↑", "warn"),
        ((1.0, 5.0), "9 ↓", "ok"),
        ((2.0, 2.0), "9", "text"),
    ):
        group = group_of(consumer(lag=9, rate_in=rates[0], rate_out=rates[1]))
        assert (lag.text(group), lag.colour(group)) == (text, colour)


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({"lag": 0}, _STATE.RUNNING, "-"),
        ({"lag": 10, "drain_s": 75.0}, _STATE.RUNNING, "1 m 15 s"),
        ({"lag": 10}, _STATE.PAUSED, "when it goes on"),
        ({"lag": 10}, _STATE.CATCHING_UP, "not at this rate"),
    ],
)
def test_when_the_lag_is_gone_is_said_or_why_not(
    changes: dict[str, object], state: ConsumerState, said: str
) -> None:
    assert done_in(group_of(consumer("qr", state, **changes))) == said


def test_rows_change_only_when_their_texts_do() -> None:
    assert group_of(consumer(oldest_age_s=1.01)) == group_of(consumer(oldest_age_s=1.04))
    assert group_of(consumer(rate_in=0.01)).rate_in == 0.04
    assert owner_words(group_of(consumer(workers=("a", "b")))) == "2 workers"


def test_what_stands_in_its_way_is_said_in_one_line() -> None:
    fault = FaultSet(3, "qr", "hang", "qr hangs", "ana@desk", NOW, None)
    health = consumer(
        error="OSError:\nno disk", wants_paused=True, paused_by="ben", paused_until=NOW + 90, workers=()
    )

    said = standing(health, (fault,), NOW)

    assert said.startswith(
        "No worker runs it: start one with main.py worker · OSError: no disk · Paused by ben"
    )
    assert said.endswith("1 m 30 s more · qr hangs")
    assert standing(consumer(), (), NOW) == ""


# One consumer


def test_a_lag_that_the_broker_counts_otherwise_is_explained() -> None:
    assert "could not be asked" in difference(part(None))
    assert "does not know" in difference(part(GroupPart(4, 0, None, ())))
    assert "the same" in difference(part(GroupPart(4, 0, 6, ())))
    assert "says 2" in difference(part(GroupPart(8, 4, 2, ())))


def test_a_payload_is_summed_up_without_the_ids() -> None:
    data = b'{"link_id":"l1","team_id":"t","slug":"home","title":"","tags":["a","b"],"target_url":"https://x.test/"}'
    event = Event("e", "LinkCreated.v1", "l1", "2026-01-01T00:00:00Z", 1, "", data, 0, 1)
    flight = FlightDetail(0, 1, 3.0, 1, Copy.THERE, event)

    assert payload(flight) == "tags: a, b · target_url: https://x.test/"
    assert slug_of(flight) == "home"
    gone = FlightDetail(0, 1, 3.0, 1, Copy.TRIMMED, None)
    assert (payload(gone), slug_of(gone)) == ("its event is not in the outbox any more", "?")


def test_the_next_attempt_is_said_as_a_time_to_wait() -> None:
    assert next_attempt(key().key, NOW) == "in 30 s"
    assert next_attempt(key(next_attempt_at=NOW - 1).key, NOW) == "now"
    assert next_attempt(key(next_attempt_at=None).key, NOW) == "when you decide"


# Acts


def test_every_kind_of_a_consumers_faults_can_be_chosen_and_says_what_it_does() -> None:
    # One needs a link, which has a dialog of its own.
    kinds = {kind for kind in FaultKind if kind not in BROKER_KINDS} - {FaultKind.FAIL_LINK}

    assert {breakage.kind for breakage in BREAKAGES} == kinds
    assert all(breakage.does.endswith(".") for breakage in BREAKAGES)


def test_a_retry_restates_how_many_and_which() -> None:
    keys = [key(), key(link_id="l2", error_class="held")]

    whole, part_of = (retry_plan("qr", keys, total, are_selected=False) for total in (2, 1_000))
    selected = retry_plan("qr", keys[:1], 2, are_selected=True)

    assert whole.title == "Retry 2 parked links of qr now?"
    assert whole.scope[0] == "All that are parked."
    assert "1 of them wait behind a dead letter" in whole.scope[1]
    assert part_of.scope[0] == "Those that have waited longest, of 1,000."
    assert selected.scope == ("Those that are selected.",)
    assert whole.word == ""


def test_only_a_rebuild_that_cannot_be_taken_back_wants_its_name() -> None:
    billing, qr = (rebuild_plan(consumer(name), 1_200) for name in ("billing", "qr"))

    assert (billing.word, qr.word) == ("billing", "")
    assert billing.scope[0] == "The counts that teams are billed by are made anew."
    assert "all 1,200 events" in qr.scope[0]
    assert "all events." in rebuild_plan(consumer("qr"), None).scope[0]


def test_a_repair_says_what_it_clears_or_why_there_is_nothing() -> None:
    fault = FaultSet(3, "qr", "hang", "qr hangs", "ana@desk", NOW, None)

    assert "qr hangs (fault 3, by ana@desk at " in repair_tip(faults_of((fault,), "qr"))
    assert repair_tip(faults_of((fault,), "billing")) == "Nothing of this consumer is broken on purpose."


# Trends


def test_a_trend_begins_with_the_minute_that_the_first_snapshot_brings() -> None:
    trends = Trends()
    history = tuple((NOW - 10 + number / 4, number) for number in range(40))

    trends.add(snapshot(consumers=(consumer(lag=40, history=history, rate_in=1.0),)))
    trends.add(snapshot(consumers=(consumer(lag=41),), taken_at=NOW + 0.25))
    trends.add(snapshot(consumers=(consumer(lag=42),), taken_at=NOW + 1))
    trends.add(snapshot(consumers=(consumer(lag=43),), taken_at=NOW + 2, database_error="away"))

    points = trends.of("qr")
    assert [point.lag for point in points] == [*range(0, 40, 4), 40, 42]
    assert points[0].rate_in is None
    assert trends.of("nobody") == ()


def test_lines_are_interrupted_where_nothing_is_known() -> None:
    points = [
        Point(NOW, 1, None, None),
        Point(NOW + 1, 2, 0.5, None),
        Point(NOW + 2, None, 0.5, None),
        Point(NOW + 3, 3, 0.5, None),
        Point(NOW + 4 + GAP_S, 4, 0.5, None),
    ]

    assert [[value for _, value in run] for run in runs_of(points, "lag")] == [[1, 2], [3], [4]]
    assert runs_of(points, "rate_out") == []
    assert [span_of([Point(NOW - age, 0, 0, 0)], NOW) for age in (5, 61, 250, 5_000)] == [60, 60, 300, 900]
    assert span_of((), NOW) == 60
