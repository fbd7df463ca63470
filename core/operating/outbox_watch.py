"""How the outbox is, read only when somebody has committed there."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass

from core.producing.outbox import Outbox
from core.producing.progress import PartitionCursor


@dataclass(frozen=True, slots=True)
class OutboxLook:
    """The outbox at one moment."""

    #: Rises with each event.
    newest_id: int
    cursors: tuple[PartitionCursor, ...]
    #: Events that the broker does not have, and when the oldest of them was committed.
    unpublished: int
    oldest_at: float | None


class OutboxWatch:
    """Watches one outbox; one thread at a time looks."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._sign: Hashable | None = None
        self._last: OutboxLook | None = None
        self._committed_at: dict[tuple[int, int], float] = {}

    def look(self) -> OutboxLook:
        """Give how it is; the same object as before while nothing has changed.

        Raises:
            StoreUnavailable: it can't be read.
        """
        sign = self._outbox.database.sign()
        if self._last is None or sign is None or sign != self._sign:
            found = self._read(self._last)
            self._last = self._last if found == self._last else found
            self._sign = sign
        return self._last

    def _read(self, last: OutboxLook | None) -> OutboxLook:
        newest_id, cursors = self._outbox.newest_id(), tuple(self._outbox.cursors())
        is_as_it_was = last is not None and (newest_id, cursors) == (last.newest_id, last.cursors)
        if last is not None and is_as_it_was and not last.unpublished:
            return last
        return OutboxLook(newest_id, cursors, *self._outbox.unpublished())

    def committed_at(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], float]:
        """Give when the events in some (partition, position) were committed; what was asked the last time is remembered.

        Raises:
            StoreUnavailable: it can't be read.
        """
        new = [place for place in places if place not in self._committed_at]
        found = self._outbox.committed_at(new) if new else {}
        known = {**self._committed_at, **found}
        self._committed_at = {place: known[place] for place in places if place in known}
        return self._committed_at
