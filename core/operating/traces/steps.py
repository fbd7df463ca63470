"""From what is known of an event to the steps of its time line: pure arithmetic."""

from collections.abc import Iterator, Mapping, Sequence

from core.broker.stream_look import InFlight
from core.operating.dead_letters.effects import Effect
from core.operating.events.handlings import Handling
from core.operating.events.places import EventRow
from core.operating.traces.effects import Delivery
from core.operating.traces.trace import PRODUCER, RELAY, Step, StepKind, in_order

_NOTHING_STANDS_STILL: Mapping[str, str] = {}
_RECEIPTS = {Effect.APPLIED: StepKind.APPLIED, Effect.IGNORED: StepKind.IGNORED}


def steps_of(
    row: EventRow,
    handlings: Sequence[Handling],
    *,
    now: float,
    deliveries: Mapping[str, Sequence[Delivery]],
    drawn_at: Mapping[str, float],
    in_flight: Mapping[str, InFlight],
    still: Mapping[str, str] = _NOTHING_STANDS_STILL,
) -> tuple[Step, ...]:
    """Give the steps of one event.

    `deliveries`, `drawn_at`, `in_flight` and `still` are by consumer: its webhooks, when it drew the QR code, what was
    delivered to it and not acknowledged, and why it stands still, such as "while it is paused by ann".
    """
    event_id, published_at = row.event.event_id, _published_at(row, handlings)
    steps = list(_on_the_way(row, published_at))
    begun_at = committed_at_of(row) if published_at is None else published_at
    for handling in handlings:
        name, is_waiting = handling.consumer, handling.effect is Effect.WAITING
        # What waits for the relay does not wait for a worker yet.
        if published_at is not None or not is_waiting:
            steps += _handled(event_id, handling, begun_at, still.get(name, ""))
        delivery = in_flight.get(name)
        if delivery is not None and is_waiting:
            text = f"deliveries: {delivery.deliveries}, not acknowledged"
            steps.append(Step(event_id, name, StepKind.DELIVERED, now - delivery.idle_s, text=text))
        if name in drawn_at:
            steps.append(Step(event_id, name, StepKind.DRAWN, drawn_at[name]))
        for one in deliveries.get(name, ()):
            steps += _called(event_id, name, one)
    return in_order(steps)


def _published_at(row: EventRow, handlings: Sequence[Handling]) -> float | None:
    """Give when the relay noted that an event is out; what a consumer had dealt with before was out by then."""
    known = [handling.at for handling in handlings if handling.at is not None]
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
    yield from _wait(event.event_id, RELAY, committed_at, published_at, "for the relay")
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


def _handled(event_id: str, handling: Handling, begun_at: float, still: str) -> Iterator[Step]:
    lane, effect = handling.consumer, handling.effect
    match effect:
        case Effect.WAITING:
            yield Step(event_id, lane, StepKind.WAIT, begun_at, is_open=True, text=still or "for a worker")
        case Effect.UNKNOWN:
            yield Step(event_id, lane, StepKind.UNKNOWN, None, text="its database can't be read now")
        case Effect.DEALT_WITH:
            yield Step(event_id, lane, StepKind.DEALT_WITH, None, text="its receipt has been removed since")
        case Effect.PARKED:
            yield from _parked(event_id, handling, begun_at, still)
        case _:
            yield from _settled(event_id, handling, begun_at)


def _settled(event_id: str, handling: Handling, begun_at: float) -> Iterator[Step]:
    """Give what led to a receipt, or to a dead letter and what was decided about it."""
    lane = handling.consumer
    if handling.trouble is not None:
        yield from _died(event_id, handling)
    elif handling.at is not None:
        # The relay notes a little later than consumers may see an event.
        yield from _wait(event_id, lane, min(begun_at, handling.at), handling.at, "for a worker")
    kind = _RECEIPTS.get(handling.effect)
    if kind is not None:
        text = "after it had been a dead letter" if handling.was_retried else ""
        yield Step(event_id, lane, kind, handling.at, text=text, by=handling.worker)


def _died(event_id: str, handling: Handling) -> Iterator[Step]:
    lane, trouble, decision = handling.consumer, handling.trouble, handling.decision
    assert trouble is not None
    words = f"{trouble.error_class}, attempts: {trouble.attempts}: {_first_line(trouble.error)}"
    yield Step(
        event_id, lane, StepKind.FAILED, trouble.first_failed_at, until=trouble.last_failed_at, text=words
    )
    yield Step(event_id, lane, StepKind.DEAD, trouble.last_failed_at)
    if handling.effect is Effect.DEAD:
        text = "for an operator"
        yield Step(event_id, lane, StepKind.WAIT, trouble.last_failed_at, is_open=True, text=text)
    elif decision is not None:
        kind = StepKind.DISCARDED if handling.effect is Effect.DISCARDED else StepKind.RETRIED
        text = decision.why or ""
        if decision.replaced_by is not None:
            text += f" (in favour of {decision.replaced_by})"
        yield Step(event_id, lane, kind, decision.at, text=text.strip(), by=decision.by)


def _parked(event_id: str, handling: Handling, begun_at: float, still: str) -> Iterator[Step]:
    lane, trouble, at = handling.consumer, handling.trouble, handling.at or begun_at
    yield from _wait(event_id, lane, min(begun_at, at), at, "for a worker")
    if trouble is None or trouble.is_behind:
        yield Step(event_id, lane, StepKind.PARKED, at, text="behind an earlier event of its link")
    else:
        words = f"{trouble.error_class}, attempts: {trouble.attempts}: {_first_line(trouble.error)}"
        begun, last = trouble.first_failed_at, trouble.last_failed_at
        yield Step(event_id, lane, StepKind.FAILED, begun, until=last, text=words)
        yield Step(event_id, lane, StepKind.PARKED, at)
    due = None if trouble is None else trouble.next_attempt_at
    reason = "for an operator" if due is None else still or "for the next attempt"
    yield Step(event_id, lane, StepKind.WAIT, at, is_open=True, text=reason)


def _called(event_id: str, lane: str, delivery: Delivery) -> Iterator[Step]:
    before = delivery.created_at
    for attempt in delivery.attempts:
        yield from _wait(event_id, lane, before, attempt.started_at, "for the webhook's turn")
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


def _wait(event_id: str, lane: str, at: float, until: float, text: str) -> Iterator[Step]:
    if until > at:
        yield Step(event_id, lane, StepKind.WAIT, at, until=until, text=text)


def _first_line(error: str) -> str:
    return error.strip().split("\n", 1)[0]
