"""Snapshots for what a real desk can't be brought to in a test's time, such as a lag of a million."""

from core.operating.snapshot import (
    BrokerHealth,
    BrokerState,
    ConsumerHealth,
    ConsumerState,
    FeedEntry,
    Journey,
    OutboxBacklog,
    Snapshot,
)

NOW = 1_800_000_000.0
NAMES = ("analytics", "qr", "billing", "webhook", "dashboard")


def consumer(
    name: str = "qr", state: ConsumerState = ConsumerState.RUNNING, **other: object
) -> ConsumerHealth:
    """Give a consumer at rest, except for what is said."""
    fields: dict[str, object] = {
        "lag": 0,
        "oldest_age_s": None,
        "in_flight": 0,
        "parked": 0,
        "dead": 0,
        "rate_in": 0.0,
        "rate_out": 0.0,
        "drain_s": None,
        "wanted_version": 0,
        "obeyed_version": 0,
        "wants_paused": False,
        "paused_until": None,
        "paused_by": None,
        "workers": ("w1",),
        "error": None,
        "history": (),
        "marks": (),
    }
    return ConsumerHealth(name=name, state=state, **{**fields, **other})  # type: ignore[arg-type]


def entry(number: int) -> FeedEntry:
    """Give a feed entry."""
    return FeedEntry(number, f"e{number}", "LinkCreated.v1", f"l{number}", "Home", f"s{number} created", NOW)


def journey(number: int, *, ms: float | None = 20.0) -> Journey:
    """Give a link's journey; without `ms` it waits at all consumers."""
    return Journey(
        link_id=f"l{number}",
        event_id=f"e{number}",
        trace_id="0" * 32,
        slug=f"s{number}",
        short_url=f"http://signalbox.localhost:8787/s{number}",
        target_url="https://example.com/",
        team="Home",
        created_at=NOW,
        published_ms=5.0,
        applied_ms=tuple((name, ms) for name in NAMES),
    )


def snapshot(**other: object) -> Snapshot:
    """Give a picture in which all is well, except for what is said."""
    fields: dict[str, object] = {
        "taken_at": NOW,
        "took_ms": 1.0,
        "broker": BrokerHealth(BrokerState.READY, "embedded", version="valkey 9.1.2"),
        "outbox": OutboxBacklog(0, None),
        "partitions": (),
        "consumers": tuple(consumer(name) for name in NAMES),
        "workers": (),
        "journeys": (),
        "feed": (),
        "feed_newest_id": 0,
        "database": "links.db",
        "database_error": None,
        "own_worker": "running, pid 1",
        "private_targets_allowed": False,
    }
    return Snapshot(**{**fields, **other})  # type: ignore[arg-type]
