"""What acts of the journal mean: their kinds, what was so before and after, and how they are undone. No Qt here."""

import re
import time
from functools import partial

from core.operating.actor import actor
from core.operating.desk import Desk
from core.operating.journal.entries import JournalEntry, Neighbours
from core.operating.links.history import LinkAct
from gui.formatting import clock, duration
from gui.journal.link_stories import read_link_story
from gui.journal.move_stories import is_move, read_move_story
from gui.journal.story import Story, Undo, over

_PAUSE_KINDS, _HOLD_KINDS = (
    ("pause", "resume"),
    ("hold behind dead letters", "go on behind", "default behind"),
)
_FAULT_KINDS = ("set fault", "clear fault")
_ENDPOINT_KINDS = ("add endpoint", "remove endpoint", "disable endpoint", "enable endpoint")
#: Two words say of which kind these acts are, of all others the first one does.
_KINDS = (
    *_HOLD_KINDS,
    *_FAULT_KINDS,
    *_ENDPOINT_KINDS,
    *(act.value for act in LinkAct),
    "retry now",
    "call now",
    "take over",
)
_TIMED = re.compile(r"pause for ([0-9.e+]+) (s|min|h)")
_UNITS_S = {"s": 1, "min": 60, "h": 3_600}
_FAULT = re.compile(r"(?:set|clear) fault (\d+)")
_NO_WAY_BACK = {
    "retry": "An attempt can't be unmade: what came of it stands in the dead letters.",
    "call now": "A call can't be unmade: what was answered stands with the endpoints of webhook.",
    "retry now": "An attempt can't be unmade: what came of it stands in the parked keys.",
    "dead-letter": "It is a dead letter, if it was not applied before: retry it on the page Dead letters.",
    "discard": "A discarded dead letter is not tried again. Publish its event anew, or rebuild the consumer.",
    "edit": "What was published stays published: consumers have acted on it.",
    "republish": "What was published stays published: consumers have acted on it.",
    "rebuild": "What was there before the rebuild is gone: it was made again from the events.",
    "backup": "A backup changes nothing: there is nothing to take back.",
    "restore": "Restore again, from what the restore has kept of before.",
}
_NOTHING_KNOWN = "There is no way back from this act."
_HOLDS = {"hold behind dead letters": True, "go on behind dead letters": False}


def kind_of(act: str) -> str:
    """Give the kind of an act, which its text begins with, such as "set fault"."""
    return next((kind for kind in _KINDS if act.startswith(kind)), act.partition(" ")[0])


def family_of(entry: JournalEntry) -> tuple[str, ...]:
    """Give what the acts begin with that say the same of a subject; empty = it stands alone."""
    if (fault := _FAULT.match(entry.act)) is not None:
        return (f"set fault {fault[1]}:", f"clear fault {fault[1]}")
    for family in (_PAUSE_KINDS, _HOLD_KINDS, _ENDPOINT_KINDS):
        if entry.act.startswith(family):
            return family
    return ()


def read_story(desk: Desk, entry: JournalEntry) -> Story:
    """Read what is known around an act.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    if entry.link_id is not None:
        return read_link_story(desk, entry)
    if is_move(entry):
        return read_move_story(desk, entry)
    family = family_of(entry)
    around = desk.journal.around(entry, family) if family else Neighbours(None, None)
    faults = frozenset(fault.fault_id for fault in desk.faults.active())
    return story(entry, around, faults, time.time())


def story(entry: JournalEntry, around: Neighbours, standing: frozenset[int], now: float) -> Story:
    """Tell an act's story; `standing` are the numbers of the faults that are in force."""
    if entry.act.startswith(_PAUSE_KINDS):
        return _pausing(entry, around, now)
    if entry.act.startswith(_HOLD_KINDS):
        return _holding(entry, around)
    if (fault := _FAULT.match(entry.act)) is not None:
        return _breaking(entry, around, int(fault[1]), is_standing=int(fault[1]) in standing)
    if entry.act.startswith(_ENDPOINT_KINDS):
        return _calling(entry, around)
    return Story(None, None, None, _NO_WAY_BACK.get(kind_of(entry.act), _NOTHING_KNOWN))


