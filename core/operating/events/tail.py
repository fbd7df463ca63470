"""The newest events as they come: what has been committed since the last look, each event once."""

from dataclasses import dataclass

from core.operating.events.pages import EventFilter, EventPages
from core.operating.events.places import EventRow

#: Rows behind the newest that are looked at again: databases commit side by side, and not in the order of rows.
_OVERLAP = 1_000
#: Databases limit the values in one statement; rows are looked up in pieces of this size.
_LOOK_UP_AT_ONCE = 500
#: New events that one look takes at most.
MOST_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is new since the last look."""

    #: Those that fit the filter, newest first.
    rows: tuple[EventRow, ...]
    #: How many are new, whether they fit or not.
    new: int
    #: How many of these fit; None = nobody has looked at all of them.
    fitting: int | None
    #: Whether there were more than a look takes, so that the oldest of them were passed by.
    is_cut: bool


class LiveTail:
    """Follows the outbox from now on, or from behind a row. For one thread."""

    def __init__(self, pages: EventPages, wanted: EventFilter, *, after: int | None = None) -> None:
        """Begin behind the newest row, or behind `after`.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        self._pages = pages
        self._wanted = wanted
        self._newest = pages.newest_row() if after is None else after
        self._seen = frozenset(pages.numbers_after(self._newest - _OVERLAP, _OVERLAP, upto=self._newest))

    def look(self) -> Fresh:
        """Give what is new.

        Raises:
            StoreUnavailable: it can't be read now; the next look gives it.
        """
        numbers = self._pages.numbers_after(self._newest - _OVERLAP, _OVERLAP + MOST_AT_ONCE + 1)
        new = [number for number in numbers if number not in self._seen]
        taken = new[:MOST_AT_ONCE]
        rows: list[EventRow] = []
        for start in range(0, len(taken), _LOOK_UP_AT_ONCE):
            rows += self._pages.rows(taken[start : start + _LOOK_UP_AT_ONCE], self._wanted)
        count, is_cut = len(new), len(new) > len(taken)
        fitting: int | None = len(rows)
        if is_cut:
            count = max(count, self._pages.count_after(self._newest))
            fitting = count if self._wanted == EventFilter() else None
        if new:
            self._newest = max(self._newest, new[0])
            self._seen = frozenset(number for number in numbers if number > self._newest - _OVERLAP)
        return Fresh(tuple(rows), count, fitting, is_cut)
