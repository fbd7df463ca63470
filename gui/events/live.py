"""What the Events page says of what comes: whether it is followed, and what waits. No Qt here."""

from dataclasses import dataclass

from gui.formatting import plural
from gui.tokens import Tone

_READING = "New events are put on top once the list is at its top, and nobody points at a row."


@dataclass(frozen=True, slots=True)
class LiveState:
    """A badge."""

    word: str
    tone: Tone
    tip: str


def live_state(*, is_frozen: bool, has_newest: bool, waiting: int, is_least: bool = False) -> LiveState:
    """Say whether new events are put on top, and why they are not."""
    more = f", {'at least ' if is_least else ''}{plural(waiting, 'new one')} waiting" if waiting else ""
    if is_frozen:
        return LiveState(f"frozen{more}", Tone.WARN, "New events are counted, and not shown: f follows them.")
    if waiting or not has_newest:
        return LiveState(f"reading{more}", Tone.NEUTRAL, _READING)
    return LiveState("live", Tone.OK, "New events are put on top as they are committed.")
