"""One consumer's lane: from what it has of an event, and how it failed at it, to steps with the waits between them.

Pure arithmetic.
"""

from collections.abc import Iterator, Sequence

from core.operating.dead_letters.effects import Effect
from core.operating.events.handlings import Handling, Trouble
from core.operating.traces.attempts import FailedAttempt
from core.operating.traces.trace import Step, StepKind

_RECEIPTS = {Effect.APPLIED: StepKind.APPLIED, Effect.IGNORED: StepKind.IGNORED}
#: What an event has waited for, when that is over: a worker that was away or busy, or its turn behind an earlier event.
_TURN, _NEXT, _OPERATOR = "for its turn", "for the next attempt", "for an operator"
_GIVEN_UP = "operator"


def lane_of(
    event_id: str, handling: Handling, attempts: Sequence[FailedAttempt], begun_at: float, still: str
) -> Iterator[Step]:
    """Give the steps of an event that was there for the consumer from `begun_at` on, which may stand `still`."""
    lane = handling.consumer
    match handling.effect:
        case Effect.WAITING:
            yield Step(event_id, lane, StepKind.WAIT, begun_at, is_open=True, text=still or "for a worker")
        case Effect.UNKNOWN:
            yield Step(event_id, lane, StepKind.UNKNOWN, None, text="its database can't be read now")
        case Effect.DEALT_WITH:
            yield Step(event_id, lane, StepKind.DEALT_WITH, None, text="its receipt has been removed since")
        case _:
            yield from _Lane(event_id, handling, attempts).steps(begun_at, still)


def wait(event_id: str, lane: str, at: float, until: float, text: str) -> Iterator[Step]:
    """Give a wait that is over, unless it took no time."""
    if until > at:
        yield Step(event_id, lane, StepKind.WAIT, at, until=until, text=text)


class _Lane:
    """What has befallen an event in a consumer that has come to it."""

    def __init__(self, event_id: str, handling: Handling, attempts: Sequence[FailedAttempt]) -> None:
        self._event_id, self._handling, self._attempts = event_id, handling, attempts

    def steps(self, begun_at: float, still: str) -> Iterator[Step]:
        known = [(step.at, step) for step in self._marks() if step.at is not None]
        # The relay notes a little later than consumers may see an event.
        end, reason = min([begun_at, *(at for at, _ in known)]), _TURN
        for at, step in sorted(known, key=lambda pair: pair[0]):
            yield from wait(self._event_id, step.lane, end, at, reason)
            yield step
            end, reason = max(end, step.until or at), _reason_after(step)
        yield from (step for step in self._marks() if step.at is None)
        if self._handling.effect in (Effect.PARKED, Effect.DEAD):
            trouble = self._handling.trouble
            is_due = trouble is not None and trouble.next_attempt_at is not None
            text = (still or self._next()) if is_due else _OPERATOR
            yield Step(self._event_id, self._handling.consumer, StepKind.WAIT, end, is_open=True, text=text)

    def _next(self) -> str:
        trouble = self._handling.trouble
        if trouble is not None and trouble.is_behind:
            return _TURN
        return f"for attempt {self._attempts[-1].number + 1}" if self._attempts else _NEXT

    def _marks(self) -> Iterator[Step]:
        """Give what happened, without the waits; kinds that happen at the same moment are in their order."""
        handling, trouble = self._handling, self._handling.trouble
        yield from self._failures()
        if handling.effect is Effect.PARKED:
            if trouble is None or trouble.is_behind:
                yield self._step(StepKind.PARKED, handling.at, text="behind an earlier event of its link")
            elif not self._attempts:
                yield self._step(StepKind.PARKED, handling.at)
        elif trouble is not None:
            yield from self._death(trouble)
        yield from self._decision()
        kind = _RECEIPTS.get(handling.effect)
        if kind is not None:
            yield self._step(kind, handling.at, text=self._after(), by=handling.worker)

    def _failures(self) -> Iterator[Step]:
        """Give each attempt; where none is on record, all of them as one."""
        before: FailedAttempt | None = None
        for attempt in self._attempts:
            if before is not None and attempt.number > before.number + 1:
                yield self._left_out(before, attempt)
            text = f"{attempt.error_class}: {_line(attempt.error)}"
            yield self._step(
                StepKind.FAILED, attempt.at, text=text, by=attempt.worker, attempt=attempt.number
            )
            if attempt.gave_up:
                yield self._step(StepKind.DEAD, attempt.at, text=text)
            before = attempt
        trouble = self._handling.trouble
        if before is None and trouble is not None and trouble.attempts and not trouble.is_behind:
            text = f"{trouble.error_class}, attempts: {trouble.attempts}: {_line(trouble.error)}"
            yield self._step(
                StepKind.FAILED, trouble.first_failed_at, until=trouble.last_failed_at, text=text
            )

    def _left_out(self, before: FailedAttempt, after: FailedAttempt) -> Step:
        text = f"attempts {before.number + 1} to {after.number - 1}, which are not on record one by one"
        return self._step(StepKind.FAILED, before.at, until=after.at, text=text)

    def _death(self, trouble: Trouble) -> Iterator[Step]:
        """Give when it became a dead letter, unless an attempt that is on record says so."""
        is_given_up = trouble.error_class == _GIVEN_UP
        if is_given_up or not any(attempt.gave_up for attempt in self._attempts):
            text = _line(trouble.error, last=True) if is_given_up else ""
            yield self._step(StepKind.DEAD, trouble.last_failed_at, text=text)

    def _decision(self) -> Iterator[Step]:
        decision = self._handling.decision
        if decision is None or (decision.state == "dead" and not decision.retries):
            return
        text = decision.why or ""
        if decision.replaced_by is not None:
            text += f" (in favour of {decision.replaced_by})"
        kind = StepKind.DISCARDED if self._handling.effect is Effect.DISCARDED else StepKind.RETRIED
        yield self._step(kind, decision.at, text=text.strip(), by=decision.by)

    def _after(self) -> str:
        """Say after what it was applied."""
        count = self._attempts[-1].number if self._attempts else 0
        was_dead = "after it had been a dead letter" if self._handling.was_retried else ""
        failed = f"after {count} failed attempt{'' if count == 1 else 's'}" if count else ""
        return ", ".join(part for part in (failed, was_dead) if part)

    def _step(
        self,
        kind: StepKind,
        at: float | None,
        *,
        until: float | None = None,
        text: str = "",
        by: str | None = None,
        attempt: int | None = None,
    ) -> Step:
        lane = self._handling.consumer
        return Step(self._event_id, lane, kind, at, until=until, text=text, by=by, attempt=attempt)


def _reason_after(step: Step) -> str:
    """Say what is waited for after a step, unless it was the last one."""
    if step.attempt is not None:
        return f"for attempt {step.attempt + 1}"
    if step.kind is StepKind.DEAD:
        return _OPERATOR
    return _TURN if step.kind is StepKind.RETRIED else _NEXT


def _line(error: str, *, last: bool = False) -> str:
    lines = error.strip().split("\n")
    return lines[-1 if last else 0]
