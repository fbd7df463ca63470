"""Write the live feed: one line per thing that happened to a link, for its team.

Event:   LinkCreated.v1, LinkUpdated.v1, LinkArchived.v1, LinkRestored.v1, LinkClicked.v1
Effect:  one `entries` row per event
Repeat:  harmless - the event's id is unique, and the receipt commits with the row
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Column, Connection, Double, Integer, MetaData, Table, Text, insert, select

from core.consuming.contract import Effects, Evidence, Examination
from core.events.envelope import Event
from core.events.types import EventData, LinkArchived, LinkClicked, LinkCreated, LinkRestored, LinkUpdated

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    #: Rises with each entry: the newest first, and what a reader has seen.
    Column("entry_id", Integer, primary_key=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("link_id", Text, nullable=False),
    Column("team_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Double, nullable=False),
)

_FIELD_WORDS = {"target_url": "target", "title": "title", "tags": "tags"}


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The dashboard consumer."""

    name: ClassVar[str] = "dashboard"
    handles: ClassVar[tuple[type[EventData], ...]] = (
        LinkCreated,
        LinkUpdated,
        LinkArchived,
        LinkRestored,
        LinkClicked,
    )
    tables: ClassVar[MetaData] = metadata
    batch_size: ClassVar[int] = 400
    holds_behind_dead_letters: ClassVar[bool] = False

    def handle(self, events: Sequence[Event], db: Connection) -> None:
        """Write one entry per event, in order."""
        db.execute(insert(entries), [_entry(event, event.data) for event in events])

    def helper(self, database: object) -> None:
        """Nothing to do outside the transaction."""

    def audit(self) -> "DashboardAudit":
        """Give what the ledger asks."""
        return DashboardAudit()


class DashboardAudit:
    """For the ledger: one entry per event."""

    def effects_of(self, event: Event) -> Iterable[str]:
        """See `core.consuming.contract.Audit.effects_of`."""
        return (event.event_id,)

    def effects(self, db: Connection) -> Iterator[Effects]:
        """See `core.consuming.contract.Audit.effects`."""
        for event_id, link_id in db.execute(select(entries.c.event_id, entries.c.link_id)).all():
            # The table allows an event only once.
            yield Effects(event_id, link_id, 1)

    def examine(self, _db: Connection, _evidence: Evidence) -> Examination:
        """See `core.consuming.contract.Audit.examine`."""
        return Examination()


def _entry(event: Event, data: EventData) -> dict[str, object]:
    return {
        "event_id": event.event_id,
        "type": event.type,
        "link_id": event.link_id,
        "team_id": data.team_id,
        "text": describe(data),
        "at": event.committed_at,
    }


def describe(data: EventData) -> str:
    """Say in one line what happened."""
    match data:
        case LinkCreated():
            return f"{data.slug} created for {data.target_url}"
        case LinkUpdated():
            return (
                f"{data.slug} edited: {', '.join(_FIELD_WORDS.get(field, field) for field in data.changed)}"
            )
        case LinkArchived():
            return f"{data.slug} archived"
        case LinkRestored():
            return f"{data.slug} restored"
        case LinkClicked():
            source = f" from {data.referrer}" if data.referrer else ""
            return f"{data.slug} {'fetched by a bot' if data.bot else 'clicked'}{source}"
        case _:
            return data.type_name
