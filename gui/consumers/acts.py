"""What can be done to one consumer, said exactly beforehand, and what came of it."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.consuming.faults import FaultKind, Figures
from core.operating.actor import actor
from core.operating.consumer_detail import KeyDetail
from core.operating.dead_letters.rows import WaitingKey
from core.operating.desk import Desk
from core.operating.outcomes import Outcome
from core.operating.snapshot import ConsumerHealth, FaultSet
from gui.formatting import clock, count, one_line, plural
from gui.parts.act_dialog import Plan, Result

#: How long outcomes are waited for, in seconds; what is not done by then is noted, and done later.
PATIENCE_S = 5.0
_GLANCE_S = 0.1
#: What a rebuild does beyond its own tables, which nothing can take back; these want their name typed.
_CONSEQUENCES = {
    "webhook": "Every webhook that was ever due is sent again, to the endpoints of today.",
    "billing": "The counts that teams are billed by are made anew.",
}


@dataclass(frozen=True, slots=True)
class Breakage:
    """A way to break a consumer on purpose: what the menu says, what it does, and what is set."""

    text: str
    does: str
    kind: FaultKind
    figures: Figures


_CRASH = "kills the worker process, with all consumers in it; the desk starts its own worker again"
BREAKAGES = (
    Breakage(
        "Slow it down: 500 ms a batch",
        "Each batch takes 500 ms longer. Nothing fails; the lag grows.",
        FaultKind.LATENCY,
        Figures(ms=500),
    ),
    Breakage(
        "Fail the next 3 attempts",
        "The next three attempts fail and pass by themselves: their links are parked and tried again.",
        FaultKind.FAIL,
        Figures(next=3, transient=True),
    ),
    Breakage(
        "Reject the next event",
        "The next event is rejected for good: after its attempts it is a dead letter.",
        FaultKind.FAIL,
        Figures(next=1),
    ),
    Breakage(
        "Reject 10 % of events",
        "One event in ten is rejected for good: dead letters collect until it is repaired.",
        FaultKind.FAIL,
        Figures(share=0.1),
    ),
    Breakage(
        "Hang",
        "It stands still with events in hand, and does not say so, until it is repaired or paused.",
        FaultKind.HANG,
        Figures(),
    ),
    Breakage(
        "Deliver everything twice",
        "Each entry is given to it two times: the second time has no effect, and is counted.",
        FaultKind.TWICE,
        Figures(),
    ),
    Breakage(
        "Lock its database",
        "Another connection holds its database locked: nothing can be written until it is repaired.",
        FaultKind.LOCKED,
        Figures(),
    ),
    Breakage(
        "Crash before the commit",
        f"Once, it {_CRASH}. What was in hand is rolled back and delivered again.",
        FaultKind.CRASH,
        Figures(times=1),
    ),
    Breakage(
        "Crash after the commit",
        f"Once, it {_CRASH}. What was in hand is committed, delivered again, and has no second effect.",
        FaultKind.CRASH,
        Figures(times=1, after_commit=True),
    ),
)


def break_it(consumer: str, breakage: Breakage, desk: Desk) -> str:
    """Set the fault, and say so.

    Raises:
        NotFound, InvalidInput, StoreUnavailable: it was not set.
    """
    fault = desk.faults.set(consumer, breakage.kind, breakage.figures, by=actor())
    return f"Set as fault {fault.fault_id}; workers obey within a moment."


def repair_it(consumer: str, desk: Desk) -> str:
    """Clear all faults of a consumer, and say so.

    Raises:
        NotFound, StoreUnavailable: nothing was cleared.
    """
    cleared = desk.faults.clear(consumer, by=actor())
    return f"{plural(len(cleared), 'fault')} cleared." if cleared else "Nothing was broken on purpose."


def faults_of(faults: Sequence[FaultSet], consumer: str) -> tuple[FaultSet, ...]:
    """Give what is broken on purpose at one consumer."""
    return tuple(fault for fault in faults if fault.target == consumer)


def repair_tip(faults: Sequence[FaultSet]) -> str:
    """Say what a repair does, or why there is nothing to repair."""
    if not faults:
        return "Nothing of this consumer is broken on purpose."
    told = [
        f"{fault.words} (fault {fault.fault_id}, by {fault.set_by} at {clock(fault.set_at)})"
        for fault in faults
    ]
    return "Clear what is broken on purpose:\n" + "\n".join(told)


# Keys


def why_no_retry(keys: Sequence[KeyDetail]) -> str:
    """Say why none of these parked links can be retried; empty = some can."""
    if not keys:
        return "Nothing is parked here, so there is nothing to retry."
    if any(not one.key.is_held for one in keys):
        return ""
    return "Each of them waits behind a dead letter: decide about that one on the page Dead letters."


def retry_plan(consumer: str, keys: Sequence[KeyDetail], total: int, *, are_selected: bool) -> Plan:
    """Say what a retry of parked links does."""
    links = plural(len(keys), "parked link")
    scope = ["Those that are selected." if are_selected else "All that are parked."]
    if not are_selected and total > len(keys):
        scope[0] = f"Those that have waited longest, of {count(total)}."
    held = sum(one.key.is_held for one in keys)
    if held:
        scope.append(
            f"{count(held)} of them wait behind a dead letter, and stay until you decide about that."
        )
    return Plan(
        f"Retry {links} of {consumer} now?",
        "Each is tried at once instead of at its next attempt, its events in order. What fails again waits again.",
        tuple(scope),
        "Retry now",
    )


def retry_keys(consumer: str, keys: Sequence[KeyDetail], desk: Desk) -> list[Result]:
    """Ask for links to be tried at once, and wait for what comes of it.

    Raises:
        StoreUnavailable: some may have been asked for; asking again is harmless.
    """
    asked = [desk.dead_letters.retry_now(one.key) for one in keys if not one.key.is_held]
    said = {one.link_id: one for one in desk.dead_letters.outcomes(asked, within_s=PATIENCE_S)}
    after: dict[str, WaitingKey] = {}

    def are_settled() -> bool:
        after.clear()
        after.update({key.link_id: key for key in desk.dead_letters.waiting(consumer)})
        return not any(_is_as_before(one.key, after) for one in keys if one.key.link_id in said)

    is_served = any(outcome.is_done for outcome in said.values())
    wait_until(are_settled, PATIENCE_S if is_served else 0.0)
    return [_retried(one, said.get(one.key.link_id), after) for one in keys]


def _is_as_before(key: WaitingKey, after: Mapping[str, WaitingKey]) -> bool:
    """Whether a link was not tried since; more events of it may have come."""
    now = after.get(key.link_id)
    return now is not None and (now.attempts, now.last_failed_at) == (key.attempts, key.last_failed_at)


def _retried(one: KeyDetail, said: Outcome | None, after: Mapping[str, WaitingKey]) -> Result:
    """Say what came of one link, by how it waits now."""
    name, now = one.slug or one.key.link_id, after.get(one.key.link_id)
    if said is None:
        return Result(name, ok=False, text="Not asked: decide about its dead letter first.")
    if not said.is_done or _is_as_before(one.key, after):
        return Result(name, not said.failed, said.outcome)
    if now is None:
        return Result(name, ok=True, text="Applied; nothing of it waits any more.")
    return Result(name, ok=False, text=f"Failed (attempt {now.attempts}): {one_line(now.error)}")


# Rebuild


def rebuild_plan(health: ConsumerHealth, published: int | None) -> Plan:
    """Say what a rebuild does, and how much it is."""
    name = health.name
    again = "all events" if published is None else f"all {plural(published, 'event')}"
    scope = [f"Events to apply again: {again}. The other consumers notice nothing."]
    if name in _CONSEQUENCES:
        scope.insert(0, _CONSEQUENCES[name])
    scope.append(
        "What operators have discarded stays discarded. Until it is done, its figures are incomplete."
    )
    return Plan(
        f"Rebuild {name}?",
        f"The tables of {name} are emptied, its parked links and dead letters with them, "
        "and all events are applied again in order, from the first one on.",
        tuple(scope),
        f"Rebuild {name}",
        name if name in _CONSEQUENCES else "",
    )


def rebuild(consumer: str, desk: Desk) -> list[Result]:
    """Ask for a rebuild, and wait until a worker has begun.

    Raises:
        NotFound, StoreUnavailable: nothing was asked.
    """
    number = desk.rebuilds.ask(consumer)
    wait_until(lambda: desk.rebuilds.outcome(number) is not None, PATIENCE_S)
    outcome = desk.rebuilds.outcome(number)
    if outcome is None:
        return [Result(consumer, ok=True, text="Noted; it begins as soon as a worker runs this consumer.")]
    return [Result(consumer, ok=outcome.done, text=outcome.sentence)]


def wait_until(is_so: Callable[[], bool], within_s: float) -> None:
    """Look again and again until something is so, but not for long; looks at least once."""
    waiting, until = threading.Event(), time.monotonic() + within_s
    while not is_so() and time.monotonic() < until:
        waiting.wait(_GLANCE_S)
