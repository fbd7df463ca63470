"""From what is known of an event to the steps of its time line: pure arithmetic."""

from collections.abc import Iterator, Mapping, Sequence

from core.broker.stream_look import InFlight
from core.operating.dead_letters.effects import Effect
from core.operating.events.handlings import Handling
from core.operating.events.places import EventRow
from core.operating.traces.attempts import FailedAttempt
from core.operating.traces.effects import Delivery
from core.operating.traces.lanes import lane_of, wait
from core.operating.traces.trace import PRODUCER, RELAY, Step, StepKind, in_order

_NOTHING_STANDS_STILL: Mapping[str, str] = {}
_NOBODY_FAILED: Mapping[str, Sequence[FailedAttempt]] = {}


def steps_of(
    row: EventRow,
    handlings: Sequence[Handling],
    *,
    now: float,
    deliveries: Mapping[str, Sequence[Delivery]],
    drawn_at: Mapping[str, float],
    in_flight: Mapping[str, InFlight],
    still: Mapping[str, str] = _NOTHING_STANDS_STILL,
    attempts: Mapping[str, Sequence[FailedAttempt]] = _NOBODY_FAILED,
) -> tuple[Step, ...]:
    """Give the steps of one event.

    `deliveries`, `drawn_at`, `in_flight`, `still` and `attempts` are by consumer: its webhooks, when it drew the QR code,
    what was delivered to it and not acknowledged, why it stands still, such as "while paused by ann", and how it
    failed.
    """
    event_id, published_at = row.event.event_id, _published_at(row, handlings, attempts)
    steps = list(_on_the_way(row, published_at))
    begun_at = committed_at_of(row) if published_at is None else published_at
    for handling in handlings:
        name, is_waiting = handling.consumer, handling.effect is Effect.WAITING
        # What waits for the relay does not wait for a worker yet.
        if published_at is not None or not is_waiting:
            steps += lane_of(event_id, handling, attempts.get(name, ()), begun_at, still.get(name, ""))
        delivery = in_flight.get(name)
        if delivery is not None and is_waiting:
            text = f"deliveries: {delivery.deliveries}, not acknowledged"
            steps.append(Step(event_id, name, StepKind.DELIVERED, now - delivery.idle_s, text=text))
        if name in drawn_at:
            steps.append(Step(event_id, name, StepKind.DRAWN, drawn_at[name]))
        for one in deliveries.get(name, ()):
            steps += _called(event_id, name, one)
    return in_order(steps)


def _published_at(
    row: EventRow, handlings: Sequence[Handling], attempts: Mapping[str, Sequence[FailedAttempt]]
) -> float | None:
    """Give when the relay noted that an event is out; what a consumer had dealt with before was out by then."""
    known = [handling.at for handling in handlings if handling.at is not None]
    known += [made[0].at for made in attempts.values() if made]
    if row.published_at is not None:
        known.append(row.published_at)
    return min(known, default=None)


def _on_the_way(row: EventRow, published_at: float | None) -> Iterator[Step]:
    event, committed_at = row.event, committed_at_of(row)
    text = "" if event.origin is None else f"by an operator, in the place of {event.origin}"
    yield Step(event.event_id, PRODUCER, StepKind.COMMITTED, committed_at, text=text)
    if published_at is None:
        yield Step(event.event_id, RELAY, StepKind.WAIT, committed_at, is_open=True, text="for the relay")
        return
    yield from wait(event.event_id, RELAY, committed_at, published_at, "for the relay")
    yield Step(event.event_id, RELAY, StepKind.PUBLISHED, published_at)


def committed_at_of(row: EventRow) -> float:
    """Give when an event was committed; one in another's place has that one's time, and its own only in its id."""
    event = row.event
    if event.origin is not None:
        try:
            return int(event.event_id.replace("-", "")[:12], 16) / 1000
        except ValueError:
            pass
    return event.committed_at


def _called(event_id: str, lane: str, delivery: Delivery) -> Iterator[Step]:
    before = delivery.created_at
    for attempt in delivery.attempts:
        yield from wait(event_id, lane, before, attempt.started_at, "for the webhook's turn")
        before = attempt.ended_at
        kind = StepKind.CALLED if attempt.is_accepted else StepKind.REFUSED
        text = f"attempt {attempt.number} at {delivery.url}: {attempt.answer}"
        yield Step(event_id, lane, kind, attempt.started_at, until=before, text=text)
    if delivery.state == "waiting":
        text = "for the webhook's turn"
        yield Step(event_id, lane, StepKind.WAIT, before, is_open=True, text=text)
    elif delivery.state == "exhausted":
        text = f"after {len(delivery.attempts)} attempts at {delivery.url}"
        yield Step(event_id, lane, StepKind.EXHAUSTED, delivery.finished_at, text=text)
