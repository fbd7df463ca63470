"""Endpoints that fail for a while, or are switched off, as snapshots have them. Nothing here reads anything."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailingEndpoint:
    """An endpoint of webhooks that has accepted nothing for a while."""

    #: The consumer that calls it.
    consumer: str
    endpoint_id: str
    url: str
    #: What came of the newest attempt, such as "answered 503".
    answer: str
    failing_since: float
    #: Attempts in a row that failed.
    failures: int
    #: Deliveries that wait for it, counted up to some thousands; and when the next attempt is, None = none waits.
    waiting: int
    next_attempt_at: float | None


@dataclass(frozen=True, slots=True)
class OffEndpoint:
    """An endpoint of webhooks that operators have switched off."""

    #: The consumer that calls it while it is on.
    consumer: str
    endpoint_id: str
    url: str
    #: Since when, in Unix seconds.
    since: float
    by: str
    why: str
