"""What the Why? page says and does, as far as it needs no window: questions, answers as rows, acts as deeds."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.operating.why import acts
from core.operating.why.answer import Act, Answer, Rung
from core.operating.why.explanation import Explained, Explanation
from core.operating.why.finding import Kind as Found
from gui.targets import Kind, Target, find_target
from gui.tokens import Tone
from gui.why.deeds import AddEndpoint, Call, Copy, Go, deed_of
from gui.why.question import Question, read_question, read_recent, with_newest, write_recent
from gui.why.rows import rows_of, verdict, worst
from tests.gui.pictures import NAMES
from tests.support.operated import Place, operated
from tests.support.why_facts import EVENT

PAGES = ("Overview", "Why?", "Ledger")
ALL_ACTS = (
    acts.start_worker(),
    acts.start_worker("qr"),
    acts.resume("qr"),
    acts.retry_dead("qr", 2, 5),
    acts.discard_dead("qr", 2, 5, "replaced by e9"),
    acts.retry_now("qr", "l"),
    acts.clear_fault(7),
    acts.rebuild_streams(),
    acts.rebuild("qr"),
    acts.check_ledger(),
    acts.add_endpoint(),
    acts.enable_endpoint("e1"),
    acts.call_endpoint("e1"),
    acts.ask_about("e9", "qr"),
    acts.show_status(),
)


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    """Give an installation on which nothing runs."""
    with operated(short_dir) as made:
        yield made


def explanation(**rungs: Rung) -> Explanation:
    """Give the answers of some consumers about two events, of which the first one has happened."""
    done = Explained(EVENT, {name: Answer(Rung.APPLIED, "It is there.") for name in rungs})
    answers = {name: Answer(rung, f"{rung.value}.") for name, rung in rungs.items()}
    later = Explained(dataclasses.replace(EVENT, event_id="e6"), answers)
    return Explanation("abc", Found.LINK, "l", "abc", (done, later), 0, None, 0.0, 1.0)


def test_a_question_is_a_name_and_perhaps_a_consumer() -> None:
    assert read_question(" 8kq2m3x ", NAMES) == Question("8kq2m3x")
    assert read_question("why 8kq2m3x webhook?", NAMES) == Question("8kq2m3x", "webhook")
    assert read_question("8kq2m3x nobody", NAMES) == Question("8kq2m3x nobody")
    assert read_question("webhook", NAMES) == Question("webhook")
    assert read_question(" ? ", NAMES) is None
    assert read_question(Question("abc", "qr").text, NAMES) == Question("abc", "qr")


def test_a_question_may_be_a_whole_sentence() -> None:
    asked = Question("8kq2m3x", "webhook")
    assert read_question("Why did the webhook of 8kq2m3x not fire?", NAMES) == asked
    assert read_question("webhook 8kq2m3x", NAMES) == asked
    assert read_question("why is there no QR code for 8kq2m3x", NAMES) == Question("8kq2m3x", "qr")
    assert read_question("why not 8kq2m3x?", NAMES) == Question("8kq2m3x")
    assert read_question("event qr", NAMES) == Question("event", "qr")
    assert read_question("webhook qr", NAMES) == Question("webhook", "qr")


def test_recent_questions_are_kept_once_each_and_a_damaged_note_is_none() -> None:
    recent: tuple[str, ...] = ()
    for number in range(12):
        recent = with_newest(recent, f"q{number}")

    recent = with_newest(recent, "q9")

    assert recent == ("q9", "q11", "q10", "q8", "q7", "q6", "q5", "q4")
    assert read_recent(write_recent(recent)) == recent
    assert read_recent("") == read_recent("[") == read_recent("7") == ()


def test_the_worst_answer_of_the_newest_event_comes_first() -> None:
    rows = rows_of(explanation(analytics=Rung.LAG, qr=Rung.PAUSED, billing=Rung.APPLIED))

    first = worst(rows)

    assert first is not None
    assert first.key == ("e6", "qr")
    assert (verdict(rows).word, verdict(rows).tone) == ("1 of 6 answers: stuck", Tone.BAD)
    assert worst(()) is None


def test_what_can_be_mended_comes_before_what_a_newer_event_was_never_to_do() -> None:
    told = Answer(Rung.NO_ENDPOINT, "There was nobody to tell.", acts.add_endpoint())
    created = Explained(EVENT, {"qr": Answer(Rung.APPLIED, "It is there."), "webhook": told})
    clicked = Explained(
        dataclasses.replace(EVENT, event_id="e6"),
        {name: Answer(Rung.IGNORED, "It ignores clicks.") for name in ("qr", "webhook")},
    )

    rows = rows_of(dataclasses.replace(explanation(), events=(created, clicked)))

    assert [row.key for row in rows] == [
        (EVENT.event_id, "webhook"),
        ("e6", "qr"),
        ("e6", "webhook"),
        (EVENT.event_id, "qr"),
    ]
    assert worst(rows) is rows[0]


@pytest.mark.parametrize(
    ("rung", "word", "tone"),
    [
        (Rung.UNREADABLE, "1 of 2 answers: unknown", Tone.WARN),
        (Rung.LAG, "1 of 2 answers: waiting", Tone.WARN),
        (Rung.IGNORED, "nothing is missing", Tone.OK),
        (Rung.APPLIED, "nothing is missing", Tone.OK),
    ],
)
def test_the_verdict_tells_of_the_worst_kind(rung: Rung, word: str, tone: Tone) -> None:
    found = verdict(rows_of(explanation(qr=rung)))

    assert (found.word, found.tone) == (word, tone)


def test_secrets_that_errors_quote_are_not_shown() -> None:
    quoting = Answer(Rung.DEAD, "ValueError:\n whsec_c2VjcmV0c2VjcmV0")
    answered = dataclasses.replace(explanation(), events=(Explained(EVENT, {"qr": quoting}),))

    (row,) = rows_of(answered)

    assert row.sentence == "ValueError: whsec_***"


def test_every_act_that_an_answer_may_offer_is_a_deed_that_says_what_it_does() -> None:
    offered = [name for name in vars(acts).values() if getattr(name, "__module__", "") == acts.__name__]

    deeds = [deed_of(act, PAGES) for act in ALL_ACTS]

    assert {act.name for act in ALL_ACTS} == {act.name for act in ALL_ACTS if deed_of(act, PAGES).does}
    assert len({act.name for act in ALL_ACTS}) == len(offered)
    assert [deed.text for deed in deeds if isinstance(deed.step, Call) and deed.step.word] == [
        "Discard the dead letter",
        "Rebuild qr",
    ]
    assert [deed.step for deed in deeds if isinstance(deed.step, Go)] == [
        Go(Target(Kind.PAGE, "Ledger")),
        Go(Target(Kind.QUESTION, "e9 qr")),
        Go(Target(Kind.PAGE, "Overview")),
    ]
    assert [deed.step for deed in deeds if isinstance(deed.step, Copy)] == [
        Copy("main.py worker"),
        Copy("main.py worker --only qr"),
        Copy("main.py streams rebuild"),
    ]
    assert isinstance(deed_of(acts.add_endpoint(), PAGES).step, AddEndpoint)


def test_an_act_of_a_page_that_is_not_there_and_an_unknown_one_are_lines_to_copy() -> None:
    assert deed_of(acts.check_ledger(), ("Overview",)).step == Copy("main.py ledger")
    assert deed_of(Act("dance", ("dance", "a b")), PAGES).step == Copy("main.py dance 'a b'")


def test_a_deed_asks_the_workers_and_says_when_nobody_is_there_to_do_it(place: Place) -> None:
    event = place.created("abc")
    place.stores["billing"].bury(event)

    retry = deed_of(acts.retry_dead("billing", event.partition, event.position), PAGES).step
    discard = deed_of(acts.discard_dead("billing", 0, 4_711, "replaced"), PAGES).step
    now = deed_of(acts.retry_now("qr", event.link_id), PAGES).step

    assert isinstance(retry, Call)
    assert isinstance(discard, Call)
    assert isinstance(now, Call)
    said = retry.run(place.desk)
    assert (said.ok, said.text) == (
        True,
        "billing: noted; no worker runs it now, so it is done when one does",
    )
    assert not discard.run(place.desk).ok
    assert now.run(place.desk).text == "Nothing of the link waits in qr any more."


def test_a_rebuild_is_noted_for_the_worker_that_comes(place: Place) -> None:
    step = deed_of(acts.rebuild("qr"), PAGES).step

    assert isinstance(step, Call)
    assert step.run(place.desk).text == "qr: noted; it begins as soon as a worker comes to it"


def test_why_before_an_id_is_a_question(place: Place) -> None:
    assert find_target(place.desk, "why abc webhook?", NAMES) == Target(
        Kind.QUESTION, "abc webhook", "why abc webhook?"
    )
