"""The rungs that tell what a consumer has of an event: a receipt, a dead letter, or nothing although it is past it."""

import re

from core.consuming.faults import Fault
from core.operating.why import acts
from core.operating.why.answer import Answer, Rung
from core.operating.why.effects import effect_of
from core.operating.why.facts import Facts, Letter
from core.operating.why.words import first_line, moment, on_purpose, since, span

#: What a fault writes into the errors that it causes.
_FAULT = re.compile(r"Fault (\d+) \(")


def unreadable(facts: Facts) -> Answer | None:
    """Its database can't be read: nothing can be told."""
    error = facts.consumer.unreadable
    if error is None:
        return None
    sentence = f"What {facts.name} has of it can't be told: {first_line(error)}"
    return Answer(Rung.UNREADABLE, sentence, acts.show_status())


def receipt(facts: Facts) -> Answer | None:
    """It has dealt with the event; for some consumers more follows from that."""
    found = facts.consumer.receipt
    if found is None:
        return None
    if found.outcome == "ignored":
        return not_meant(facts) or Answer(
            Rung.IGNORED,
            f"{facts.name} passed it by at {moment(found.at)}: a worker of that time did not react to {facts.event.type}.",
        )
    late = " after it had been a dead letter" if found.outcome == "retried" else ""
    count = found.failed_attempts
    failed = f" and after {count} failed attempt{'' if count == 1 else 's'}" if count else ""
    applied = (
        f"{facts.name} applied it{late} at {moment(found.at)}, {span(found.at - facts.event.committed_at)} after the "
        f"commit{failed}, in worker {found.worker}."
    )
    return effect_of(facts) or Answer(Rung.APPLIED, applied)


def letter(facts: Facts) -> Answer | None:
    """It has given the event up, or an operator has."""
    found = facts.consumer.letter
    if found is None or found.state not in ("dead", "discarded"):
        return None
    if found.state == "discarded":
        return _discarded(facts, found)
    replacement = facts.event.replacements.get(facts.name)
    if replacement is not None:
        return Answer(
            Rung.REPLACED,
            f"Event {replacement} was published in its place for {facts.name}, but the dead letter is still there.",
            acts.discard_dead(facts.name, found.partition, found.position, f"replaced by {replacement}"),
        )
    return _dead(facts, found)


def _discarded(facts: Facts, found: Letter) -> Answer:
    decided = f"at {moment(found.decided_at)} " if found.decided_at is not None else ""
    who = f"by {found.decided_by or 'somebody'}" + (f" ({found.why})" if found.why else "")
    if found.replaced_by is not None:
        return Answer(
            Rung.REPLACED,
            f"It was a dead letter of {facts.name} and was replaced {decided}{who}: event {found.replaced_by} is in its "
            "place.",
            acts.ask_about(found.replaced_by, facts.name),
        )
    return Answer(
        Rung.DISCARDED,
        f"It was a dead letter of {facts.name} and was discarded {decided}{who}; {facts.name} will never apply it.",
    )


def _dead(facts: Facts, found: Letter) -> Answer:
    fault = fault_named(facts, found.error)
    if fault is not None:
        return broken(
            facts, fault, f"It is a dead letter of {facts.name}, which can be tried again afterwards."
        )
    return Answer(
        Rung.DEAD,
        f"{facts.name} gave it up after {found.attempts} attempts; it is a dead letter ({found.error_class}) "
        f"{since(found.last_failed_at, facts.now)}: {first_line(found.error)}",
        acts.retry_dead(facts.name, found.partition, found.position),
    )


def held(facts: Facts) -> Answer | None:
    """It waits behind a dead letter of its link, for an operator."""
    waiting = facts.consumer.waiting
    if waiting is None or waiting.error_class != "held":
        return None
    head = waiting.held_by
    if head is None:
        return Answer(
            Rung.HELD,
            f"{facts.name} holds the link behind a dead letter that somebody has just decided about; it goes on by itself.",
        )
    return Answer(
        Rung.HELD,
        f"{facts.name} holds it behind the dead letter of event {head.event_id}, {since(head.last_failed_at, facts.now)}: "
        f"{first_line(head.error)}",
        acts.retry_dead(facts.name, head.partition, head.position),
    )


def past_without_receipt(facts: Facts) -> Answer | None:
    """It is past the event, and nothing tells what became of it there."""
    progress, event = facts.consumer.progress, facts.event
    if facts.consumer.waiting is not None or progress is None or not 0 < event.position <= progress.watermark:
        return None
    if progress.oldest_receipt is not None and event.position >= progress.oldest_receipt:
        return _missing(facts)
    if facts.consumer.registered_at > event.committed_at:
        return Answer(
            Rung.BEFORE_ITS_TIME,
            f"{facts.name} was registered at {moment(facts.consumer.registered_at)}, after the event; it began with the "
            "oldest event that was kept then, which was a later one.",
        )
    days = facts.around.retention_days
    if days and facts.now - event.committed_at > days * 86_400:
        return Answer(
            Rung.RECEIPT_FORGOTTEN,
            f"{facts.name} has dealt with it; its receipt is older than {days} days and was removed (retention).",
        )
    return _missing(facts)


def _missing(facts: Facts) -> Answer:
    return Answer(
        Rung.RECEIPT_MISSING,
        f"{facts.name} is past it and has neither a receipt nor a dead letter of it: that must not be.",
        acts.check_ledger(),
    )


def not_meant(facts: Facts) -> Answer | None:
    """It is none of the consumer's business."""
    event, handles = facts.event, facts.consumer.handles
    if event.audience not in (None, facts.name):
        return Answer(
            Rung.OTHER_AUDIENCE,
            f"It was published for {event.audience} alone, in the place of event {event.origin}; {facts.name} passes it "
            "by.",
        )
    if handles is not None and event.type not in handles:
        return Answer(
            Rung.IGNORED,
            f"{facts.name} does not react to {event.type}, only to {', '.join(sorted(handles))}.",
        )
    return None


def fault_named(facts: Facts, error: str) -> Fault | None:
    """Find the fault that an error names, while it is set."""
    found = _FAULT.search(error)
    wanted = None if found is None else int(found[1])
    return next((fault for fault in facts.consumer.faults if fault.fault_id == wanted), None)


def broken(facts: Facts, fault: Fault, rest: str) -> Answer:
    """Say that a fault is the cause."""
    return Answer(Rung.BROKEN, f"{on_purpose(fault, facts.now)} {rest}", acts.clear_fault(fault.fault_id))
