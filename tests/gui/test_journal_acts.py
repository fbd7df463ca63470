"""What acts of the journal mean: before, after, and the way back, told by made-up entries."""

import pytest

from core.operating.journal.entries import JournalEntry, Neighbours
from core.operating.links.history import FieldChange, LinkAct, LinkEdit
from core.producing.link_list import Link
from gui.formatting import clock, moment
from gui.journal.acts import family_of, kind_of, story
from gui.journal.link_stories import link_story
from gui.journal.move_stories import is_move, move_story
from tests.gui.pictures import NOW

ALONE = Neighbours(None, None)


def entry(act: str, *, number: int = 5, at: float = NOW, subject: str = "qr") -> JournalEntry:
    return JournalEntry(at, "ann@desk", act, subject, "", number)


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        ("pause", "pause"),
        ("pause for 10 min", "pause"),
        ("set fault 3: qr hangs", "set fault"),
        ("clear fault 3", "clear fault"),
        ("retry now 3/17", "retry now"),
        ("take over partition 3 by vm-1", "take over"),
        ("release partition 3 from vm-1", "release"),
        ("dead-letter 3/17", "dead-letter"),
        ("discard 3/17", "discard"),
        ("add endpoint", "add endpoint"),
        ("restore", "restore"),
        ("restore link", "restore link"),
        ("edit link", "edit link"),
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
    told = story(entry("pause for 1 min"), ALONE, frozenset(), NOW + 61)

    assert told.after == f"paused until {clock(NOW + 60)}"
    assert told.undo is None
    assert told.why_not == f"It is over: the pause ended by itself at {clock(NOW + 60)}."


def test_an_act_that_another_one_has_ended_says_which() -> None:
    around = Neighbours(None, entry("resume", number=6, at=NOW + 9))

    told = story(entry("pause"), around, frozenset(), NOW + 10)

    assert told.undo is None
    assert told.why_not == f"It is over: resume by ann@desk at {clock(NOW + 9)}."


def test_a_resume_is_undone_by_what_is_left_of_the_pause() -> None:
    around = Neighbours(entry("pause for 10 min", number=4, at=NOW - 100), None)

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
    assert told.why_not.startswith("A discarded dead letter is not tried again.")
    assert story(entry("levitate"), ALONE, frozenset(), NOW).why_not == "There is no way back from this act."
    assert family_of(entry("discard 3/17")) == ()


def test_faults_with_similar_numbers_are_not_mixed_up() -> None:
    family = family_of(entry("set fault 3: qr hangs"))

    assert "set fault 31: qr hangs".startswith(family) is False
    assert "clear fault 3".startswith(family)


def test_an_endpoint_in_use_is_removed_and_a_removed_one_is_gone_with_its_secret() -> None:
    added = JournalEntry(NOW, "ann@desk", "add endpoint", "e1", "https://hooks.example/", 5)
    removed = entry("remove endpoint", number=6, subject="e1")

    told = story(added, ALONE, frozenset(), NOW)
    gone = story(removed, Neighbours(added, None), frozenset(), NOW)

    assert (told.before, told.after) == ("not in use", "told of events: https://hooks.example/")
    assert told.undo is not None
    assert story(added, Neighbours(None, removed), frozenset(), NOW).undo is None
    assert (gone.before, gone.undo) == ("told of events: https://hooks.example/", None)
    assert gone.why_not.startswith("Its secret is gone")


# Acts on links


def link(**fields: object) -> Link:
    known: dict[str, object] = {
        "link_id": "l1",
        "slug": "sale",
        "short_url": "http://short.test/sale",
        "target_url": "https://example.com/b",
        "entered_url": "https://example.com/b",
        "title": "New",
        "tags": ("x",),
        "team": "Marketing",
        "created_at": NOW,
        "created_by": "ann@desk",
        "updated_at": NOW,
        "expires_at": None,
        "archived_at": None,
    }
    return Link(**{**known, **fields})  # type: ignore[arg-type]


