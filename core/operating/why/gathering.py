"""Gathers what broker and consumers' databases say of some events. What can't be asked is said to be so."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from core.broker.client import connect
from core.broker.entry_look import EntryLook, EntryState
from core.errors import BrokerUnavailable, StoreUnavailable
from core.operating.dead_letters.rows import DeadLetterRows
from core.operating.installation import Installation
from core.operating.places import Place
from core.operating.upkeep.lock_holders import frozen_lock
from core.operating.why.books import Books, read_books
from core.operating.why.facts import EndpointFacts, EventFacts, ImageFacts, WebhookFacts
from core.operating.why.followings import read_image, read_webhook

#: How long the broker may take for an answer, in seconds; there is an answer without it.
_ANSWER_S = 1.0


@dataclass(frozen=True, slots=True)
class BrokerReading:
    """What the broker has said, or why it has not."""

    entries: Mapping[Place, EntryState] = field(default_factory=dict)
    error: str | None = None
    #: Why single partitions can't be asked while others can.
    away: Mapping[int, str] = field(default_factory=dict)

    def error_of(self, event: EventFacts) -> str | None:
        """Say why an event's entry can't be asked about; None = it was."""
        return self.error or self.away.get(event.partition)


@dataclass(frozen=True, slots=True)
class ConsumerReading:
    """What one consumer's database has said, or why it has not."""

    books: Books = field(default_factory=Books)
    error: str | None = None
    #: Which frozen process keeps it locked, and what to do; None = none does.
    frozen_lock: str | None = None
    #: By event.
    webhooks: Mapping[str, WebhookFacts | None] = field(default_factory=dict)
    images: Mapping[str, ImageFacts | None] = field(default_factory=dict)


def ask_broker(
    installation: Installation, events: Sequence[EventFacts], groups: Collection[str]
) -> BrokerReading:
    """Ask about the entries of some events; one that has no position yet stands for its partition, as position 0."""
    look = EntryLook(connect(installation.broker_url, answer_timeout_s=_ANSWER_S))
    try:
        found = look.look({(event.partition, event.position) for event in events}, groups)
        return BrokerReading(found.by_place, away=found.away)
    except BrokerUnavailable as error:
        return BrokerReading(error=str(error))
    finally:
        look.close()


def ask_consumer(
    installation: Installation,
    name: str,
    events: Sequence[EventFacts],
    endpoints: tuple[EndpointFacts, ...],
    now: float,
) -> ConsumerReading:
    """Ask one consumer's database, which is not made by it."""
    try:
        with DeadLetterRows(installation).reading(name) as db:
            if db is None:
                return ConsumerReading()
            reading = _read(installation, db, name, events, endpoints, now)
    except StoreUnavailable as error:
        return ConsumerReading(error=str(error))
    if installation.settings.database is not None:
        return reading
    return replace(reading, frozen_lock=frozen_lock(installation.settings.data_dir / f"{name}.db"))


def _read(
    installation: Installation,
    db: Connection,
    name: str,
    events: Sequence[EventFacts],
    endpoints: tuple[EndpointFacts, ...],
    now: float,
) -> ConsumerReading:
    books = read_books(db, events, now)
    applied = [event for event in events if (event.partition, event.position) in books.receipts]
    return ConsumerReading(
        books,
        webhooks={event.event_id: read_webhook(db, event, endpoints, books.leader) for event in applied}
        if name == "webhook"
        else {},
        images={event.event_id: read_image(db, event, installation.objects) for event in applied}
        if name == "qr"
        else {},
    )
