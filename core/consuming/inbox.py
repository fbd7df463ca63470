"""A consumer's database: effect, receipts and watermark commit together or not at all."""

import time
from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select, update

from core.consuming import tables
from core.consuming.contract import Consumer
from core.consuming.tables import inbox, watermarks
from core.errors import OwnershipLost
from core.events.envelope import Event
from core.storage.bulk import insert_rows
from core.storage.database import Database
from core.storage.schema import prepare
from core.storage.upsert import insert_for

_COLUMNS = ("partition", "position", "event_id", "outcome", "applied_at", "worker")
_move = (
    update(watermarks)
    .where(watermarks.c.partition == bindparam("number"), watermarks.c.position == bindparam("before"))
    .values(position=bindparam("after"))
)


class Inbox:
    """The receipts and watermarks of one consumer."""

    def __init__(self, consumer: Consumer, database: Database, worker: str) -> None:
        self._consumer = consumer
        self._database = database
        self._worker = worker
        self._types = frozenset(data.type_name for data in consumer.handles)

    def prepare(self, partitions: Sequence[int]) -> dict[int, int]:
        """Make the tables where they are missing, and give the watermarks.

        Raises:
            SchemaTooNew, StoreUnavailable: as `core.storage.schema.prepare`.
        """
        prepare(self._database, tables.metadata, self._consumer.tables)
        found = self.watermarks()
        missing = [
            {"partition": partition, "position": 0} for partition in partitions if partition not in found
        ]
        if missing:
            with self._database.transaction() as db:
                db.execute(insert_for(db, watermarks).on_conflict_do_nothing(), missing)
        return self.watermarks()

    def watermarks(self) -> dict[int, int]:
        """Read the watermark of each partition."""
        with self._database.reading() as db:
            return {row.partition: row.position for row in db.execute(select(watermarks))}

    def apply(self, runs: Mapping[int, Sequence[Event]], before: Mapping[int, int]) -> None:
        """Apply runs of events, each following `before`[its partition] without a gap, in one transaction.

        Raises:
            OwnershipLost: somebody else moved a watermark meanwhile; nothing was applied.
            StoreUnavailable: nothing was applied.
            Exception: whatever the consumer raised; nothing was applied.
        """
        events = [event for run in runs.values() for event in run]
        handled = [event for event in events if event.type in self._types]
        moves = [
            {"number": partition, "before": before[partition], "after": run[-1].position}
            for partition, run in runs.items()
        ]
        with self._database.transaction() as db:
            if db.execute(_move, moves).rowcount != len(moves):
                raise OwnershipLost(
                    f"Another worker has moved a watermark of {self._consumer.name} meanwhile."
                )
            if handled:
                self._consumer.handle(handled, db)
            insert_rows(db, inbox, _COLUMNS, self._receipts(events))

    def _receipts(self, events: Sequence[Event]) -> list[tuple[object, ...]]:
        now, worker, types = time.time(), self._worker, self._types
        return [
            (
                event.partition,
                event.position,
                event.event_id,
                "applied" if event.type in types else "ignored",
                now,
                worker,
            )
            for event in events
        ]
