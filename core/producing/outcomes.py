"""What the producer answers to a command."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CreatedLink:
    """What a creation answers; `committed_ms` is how long the user waited."""

    link_id: str
    slug: str
    short_url: str
    target_url: str
    event_id: str
    trace_id: str
    committed_ms: float
    #: A sentence to show beside the success (look-alike host), or None.
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit, archive or click answers; `event_id` is None when nothing had to change."""

    link_id: str
    slug: str
    event_id: str | None
    trace_id: str | None
    committed_ms: float