def _pausing(entry: JournalEntry, around: Neighbours, now: float) -> Story:
    before = "running" if around.before is None else _pause_words(around.before, entry.at)
    after = _pause_words(entry, entry.at)
    if around.after is not None:
        return Story(before, after, None, _over(around.after))
    until = _paused_until(entry)
    if until is not None and until <= now:
        return Story(before, after, None, f"It is over: the pause ended by itself at {clock(until)}.")
    why, name = f"undo of {entry.name}", entry.subject
    if entry.act.startswith("pause"):
        return Story(before, after, Undo(f"Resume {name}", partial(_resume, name, why)), "")
    left_s = None if around.before is None else _left_s(around.before, now)
    for_how_long = "" if left_s is None else f" for {duration(left_s)}"
    undo = Undo(f"Pause {name}{for_how_long}", partial(_pause, name, left_s, why))
    return Story(before, after, undo, "")


def _pause_words(entry: JournalEntry, at: float) -> str:
    """Say what this act has made of its consumer, as it was at some later time."""
    until = _paused_until(entry)
    if entry.act.startswith("resume"):
        return "running"
    if until is None:
        return "paused until resumed"
    return f"paused until {clock(until)}" if until > at else "running"


def _paused_until(entry: JournalEntry) -> float | None:
    timed = _TIMED.fullmatch(entry.act)
    return None if timed is None else entry.at + float(timed[1]) * _UNITS_S[timed[2]]


def _left_s(entry: JournalEntry, now: float) -> float | None:
    """Give what would be left of a timed pause; None = it was not timed, or nothing is left of it."""
    until = _paused_until(entry)
    return None if until is None or until <= now else until - now


def _holding(entry: JournalEntry, around: Neighbours) -> Story:
    before = "as the consumer has it by itself" if around.before is None else around.before.act
    if around.after is not None:
        return Story(before, entry.act, None, _over(around.after))
    holds = None if around.before is None else _HOLDS.get(around.before.act)
    call = partial(_hold, entry.subject, holds, f"undo of {entry.name}")
    return Story(before, entry.act, Undo(f"Back to: {before}", call), "")


def _breaking(entry: JournalEntry, around: Neighbours, number: int, *, is_standing: bool) -> Story:
    words = entry.act.partition(": ")[2]
    if entry.act.startswith("clear"):
        broken = None if around.before is None else around.before.act.partition(": ")[2]
        return Story(broken, "restored", None, "Set the fault again where it is to be broken again.")
    if is_standing:
        call = partial(_clear, str(number), f"undo of {entry.name}")
        return Story("not broken by this", words, Undo(f"Clear fault {number}", call), "")
    ended = "It is over: it has ended by itself." if around.after is None else _over(around.after)
    return Story("not broken by this", words, None, ended)


def _over(entry: JournalEntry) -> str:
    return over(entry.act, entry.by, entry.at)


def _calling(entry: JournalEntry, around: Neighbours) -> Story:
    before = "not in use" if around.before is None else _endpoint_words(around.before)
    after, name, why = _endpoint_words(entry), entry.subject, f"undo of {entry.name}"
    if entry.act.startswith("remove"):
        return Story(before, after, None, "Its secret is gone: add the endpoint again, with a new one.")
    if around.after is not None:
        return Story(before, after, None, _over(around.after))
    if entry.act.startswith("disable"):
        return Story(before, after, Undo("Enable the endpoint", partial(_enable_endpoint, name, why)), "")
    if entry.act.startswith("enable"):
        return Story(before, after, Undo("Disable the endpoint", partial(_disable_endpoint, name, why)), "")
    return Story(before, after, Undo("Remove the endpoint", partial(_remove_endpoint, name, why)), "")


def _endpoint_words(entry: JournalEntry) -> str:
    """Say what this act has made of its endpoint."""
    if entry.act.startswith("add"):
        return f"told of events: {entry.why}"
    if entry.act.startswith("disable"):
        return "off: not called, and never told of what is committed meanwhile"
    return "told of events" if entry.act.startswith("enable") else "not in use"


def _resume(name: str, why: str, desk: Desk) -> object:
    return desk.resume(name, why=why)


def _pause(name: str, seconds: float | None, why: str, desk: Desk) -> object:
    return desk.pause(name, seconds=seconds, why=why)


def _hold(name: str, holds: bool | None, why: str, desk: Desk) -> object:
    return desk.dead_letters.hold(name, holds, why=why)


def _clear(number: str, why: str, desk: Desk) -> object:
    return desk.faults.clear(number, by=actor(), why=why)


def _remove_endpoint(endpoint_id: str, why: str, desk: Desk) -> None:
    desk.endpoints.remove(endpoint_id, why=why)


def _disable_endpoint(endpoint_id: str, why: str, desk: Desk) -> object:
    return desk.endpoints.disable(endpoint_id, why=why)


def _enable_endpoint(endpoint_id: str, why: str, desk: Desk) -> object:
    return desk.endpoints.enable(endpoint_id, why=why)
