"""What acts of the journal mean: before, after, and the way back, told by made-up entries."""

import pytest

from core.operating.journal import JournalEntry, Neighbours
from gui.formatting import clock
from gui.journal.acts import family_of, kind_of, story
from tests.gui.pictures import NOW

ALONE = Neighbours(None, None)


def entry(act: str, *, number: int = 5, at: float = NOW, subject: str = "qr") -> JournalEntry:
    return JournalEntry(at, "ann@desk", act, subject, "", number)


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        ("pause", "pause"),
        ("pause for 600 s", "pause"),
        ("set fault 3: qr hangs", "set fault"),
        ("clear fault 3", "clear fault"),
        ("retry now 3/17", "retry now"),
        ("discard 3/17", "discard"),
        ("add endpoint", "add endpoint"),
    ],
)
def test_the_kind_of_an_act_is_what_its_text_begins_with(act: str, kind: str) -> None:
    assert kind_of(act) == kind
    assert act.startswith(kind)


def test_a_pause_is_undone_by_resuming() -> None:
    told = story(entry("pause"), ALONE, frozenset(), NOW + 5)

    assert (told.before, told.after) == ("running", "paused until resumed")
    assert told.undo is not None
    assert told.undo.text == "Resume qr"


def test_a_timed_pause_that_is_over_needs_no_undo() -> None:
    told = story(entry("pause for 60 s"), ALONE, frozenset(), NOW + 61)

    assert told.after == f"paused until {clock(NOW + 60)}"
    assert told.undo is None
    assert told.why_not == f"It is over: the pause ended by itself at {clock(NOW + 60)}."


def test_an_act_that_another_one_has_ended_says_which() -> None:
    around = Neighbours(None, entry("resume", number=6, at=NOW + 9))

    told = story(entry("pause"), around, frozenset(), NOW + 10)

    assert told.undo is None
    assert told.why_not == f"It is over: resume by ann@desk at {clock(NOW + 9)}."


def test_a_resume_is_undone_by_what_is_left_of_the_pause() -> None:
    around = Neighbours(entry("pause for 600 s", number=4, at=NOW - 100), None)

    told = story(entry("resume"), around, frozenset(), NOW + 20)

    assert told.before == f"paused until {clock(NOW + 500)}"
    assert told.undo is not None
    assert told.undo.text == "Pause qr for 8 m 00 s"


def test_a_fault_is_cleared_while_it_stands_and_told_over_when_not() -> None:
    act = entry("set fault 3: qr hangs")

    standing = story(act, ALONE, frozenset({3}), NOW)
    over = story(act, ALONE, frozenset({2}), NOW)

    assert standing.undo is not None
    assert standing.undo.text == "Clear fault 3"
    assert standing.after == "qr hangs"
    assert (over.undo, over.why_not) == (None, "It is over: it has ended by itself.")


def test_holding_goes_back_to_what_was_before() -> None:
    before = entry("go on behind dead letters", number=2)

    first = story(entry("hold behind dead letters"), ALONE, frozenset(), NOW)
    then = story(entry("hold behind dead letters"), Neighbours(before, None), frozenset(), NOW)

    assert first.undo is not None
    assert first.undo.text == "Back to: as the consumer has it by itself"
    assert then.undo is not None
    assert then.undo.text == "Back to: go on behind dead letters"


def test_what_has_no_way_back_says_so_and_claims_nothing() -> None:
    told = story(entry("discard 3/17"), ALONE, frozenset(), NOW)

    assert (told.before, told.after, told.undo) == (None, None, None)
    assert told.why_not == "There is no way back from this act."
    assert family_of(entry("discard 3/17")) == ()


def test_faults_with_similar_numbers_are_not_mixed_up() -> None:
    family = family_of(entry("set fault 3: qr hangs"))

    assert "set fault 31: qr hangs".startswith(family) is False
    assert "clear fault 3".startswith(family)
