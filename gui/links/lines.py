"""The lines of a table of any length: a roll of ids, and what is known of those that were seen. No Qt here.

Ids are all that is held of all links; rows are held of the few hundred that were in sight lately.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from core.operating.links.book import LinkRow
from core.operating.links.roll import LinkRoll

#: Rows that are held at most.
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """A link's place in the table, and what it shows there; None = not read yet."""

    link_id: str
    row: LinkRow | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A roll, and the places of its ids: made where it is read, not where it is shown."""

    roll: LinkRoll
    places: Mapping[str, int]
    #: Whether there is more of it, which is being read.
    is_beginning: bool = False


def listing(roll: LinkRoll, *, is_beginning: bool = False) -> Listing:
    """Make a listing of a roll."""
    places = {link_id: number for number, link_id in enumerate(roll.link_ids)}
    return Listing(roll, places, is_beginning)


class LinkLines(Sequence[Line]):
    """All lines, by their number."""

    def __init__(self) -> None:
        self._ids: tuple[str, ...] = ()
        self._places: Mapping[str, int] = {}
        self._known: dict[str, Line] = {}

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, number: int) -> Line: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Line]: ...

    def __getitem__(self, number: int | slice) -> Line | Sequence[Line]:
        if isinstance(number, slice):
            return [self._line(link_id) for link_id in self._ids[number]]
        return self._line(self._ids[number])

    def _line(self, link_id: str) -> Line:
        return self._known.get(link_id) or Line(link_id)

    def place_of(self, link_id: str) -> int | None:
        """Give the number of a link's line."""
        return self._places.get(link_id)

    def ids(self, first: int, last: int) -> tuple[str, ...]:
        """Give the ids of these lines."""
        return self._ids[first : last + 1]

    def goes_on_in(self, new: Listing) -> bool:
        """Tell whether a listing begins with all that is here."""
        return new.roll.link_ids[: len(self._ids)] == self._ids

    def begin(self, new: Listing) -> None:
        """Hold this listing; what is known of links stays known."""
        self._ids, self._places = new.roll.link_ids, new.places

    def learn(self, rows: Iterable[LinkRow]) -> list[int]:
        """Take what was read of some links; gives the numbers of the lines that say something else now."""
        changed = []
        for row in rows:
            link_id = row.link.link_id
            before = self._known.pop(link_id, None)
            # What was learned last stands last, and is let go last.
            self._known[link_id] = before if before is not None and before.row == row else Line(link_id, row)
            if before is not self._known[link_id] and (place := self._places.get(link_id)) is not None:
                changed.append(place)
        for link_id in list(self._known)[: max(0, len(self._known) - MOST_ROWS)]:
            del self._known[link_id]
        return changed
