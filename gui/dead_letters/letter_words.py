"""What is told of one dead letter, of one waiting key and of one policy."""

import json

from core.events.envelope import Event
from core.operating.dead_letters.policies import Policy
from core.operating.dead_letters.rows import DeadLetter
from core.operating.events.objects import payload_of
from core.operating.logs import redact
from gui.dead_letters.rows import KeyRow, LetterRow
from gui.formatting import count, moment, plural
from gui.parts.facts import Fact

_NONE = "none"
_NO_TRACEBACK = "There is none: the process died of it, or nothing of ours failed."
_ROLES = {"dead": "bad", "applied": "ok", "retrying": "warn"}


def pretty_data(event: Event) -> str:
    """Write an event's data over several lines; what is no JSON as it is."""
    data = payload_of(event)
    return data if isinstance(data, str) else json.dumps(data, indent=2, ensure_ascii=False)


def traceback_of(letter: DeadLetter) -> str:
    """Give the traceback, without secrets."""
    return redact(letter.traceback.rstrip()) or _NO_TRACEBACK


def letter_facts(row: LetterRow) -> tuple[Fact, ...]:
    """Give all that is known of a dead letter, but traceback and data."""
    letter, event = row.letter, row.letter.event
    return (
        Fact("State", letter.state, _ROLES.get(letter.state, "text")),
        Fact("Consumer", letter.consumer),
        Fact("Error", redact(letter.error), "bad" if letter.state == "dead" else "text"),
        Fact("Cause", redact(letter.cause), is_code=True),
        Fact("Class", letter.error_class),
        Fact("Attempts", attempts_words(letter), "warn" if letter.retries else "text"),
        Fact("First failed", moment(letter.first_failed_at)),
        Fact("Last failed", moment(letter.last_failed_at)),
        Fact("Worker", letter.worker, is_code=True),
        *_decision(letter),
        Fact("Link", row.slug, is_code=True),
        Fact("Link id", event.link_id, is_code=True),
        Fact("Event", event.type),
        Fact("Event id", event.event_id, is_code=True),
        Fact("Committed", event.time.replace("T", " ")),
        Fact("Place", letter.place, is_code=True),
        Fact("Number", "none: clicks have no number" if event.sequence is None else str(event.sequence)),
        Fact("Trace", letter.trace_id or _NONE, is_code=True),
        Fact("Instead of", event.origin or _NONE, is_code=True),
        Fact("For", event.audience or "whoever handles it"),
    )


def _decision(letter: DeadLetter) -> tuple[Fact, ...]:
    if letter.decided_at is None:
        return (Fact("Decided", "nobody has decided about it", "muted"),)
    return (
        Fact("Decided", f"{letter.decided_by} at {moment(letter.decided_at)}"),
        Fact("Why", letter.why or "no reason given", "text" if letter.why else "muted"),
        Fact("Replaced by", letter.replaced_by or _NONE, is_code=True),
    )


def attempts_words(letter: DeadLetter) -> str:
    """Say how often it was tried, and whether it has failed again after an operator had it retried."""
    tried = plural(letter.attempts, "attempt")
    if not letter.retries:
        return tried
    times = "once" if letter.retries == 1 else f"{count(letter.retries)} times"
    words = f"{tried}; retried {times} for an operator"
    return f"{words}, and failed again" if letter.state == "dead" else words


def why_not(letter: DeadLetter) -> str:
    """Say why nothing can be decided about it; empty = it is dead."""
    return {
        "dead": "",
        "retrying": "It is being tried again.",
        "applied": "It was tried again, and applied.",
        "discarded": "It was discarded: that can't be undone.",
    }.get(letter.state, f"It is {letter.state}.")


def key_facts(row: KeyRow) -> tuple[Fact, ...]:
    """Give all that is known of a waiting key."""
    key = row.key
    return (
        Fact("Consumer", key.consumer),
        Fact("Link", row.slug, is_code=True),
        Fact("Link id", key.link_id, is_code=True),
        Fact("Waiting", plural(key.events, "event")),
        Fact("Class", key.error_class),
        Fact("Error", redact(key.error), "muted" if row.is_held else "bad"),
        Fact("Attempts", count(key.attempts)),
        Fact("Deaths", f"{count(key.strikes)} of the worker's process", "warn" if key.strikes else "text"),
        Fact("First failed", moment(key.first_failed_at)),
        Fact("Last failed", moment(key.last_failed_at)),
        Fact("Next attempt", row.next_attempt),
        Fact("Partition", str(key.partition), is_code=True),
        Fact("Outcome", row.outcome or "nothing was asked for here", "bad" if row.failed else "text"),
    )


def policy_words(holds: bool | None) -> str:
    """Say what becomes of later events behind a dead letter."""
    if holds is None:
        return "unknown"
    return "wait, until it is decided about" if holds else "go on without it"


def chosen_words(policy: Policy) -> str:
    """Say who has it so."""
    return "the consumer itself" if policy.chosen is None else "operators"


def policy_does(policy: Policy, holds: bool | None) -> str:
    """Say exactly what a choice does."""
    wanted = policy.by_itself if holds is None else holds
    if wanted is None:
        return "The consumer does what it does by itself; what that is, is not known here."
    if wanted:
        return (
            f"From now on, when {policy.consumer} gives up on an event, the later events of its link wait until somebody "
            "retries or discards the dead letter: their order is kept. Events that have gone on are not called back."
        )
    return (
        f"From now on, when {policy.consumer} gives up on an event, the later events of its link go on without it. "
        "Events that wait behind dead letters now are handled at once; that can't be taken back."
    )
