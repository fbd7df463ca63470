"""The rungs of a consumer that has not come to an event, or that waits to try it again."""

from core.consuming.faults import FaultKind
from core.consuming.parking import MAX_KEYS
from core.operating.why import acts
from core.operating.why.answer import Answer, Rung
from core.operating.why.facts import Facts
from core.operating.why.settled import broken, fault_named
from core.operating.why.words import counted, first_line, moment, since, span, when

#: Faults that keep a consumer from getting on; the others make single events fail.
_HINDERING = (FaultKind.HANG, FaultKind.LOCKED, FaultKind.LATENCY, FaultKind.CRASH)
#: How a consumer's error begins that is about one waiting link, and keeps nothing else from being applied.
_ONE_LINK = "link "
_RATE_OVER = "the last 10 s"


def locked_out(facts: Facts) -> Answer | None:
    """A process that was frozen in the middle of a transaction has its database: nobody can take over from it."""
    lock = facts.consumer.frozen_lock
    return None if lock is None else Answer(Rung.OUTAGE, lock, acts.show_status())


def no_worker(facts: Facts) -> Answer | None:
    """Nobody runs the consumer."""
    consumer = facts.consumer
    if consumer.alive:
        return None
    crashes = [fault for fault in consumer.faults if fault.kind == FaultKind.CRASH]
    if crashes:
        return broken(facts, crashes[0], "No worker runs it at this moment.")
    heard = consumer.last_heard
    last = (
        "none was heard of in the last minute"
        if heard is None
        else f"{heard.worker_id} was last heard of {span(facts.now - heard.heard_at)} ago"
    )
    never = " It has never run here." if consumer.progress is None else ""
    act = acts.start_worker(facts.name) if facts.around.is_run else acts.start_worker()
    return Answer(Rung.NO_WORKER, f"No worker runs {facts.name}: {last}.{never}{_after(facts)}", act)


def standing_still(facts: Facts) -> Answer | None:
    """All consumers stand still for a reason outside, whatever operators want."""
    why = facts.around.standstill
    if why is None:
        return None
    return Answer(
        Rung.STANDSTILL, f"All consumers stand still: {first_line(why)}{_after(facts)}", acts.show_status()
    )


def paused(facts: Facts) -> Answer | None:
    """Operators want the consumer to stand still."""
    pause = facts.consumer.pause
    if pause is None:
        return None
    until = (
        "until somebody resumes it"
        if pause.until is None
        else f"until {moment(pause.until)} ({when(pause.until, facts.now)})"
    )
    why = f" ({pause.why})" if pause.why else ""
    return Answer(
        Rung.PAUSED,
        f"{facts.name} was paused by {pause.by}{why} and stands still {since(pause.since, facts.now)}, {until}."
        f"{_after(facts)}",
        acts.resume(facts.name),
    )


def parked(facts: Facts) -> Answer | None:
    """It waits for another attempt: its own, or that of an earlier event of its link."""
    waiting = facts.consumer.waiting
    if waiting is None:
        return None
    next_one = f"The next attempt is {when(waiting.next_attempt_at, facts.now)}."
    fault = fault_named(facts, waiting.error)
    if fault is not None:
        return broken(facts, fault, f"{counted(waiting.attempts, 'attempt')} failed. {next_one}")
    is_first = waiting.head_event_id == facts.event.event_id
    if waiting.attempts == 0:
        whose = "It" if is_first else f"It waits behind event {waiting.head_event_id} of its link, which"
        return Answer(Rung.FAILING if is_first else Rung.BEHIND, f"{whose} is tried again. {next_one}")
    died = f", and the process died {waiting.strikes} times of it" if waiting.strikes else ""
    failed = (
        f"failed {counted(waiting.attempts, 'time')} in {facts.name}{died} ({waiting.error_class}), "
        f"{since(waiting.first_failed_at, facts.now)}: {first_line(waiting.error)}"
    )
    act = acts.retry_now(facts.name, facts.event.link_id)
    if is_first:
        return Answer(Rung.FAILING, f"It {failed} {next_one}", act)
    return Answer(
        Rung.BEHIND,
        f"It waits behind event {waiting.head_event_id} of its link, which {failed} {next_one}",
        act,
    )


