"""The rungs from the commit to the stream: relay and broker. They don't concern a consumer that is past the event."""

from core.operating.why import acts
from core.operating.why.answer import Answer, Rung
from core.operating.why.facts import Facts
from core.operating.why.words import first_line, on_purpose, span


def upstream(facts: Facts) -> Answer | None:
    """Walk from the commit to the stream."""
    progress, position = facts.consumer.progress, facts.event.position
    if progress is not None and 0 < position <= progress.watermark:
        return None
    for rung in (_nothing_runs, _broker, _broker_ahead, _not_published, _lost):
        answer = rung(facts)
        if answer is not None:
            return answer
    return None


def is_published(facts: Facts) -> bool:
    """Whether the broker has had the event; while it can't be asked, as far as was noted."""
    last = facts.event.published if facts.stream is None else facts.stream.last
    return 0 < facts.event.position <= last


def _nothing_runs(facts: Facts) -> Answer | None:
    around = facts.around
    if around.is_run or (is_published(facts) and around.broker_error is None):
        return None
    return Answer(
        Rung.NOTHING_RUNS,
        "It is committed, but nothing runs on this data dir: neither relay nor broker nor consumers.",
        acts.start_worker(),
    )


def _broker(facts: Facts) -> Answer | None:
    around = facts.around
    if around.broker_error is None:
        return None
    state = "published before" if is_published(facts) else "committed and waits for it"
    if around.broker_faults:
        fault = around.broker_faults[0]
        return Answer(
            Rung.BROKER_BROKEN,
            f"{on_purpose(fault, facts.now)} The event is {state}.",
            acts.clear_fault(fault.fault_id),
        )
    return Answer(
        Rung.BROKER_DOWN,
        f"The broker does not answer: {first_line(around.broker_error)} The event is {state}.",
        acts.show_status(),
    )


def _broker_ahead(facts: Facts) -> Answer | None:
    stream, event = facts.stream, facts.event
    if stream is None or facts.around.relay_error is None or stream.last <= event.given:
        return None
    if 0 < event.position <= event.published:
        return None
    return Answer(
        Rung.BROKER_AHEAD,
        f"It is committed, but nothing is published: partition {event.partition} has position {stream.last} in the "
        f"broker, and only {event.given} were given here, so that the database is older than the broker.",
        acts.rebuild_streams(),
    )


def _not_published(facts: Facts) -> Answer | None:
    event, error = facts.event, facts.around.relay_error
    if is_published(facts) or 0 < event.position <= event.published:
        return None
    place = f"has position {event.partition}/{event.position}" if event.position else "has no position yet"
    age = f"It was committed {span(facts.now - event.committed_at)} ago and {place}"
    if error is not None:
        sentence = f"{age}; the relay publishes nothing: {first_line(error)}"
        return Answer(Rung.RELAY_FAILS, sentence, acts.show_status())
    rung = Rung.NOT_PUBLISHED if event.position else Rung.NOT_RELAYED
    return Answer(rung, f"{age}; the relay will publish it as soon as it gets there.")


def _lost(facts: Facts) -> Answer | None:
    event, stream = facts.event, facts.stream
    if stream is None or is_published(facts):
        return None
    return Answer(
        Rung.LOST_BY_BROKER,
        f"It was published as {event.partition}/{event.position}, but the broker has lost it: the stream ends at "
        f"{stream.last}. The relay publishes the difference again within a second.",
    )
