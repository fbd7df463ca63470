"""How far was looked for events that no index tells, and how far it may go before somebody says to go on. No Qt here."""

from dataclasses import dataclass

from core.operating.events.pages import LOOK_AT
from gui.events.reading import COUNT
from gui.events.window import Piece


@dataclass(slots=True)
class Search:
    """How far was looked for lines that no index tells."""

    looked_at: int = 0
    #: When the last one that was looked at was committed, in Unix seconds.
    reached: float | None = None
    #: Events that may be looked at before somebody says to go on, and lines that are wanted before that.
    budget: int = LOOK_AT
    missing: int = COUNT

    def note(self, piece: Piece) -> None:
        """Count a piece."""
        self.looked_at += piece.looked_at
        self.reached = piece.reached or self.reached
        self.budget -= piece.looked_at
        self.missing -= len(piece.lines)

    def allow_more(self) -> None:
        """Let it look at as many events again."""
        self.budget, self.missing = LOOK_AT, COUNT
