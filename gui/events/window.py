"""The lines that are held of all events: a run of them without holes, never more than so many. No Qt here.

What is let go at one end is read again when that end comes in sight.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gui.events.lines import Line

#: Lines held at most: what an operator reads at one go, and some megabytes.
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines, newest first, and how far was looked for them."""

    lines: tuple[Line, ...]
    #: The row behind which the next piece in this direction begins.
    goes_on_at: int | None
    #: Whether there is nothing more in this direction.
    is_end: bool
    looked_at: int
    #: When the last event that was looked at was committed, in Unix seconds; None = none was.
    reached: float | None


class LineWindow:
    """Newest first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.lines: tuple[Line, ...] = ()
        #: Where older lines go on, and whether there are none.
        self.older_from: int | None = None
        self.has_oldest = False
        #: Where newer lines go on, and whether there are none but those that come from now on.
        self.newer_from: int | None = None
        self.has_newest = True

    def begin(self, older: Piece, newer: Piece | None = None) -> None:
        """Hold these only; without `newer`, the first of them is the newest of all. What the broker has stays known."""
        known = {line.row: line.copy for line in self.lines}
        lines = (() if newer is None else newer.lines) + older.lines
        self.lines = tuple(
            replace(line, copy=known[line.row]) if line.row in known else line for line in lines
        )
        self.older_from, self.has_oldest = older.goes_on_at, older.is_end
        self.newer_from = None if newer is None else newer.goes_on_at
        self.has_newest = newer is None or newer.is_end

    def add_older(self, piece: Piece) -> None:
        """Go on at the lower end, and let go of the newest that are too many."""
        lines = _merged(self.lines, piece.lines)
        self.older_from, self.has_oldest = piece.goes_on_at, piece.is_end
        self.lines = lines[-self._most :]
        if len(lines) > self._most:
            self.newer_from, self.has_newest = self.lines[0].row, False

    def add_newer(self, piece: Piece) -> None:
        """Go on at the upper end, and let go of the oldest that are too many."""
        self.newer_from, self.has_newest = piece.goes_on_at, piece.is_end
        self._hold_newest(_merged(self.lines, piece.lines))

    def put(self, fresh: Iterable[Line]) -> None:
        """Take lines that have just come; those from below what is held are found by going on there."""
        lowest = 0 if self.has_oldest or self.older_from is None else self.older_from
        self._hold_newest(_merged(self.lines, (line for line in fresh if line.row >= lowest)))

    def replace(self, changed: Iterable[Line]) -> None:
        """Take newer knowledge of lines that are held."""
        by_row = {line.row: line for line in changed}
        if by_row:
            self.lines = tuple(by_row.get(line.row, line) for line in self.lines)

    def _hold_newest(self, lines: tuple[Line, ...]) -> None:
        self.lines = lines[: self._most]
        if len(lines) > self._most:
            self.older_from, self.has_oldest = self.lines[-1].row, False


def _merged(held: Iterable[Line], more: Iterable[Line]) -> tuple[Line, ...]:
    """Put lines into their order; of two of one row the one that is held stays."""
    by_row = {line.row: line for line in more} | {line.row: line for line in held}
    return tuple(by_row[row] for row in sorted(by_row, reverse=True))
