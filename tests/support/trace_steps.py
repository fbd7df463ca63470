"""Steps of traces, made of what is on record about one event, for tests of what the time line shows."""

from core.broker.stream_look import InFlight
from core.operating.events.handlings import Handling
from core.operating.events.places import EventRow
from core.operating.traces.attempts import FailedAttempt
from core.operating.traces.effects import Delivery
from core.operating.traces.steps import steps_of
from core.operating.traces.trace import Step
from tests.support.events import AT, created, make_event

EVENT = make_event(created(), 7)
#: It was published a second after its commit.
ROW = EventRow(1, EVENT, AT + 1)
NOW = AT + 100


def lane(
    handling: Handling,
    *,
    row: EventRow = ROW,
    deliveries: tuple[Delivery, ...] = (),
    in_flight: InFlight | None = None,
    attempts: tuple[FailedAttempt, ...] = (),
) -> list[Step]:
    """Give the steps in one consumer's lane."""
    steps = steps_of(
        row,
        [handling],
        now=NOW,
        deliveries={handling.consumer: deliveries},
        drawn_at={},
        in_flight={} if in_flight is None else {in_flight.group: in_flight},
        attempts={handling.consumer: attempts},
    )
    return [step for step in steps if step.lane == handling.consumer]


def shape(steps: list[Step]) -> list[tuple[str, float | None, float | None]]:
    """Give kinds and times, in seconds after the commit."""
    return [
        (
            step.kind.name,
            None if step.at is None else step.at - AT,
            None if step.until is None else step.until - AT,
        )
        for step in steps
    ]
