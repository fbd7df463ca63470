"""What is known around the acts that move partitions between workers, and how they are taken back. No Qt here."""

import re
from functools import partial

from core.operating.desk import Desk
from core.operating.journal.entries import JournalEntry
from gui.journal.story import Story, Undo

_MOVE = re.compile(r"(take over|release) partition (\d+) (?:by|from) (.+)")


def is_move(entry: JournalEntry) -> bool:
    """Whether an act has moved a partition."""
    return _MOVE.fullmatch(entry.act) is not None


def read_move_story(desk: Desk, entry: JournalEntry) -> Story:
    """Read who owns the partition now, and tell the story of its move.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    return move_story(entry, desk.partitions.owners(entry.subject))


def move_story(entry: JournalEntry, owners: dict[int, str | None]) -> Story:
    """Tell the story of a move; `owners` are those of the consumer's partitions now."""
    moved = _MOVE.fullmatch(entry.act)
    assert moved is not None
    act, number, worker = moved[1], int(moved[2]), moved[3]
    owner, why = owners.get(number), f"undo of {entry.name}"
    now = f"It is over: partition {number} is with {owner or 'nobody'} now."
    if act == "take over":
        undo = Undo(f"Release partition {number}", partial(_release, entry.subject, number, why))
        after = f"with {worker}"
        return Story(None, after, undo, "") if owner == worker else Story(None, after, None, now)
    before, after = f"with {worker}", "with another worker, if there is one"
    if owner == worker:
        return Story(before, after, None, now)
    call = partial(_take_over, entry.subject, number, worker, why)
    return Story(before, after, Undo(f"Let {worker} take it over", call), "")


def _release(consumer: str, number: int, why: str, desk: Desk) -> object:
    owner = desk.partitions.owners(consumer).get(number)
    return desk.partitions.release(consumer, {number: owner}, why=why)


def _take_over(consumer: str, number: int, worker: str, why: str, desk: Desk) -> object:
    return desk.partitions.take_over(consumer, [number], worker, why=why)
