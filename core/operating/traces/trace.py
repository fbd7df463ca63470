"""What became of events, as one time line with a lane for each who deals with them. Only data; nothing here reads anything.

All times are Unix seconds. A wait is an interval, also while it goes on; what is not known has no time, never 0.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.operating.events.handlings import Handling
from core.operating.events.places import EventRow

#: The lanes before those of the consumers.
PRODUCER, RELAY = "producer", "relay"


class StepKind(StrEnum):
    """What happened, or goes on; the values are the words that people read."""

    COMMITTED = "committed"
    PUBLISHED = "published"
    #: Nothing happens: for the relay, a worker, the next attempt, an operator.
    WAIT = "waits"
    #: Given to a worker, which has not acknowledged it.
    DELIVERED = "delivered"
    APPLIED = "applied"
    IGNORED = "ignored"
    #: Its consumer is past it, and the receipt has been removed since.
    DEALT_WITH = "dealt with"
    #: An attempt that failed; or several, from the first to the last.
    FAILED = "failed"
    PARKED = "parked"
    DEAD = "dead"
    #: An operator had a dead letter tried again.
    RETRIED = "tried again"
    DISCARDED = "discarded"
    DRAWN = "QR code drawn"
    #: A webhook that was accepted, and one that was not.
    CALLED = "webhook accepted"
    REFUSED = "webhook failed"
    #: No more attempts at a webhook.
    EXHAUSTED = "webhook given up"
    #: A consumer's database can't be read now.
    UNKNOWN = "unknown"


#: What somebody should look at.
TROUBLES = frozenset(
    {StepKind.FAILED, StepKind.PARKED, StepKind.DEAD, StepKind.REFUSED, StepKind.EXHAUSTED, StepKind.UNKNOWN}
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing in one lane: a moment, or an interval."""

    event_id: str
    #: "producer", "relay", or a consumer's name.
    lane: str
    kind: StepKind
    #: None = it is not known when.
    at: float | None
    #: The end of an interval; None = a moment, or it goes on.
    until: float | None = None
    #: Whether it goes on.
    is_open: bool = False
    #: More about it, such as the error; may be "".
    text: str = ""
    #: The worker or the operator.
    by: str | None = None
    #: The number of a failed attempt, from 1; None = it is none, or several.
    attempt: int | None = None

    @property
    def words(self) -> str:
        """What happened, in a few words."""
        return str(self.kind) if self.attempt is None else f"attempt {self.attempt} {self.kind}"

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look at it."""
        return self.kind in TROUBLES


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """One event of a trace."""

    row: EventRow
    #: What each consumer has of it, in display order.
    handlings: tuple[Handling, ...]
    #: By time; those without one last.
    steps: tuple[Step, ...]

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it goes on."""
        return not any(step.is_open or step.kind is StepKind.UNKNOWN for step in self.steps)


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one user action, or of all that ever happened to a link."""

    #: What was asked for, as it was written.
    name: str
    #: "event", "link" or "trace": what the name is of.
    subject: str
    #: The links that it is about, and the traces in it.
    link_ids: tuple[str, ...]
    trace_ids: tuple[str, ...]
    #: In display order.
    lanes: tuple[str, ...]
    #: In the order in which they were committed. One with an origin was published in that event's place.
    events: tuple[TracedEvent, ...]
    #: Events that are not shown, since there are so many; the first and the newest are.
    left_out: int
    taken_at: float

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, by time; those without one last."""
        return in_order([step for event in self.events for step in event.steps])

    @property
    def began_at(self) -> float | None:
        """When the first of its events was committed."""
        return self.events[0].row.event.committed_at if self.events else None

    @property
    def ended_at(self) -> float | None:
        """When the last thing happened; None = something goes on, or is not known."""
        if not self.events or not all(event.is_settled for event in self.events):
            return None
        return max(step.until or step.at or 0.0 for step in self.steps)


def in_order(steps: list[Step]) -> tuple[Step, ...]:
    """Put steps in the order of time; those that are not known when come last."""
    return tuple(sorted(steps, key=lambda step: float("inf") if step.at is None else step.at))
