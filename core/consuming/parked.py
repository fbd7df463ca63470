"""What waits, as it is in memory: a link as of its first event, and the events themselves. Only data."""

import time
from dataclasses import dataclass

from core.consuming.failure import ErrorClass
from core.events.envelope import Event


@dataclass(frozen=True, slots=True)
class ParkedKey:
    """A link that waits, as of its first event."""

    link_id: str
    partition: int
    error_class: ErrorClass
    error: str
    attempts: int
    strikes: int
    first_failed_at: float
    #: When it is tried again, by our monotonic clock; None = when an operator says so.
    due: float | None


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that waits."""

    event: Event
    #: Whether it was a dead letter.
    retried: bool

    @property
    def is_out_of_order(self) -> bool:
        """Whether an operator gave its order up: it was a dead letter, or takes the place of one."""
        return self.retried or self.event.origin is not None


def untried(link_id: str, partition: int) -> ParkedKey:
    """Make a key whose first event has not been tried yet, and may be at once."""
    now = time.monotonic()
    return ParkedKey(
        link_id, partition, ErrorClass.TRANSIENT, "It waits for its turn.", 0, 0, time.time(), now
    )