def hindered(facts: Facts) -> Answer | None:
    """The consumer is at work and does not get on: broken on purpose, kept from its database, or full of failures."""
    consumer = facts.consumer
    faults = [fault for fault in consumer.faults if fault.kind in _HINDERING]
    if faults:
        return broken(facts, faults[0], _queue(facts))
    outages = [beat.error for beat in consumer.alive if beat.error and not beat.error.startswith(_ONE_LINK)]
    if consumer.progress is not None and consumer.progress.waiting_keys >= MAX_KEYS:
        return Answer(
            Rung.FULL,
            f"{facts.name} reads nothing new: {counted(consumer.progress.waiting_keys, 'link')} wait after failures.",
            acts.show_status(),
        )
    if outages:
        sentence = f"{facts.name} does not get on: {first_line(outages[0]).rstrip('.')}. {_queue(facts)}"
        return Answer(Rung.OUTAGE, sentence, acts.show_status())
    return None


def unowned(facts: Facts) -> Answer | None:
    """No living worker owns the event's partition."""
    progress, number = facts.consumer.progress, facts.event.partition
    if progress is None or progress.owner is None:
        return Answer(
            Rung.NO_OWNER,
            f"Nobody owns partition {number} of {facts.name} yet; a worker takes it within a second.",
        )
    if progress.owner in {beat.worker_id for beat in facts.consumer.alive}:
        return None
    return Answer(
        Rung.OWNER_SILENT,
        f"Partition {number} of {facts.name} is owned by {progress.owner}, which is silent; another worker takes it over "
        "within some seconds.",
    )


def delivery(facts: Facts) -> Answer | None:
    """What the broker does with the event: not known to the group, in flight, never delivered again, or trimmed."""
    group, stream, event = facts.consumer.group, facts.stream, facts.event
    if stream is None:
        return None
    if group is None:
        return Answer(
            Rung.NO_GROUP,
            f"The broker does not know {facts.name} in partition {event.partition}; its worker tells it within a second.",
        )
    if group.idle_s is not None:
        return _in_flight(facts, group.idle_s, group.deliveries)
    if group.delivered >= event.position:
        return Answer(
            Rung.STRANDED,
            f"The broker has delivered {event.partition}/{event.position} and will not again; {facts.name} takes it from "
            "the outbox within a second.",
        )
    return _trimmed(facts)


def _in_flight(facts: Facts, idle_s: float, deliveries: int) -> Answer:
    progress = facts.consumer.progress
    owner = None if progress is None else progress.owner
    died = ""
    if progress is not None and progress.strikes and facts.event.position <= progress.in_hand:
        died = f" A worker has died {counted(progress.strikes, 'time')} of what is in hand."
    return Answer(
        Rung.IN_FLIGHT,
        f"It is in flight: delivered {counted(deliveries, 'time')} to {facts.name}, {span(idle_s)} ago the last time, "
        f"and in the hands of {owner or 'nobody'}. {_queue(facts)}{died}",
    )


def _trimmed(facts: Facts) -> Answer | None:
    event, stream = facts.event, facts.stream
    if stream is None or stream.has_entry:
        return None
    if not event.is_kept:
        return Answer(
            Rung.DELETED,
            f"Neither the broker nor the outbox has it any more, and {facts.name} has not dealt with it.",
            acts.check_ledger(),
        )
    return Answer(
        Rung.TRIMMED,
        f"Its entry was trimmed from the stream, which begins at {stream.first}; {facts.name} takes it from the outbox. "
        f"{_queue(facts)}",
    )


def lag(facts: Facts) -> Answer:
    """Nothing is wrong: others come first."""
    return Answer(Rung.LAG, f"{facts.name} is at work and has not come to it. {_queue(facts)}")


def _queue(facts: Facts) -> str:
    """Say what comes before the event, and how long that takes at the present rate."""
    progress = facts.consumer.progress
    before = facts.event.position - (0 if progress is None else progress.watermark) - 1
    if before <= 0:
        return "It is the next one."
    rate = 0.0 if progress is None else progress.rate
    if rate <= 0:
        return f"{counted(before, 'event')} of its partition come first; none was dealt with in {_RATE_OVER}."
    return (
        f"{counted(before, 'event')} of its partition come first: about {span(before / rate)} at the present rate of "
        f"{rate:,.1f} per second."
    )


def _after(facts: Facts) -> str:
    """Add that the event waits for another attempt, to what keeps that from being made."""
    waiting = facts.consumer.waiting
    return "" if waiting is None else f" It waits for another attempt: {first_line(waiting.error)}"
