"""What the detail of an event says: what each consumer has of it, what the broker has, its data. No Qt here."""

import json

from core.broker.stream_look import Copy
from core.events.types import EVENT_TYPES
from core.operating.dead_letters.effects import Effect
from core.operating.events.browser import EventDetail
from core.operating.events.handlings import Handling
from core.operating.events.objects import event_object
from gui.events.lines import exact
from gui.formatting import milliseconds, one_line, plural

_COPIES = {
    Copy.THERE: ("yes", "ok"),
    Copy.TRIMMED: ("no: trimmed, the outbox still has it", "muted"),
    Copy.NOT_YET: ("not yet: it was not published", "warn"),
    Copy.MISSING: ("no: it is missing, somebody has deleted it", "bad"),
    Copy.FOREIGN: ("no: something else stands in its place", "bad"),
    Copy.UNKNOWN: ("unknown: the broker can't be asked now", "muted"),
}
_ROLES = {
    Effect.APPLIED: "ok",
    Effect.WAITING: "warn",
    Effect.PARKED: "warn",
    Effect.DEAD: "bad",
    Effect.DISCARDED: "muted",
    Effect.IGNORED: "muted",
    Effect.DEALT_WITH: "ok",
    Effect.UNKNOWN: "muted",
}
_MORE = {
    Effect.IGNORED: "not for it",
    Effect.WAITING: "it has not come to it yet",
    Effect.DEALT_WITH: "its receipt was removed since",
    Effect.UNKNOWN: "its database can't be read now",
}


def copy_words(copy: Copy) -> tuple[str, str]:
    """Say whether the stream has it, and in which role that is told."""
    return _COPIES[copy]


def schema_words(detail: EventDetail) -> tuple[str, str]:
    """Say which version its data has, and whether this program understands it."""
    version = detail.schema_version or "no version"
    if detail.is_understood:
        return f"{version}, understood", "text"
    if detail.row.event.type in EVENT_TYPES:
        return f"{version}, but the data does not fit it", "bad"
    return f"{version}, unknown to this program", "bad"


def published_words(detail: EventDetail) -> str:
    """Say when it was published, and how long after its commit; one that was told again has its origin's time."""
    at = detail.row.published_at
    if at is None:
        return "not yet"
    if detail.row.event.origin is not None:
        return exact(at)
    return f"{exact(at)}, {_later(at - detail.row.event.committed_at)}"


def handling_words(handling: Handling, committed_at: float | None) -> tuple[str, str]:
    """Say what a consumer has of an event, and in which role that is told; None = when it was committed is not known."""
    words = [f"{handling.effect}{' after it was dead' if handling.was_retried else ''}"]
    if handling.effect in _MORE:
        words[0] += f": {_MORE[handling.effect]}"
    if handling.at is not None and handling.effect is Effect.PARKED:
        words.append(f"since {exact(handling.at)}")
    elif handling.at is not None and handling.effect is Effect.APPLIED:
        words.append(_since(handling, handling.at, committed_at))
    words += _trouble(handling)
    if handling.decision is not None and handling.decision.by:
        words.append(f"{handling.decision.state} by {handling.decision.by}")
    return ", ".join(words), _ROLES[handling.effect]


def again_words(detail: EventDetail) -> str:
    """Say as which events it was published again, and for whom."""
    events = [row.event for row in detail.replacements]
    said = [f"{event.event_id} for {event.audience or 'all consumers'}" for event in events]
    return ", ".join(said) or "never published again"


def troubled(detail: EventDetail, effect: Effect) -> str:
    """Name the first consumer that has this of an event; empty = none has."""
    return next((one.consumer for one in detail.handlings if one.effect is effect), "")


def payload_text(detail: EventDetail) -> str:
    """Write its data for reading; of data that is no JSON, the text."""
    payload = detail.payload
    return payload if isinstance(payload, str) else json.dumps(payload, indent=2, ensure_ascii=False)


def object_text(detail: EventDetail) -> str:
    """Write all of the event as JSON."""
    return json.dumps(event_object(detail.row), indent=2, ensure_ascii=False)


def _trouble(handling: Handling) -> list[str]:
    trouble = handling.trouble
    if trouble is None:
        return []
    behind = "behind another one that failed: " if trouble.is_behind else ""
    first = one_line(trouble.error.strip().split("\n", 1)[0])
    said = [f"{behind}{first} ({trouble.error_class}, {plural(trouble.attempts, 'attempt')})"]
    if trouble.next_attempt_at is not None:
        said.append(f"next attempt at {exact(trouble.next_attempt_at)}")
    return said


def _since(handling: Handling, at: float, committed_at: float | None) -> str:
    """Say when a receipt was written; one that a rebuild has written tells nothing of how soon it was first applied."""
    if committed_at is None:
        return f"at {exact(at)}"
    if handling.is_again(committed_at):
        return f"again by the rebuild at {exact(handling.rebuilt_at or 0.0)}"
    return _later(at - committed_at)


def _later(seconds: float) -> str:
    return f"{milliseconds(seconds * 1_000)} after the commit"
