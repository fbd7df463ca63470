"""What is told of an act beside the act itself: what was so before and after, and the way back. No Qt here."""

from collections.abc import Callable
from dataclasses import dataclass

from core.operating.desk import Desk
from gui.formatting import clock


@dataclass(frozen=True, slots=True)
class Undo:
    """The act that takes another one back."""

    #: What the button says, such as "Resume qr".
    text: str
    call: Callable[[Desk], object]


@dataclass(frozen=True, slots=True)
class Story:
    """What is known around an act; None = it is not known."""

    before: str | None
    after: str | None
    undo: Undo | None
    #: Why it can't be undone, where it can't.
    why_not: str


def over(act: str, by: str, at: float) -> str:
    """Say that another act has ended one, and which."""
    return f"It is over: {act} by {by} at {clock(at)}."
