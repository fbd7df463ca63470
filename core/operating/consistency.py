"""How long links take until every consumer has applied them: the figures of a distribution."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consistency:
    """How long the newest links took from their commit to the last consumer's receipt."""

    #: Milliseconds of those that are complete, the shortest first.
    times_ms: tuple[float, ...] = ()
    #: Those that are not: events that wait, are parked or dead, or whose receipt can't be read.
    waiting: int = 0
    #: When the oldest and the newest of all these links were created; None = there is no link.
    oldest_at: float | None = None
    newest_at: float | None = None
    #: The trace of the slowest; None = none is complete.
    slowest_trace: str | None = None
    #: Consumers whose receipts can't be read now: what is missing there is not known to wait.
    unread: tuple[str, ...] = ()
    #: Those that a rebuild has applied again, so that nobody knows any more how long they took.
    rebuilt: int = 0

    def at(self, share: float) -> float | None:
        """Give the time within which this share of the complete ones was, such as 0.95; None = none is complete."""
        number = math.ceil(share * len(self.times_ms))
        return self.times_ms[max(0, number - 1)] if self.times_ms else None
