"""A consumer for tests: writes down what it is given, and misbehaves on demand. Its runtime is the real one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select

from core.consuming.contract import Effects, Evidence, Examination, Helper
from core.events.envelope import Event
from core.events.types import EventData, LinkArchived, LinkClicked, LinkCreated
from core.storage.database import Database

metadata = MetaData()

#: One row per effect; nothing in it is unique, so that a doubled effect is seen.
effects = Table(
    "effects",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("target_url", Text, nullable=False),
)


def _nothing(_events: Sequence[Event]) -> None:
    return


@dataclass
class Collect:
    """Writes an effect per creation or archiving; clicks are none of its business."""

    batch_size: int = 100
    #: Called with each batch after its effects are written, before the transaction ends.
    after: Callable[[Sequence[Event]], None] = _nothing
    works: Helper | None = None
    name: str = "collect"
    holds_behind_dead_letters: bool = False
    handles: tuple[type[EventData], ...] = (LinkCreated, LinkArchived)
    tables: MetaData = field(default_factory=lambda: metadata)

    def handle(self, events: Sequence[Event], db: Connection) -> None:
        """Write down each event, then do what a test wants to happen next."""
        assert not any(isinstance(event.data, LinkClicked) for event in events)
        rows = [
            {
                "partition": event.partition,
                "position": event.position,
                "event_id": event.event_id,
                "target_url": getattr(event.data, "target_url", ""),
            }
            for event in events
        ]
        db.execute(insert(effects), rows)
        self.after(events)

    def helper(self, _database: Database) -> Helper | None:
        """Give the helper that a test wants."""
        return self.works

    def audit(self) -> "CollectAudit":
        """Give what the ledger asks."""
        return CollectAudit()


class CollectAudit:
    """For the ledger: one effect per event."""

    def effects_of(self, event: Event) -> Iterable[str]:
        """Give the event's id."""
        return (event.event_id,)

    def effects(self, db: Connection) -> Iterator[Effects]:
        """Count the effects per event; their links are not written down."""
        counts = select(effects.c.event_id, func.count()).group_by(effects.c.event_id)
        for event_id, times in db.execute(counts):
            yield Effects(event_id, "", times)

    def examine(self, _db: Connection, _evidence: Evidence) -> Examination:
        """Nothing else."""
        return Examination()


def collected(database: Database) -> dict[int, list[tuple[int, str]]]:
    """Give position and event id of all effects, per partition, in the order in which they were written."""
    found: dict[int, list[tuple[int, str]]] = {}
    with database.reading() as db:
        for row in db.execute(select(effects).order_by(effects.c.id)):
            found.setdefault(row.partition, []).append((row.position, row.event_id))
    return found
