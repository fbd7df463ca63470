"""Where a consumer finds events that the broker no longer has; the producer's outbox fits without knowing of it."""

from typing import Protocol

from core.events.envelope import Event


class Archive(Protocol):
    """All committed events by place."""

    def read(self, partition: int, *, after: int, limit: int) -> list[Event]:
        """Read up to `limit` events of a partition behind a position, in order, without gaps.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        ...