def on_link(act: LinkAct, number: int) -> JournalEntry:
    return JournalEntry(NOW, "ann@desk", act, "sale", "", number, "l1")


def edit(number: int, *changes: FieldChange, act: LinkAct = LinkAct.EDIT) -> LinkEdit:
    return LinkEdit(number, NOW + number, "ben@night", act, "", changes)


TARGET = FieldChange("target_url", "https://example.com/a", "https://example.com/b")
TAGS = FieldChange("tags", (), ("x",))


def test_a_creation_can_not_be_unmade_and_says_where_the_link_led_at_first() -> None:
    told = link_story(on_link(LinkAct.CREATE, 1), link(), [edit(3, TAGS), edit(2, TARGET)])

    assert (told.before, told.after) == ("no such link", "leads to https://example.com/a")
    assert told.undo is None
    assert told.why_not.startswith("A link can't be unmade")


def test_an_archiving_is_undone_by_restoring_and_the_other_way_round() -> None:
    away, back = FieldChange("archived_at", None, NOW), FieldChange("archived_at", NOW, None)
    edits = [edit(3, back, act=LinkAct.RESTORE), edit(2, away, act=LinkAct.ARCHIVE)]

    standing = link_story(on_link(LinkAct.ARCHIVE, 2), link(archived_at=NOW), edits[1:])
    over = link_story(on_link(LinkAct.ARCHIVE, 2), link(), edits)
    restored = link_story(on_link(LinkAct.RESTORE, 3), link(), edits)

    assert (standing.before, standing.after) == ("live", f"archived since {moment(NOW)[:19]}")
    assert standing.undo is not None
    assert standing.undo.text == "Restore sale"
    assert (over.undo, over.why_not) == (None, f"It is over: restore link by ben@night at {clock(NOW + 3)}.")
    assert restored.undo is not None
    assert restored.undo.text == "Archive sale"


def test_an_edit_goes_back_while_what_it_made_still_stands() -> None:
    told = link_story(on_link(LinkAct.EDIT, 2), link(), [edit(2, TARGET, TAGS)])

    assert told.before == "target: https://example.com/a\ntags: (none)"
    assert told.after == "target: https://example.com/b\ntags: x"
    assert told.undo is not None
    assert told.undo.text == "Edit target, tags of sale back"


def test_an_edit_that_another_one_has_changed_again_says_which() -> None:
    again = FieldChange("target_url", "https://example.com/b", "https://example.com/c")
    edits = [edit(4, again), edit(3, FieldChange("title", "Old", "New")), edit(2, TARGET)]
    now = link(target_url="https://example.com/c")

    first = link_story(on_link(LinkAct.EDIT, 2), now, edits)
    title = link_story(on_link(LinkAct.EDIT, 3), now, edits)

    assert (first.undo, first.why_not) == (
        None,
        f"It is over: target changed again by ben@night at {clock(NOW + 4)}.",
    )
    assert title.undo is not None


def test_an_edit_of_an_archived_link_waits_for_it_to_come_back() -> None:
    told = link_story(on_link(LinkAct.EDIT, 2), link(archived_at=NOW), [edit(2, TARGET)])

    assert (told.undo, told.why_not) == (None, "The link is archived: restore it first.")


def test_a_partition_that_was_moved_can_be_moved_back_while_it_is_there() -> None:
    taken = entry("take over partition 3 by vm-2")
    assert is_move(taken)
    assert not is_move(entry("release"))

    there, gone = move_story(taken, {3: "vm-2"}), move_story(taken, {3: "vm-1"})
    assert (there.after, there.undo and there.undo.text) == ("with vm-2", "Release partition 3")
    assert (gone.undo, gone.why_not) == (None, "It is over: partition 3 is with vm-1 now.")

    released = entry("release partition 3 from vm-1")
    away, back = move_story(released, {3: "vm-2"}), move_story(released, {3: "vm-1"})
    assert away.before == "with vm-1"
    assert away.undo is not None
    assert away.undo.text == "Let vm-1 take it over"
    assert back.why_not == "It is over: partition 3 is with vm-1 now."
