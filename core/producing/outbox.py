"""The outbox: committed events in the order of their partitions. Rows are written with the change that they tell of."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.sql import Select

from core.errors import BadSettings
from core.events.envelope import Event
from core.events.ids import new_id
from core.events.partitioning import partition_of
from core.events.times import rfc3339, unix_seconds
from core.events.types import EventData
from core.producing.event_data import encode
from core.producing.tables import links, outbox, partitions
from core.storage.database import Database
from core.storage.upsert import insert_for


@dataclass(frozen=True, slots=True)
class PartitionCursor:
    """How far one partition is: positions given to events, and positions that the broker has."""

    partition: int
    given: int
    published: int


_insert = insert(outbox)
_waiting = select(outbox.c.id, outbox.c.partition).where(outbox.c.position.is_(None)).order_by(outbox.c.id)
_give = update(outbox).where(outbox.c.id == bindparam("row_id")).values(position=bindparam("new_position"))
_set_cursor = (
    update(partitions)
    .where(partitions.c.partition == bindparam("number"))
    .values(given=bindparam("new_given"), published=bindparam("new_published"))
)
_mark_published = (
    update(outbox)
    .where(
        outbox.c.partition == bindparam("number"),
        outbox.c.position > bindparam("after"),
        outbox.c.position <= bindparam("upto"),
        # What is published again was published before.
        outbox.c.published_at.is_(None),
    )
    .values(published_at=bindparam("now"))
)
_events = select(
    outbox.c.event_id,
    outbox.c.type,
    outbox.c.link_id,
    outbox.c.time,
    outbox.c.sequence,
    outbox.c.traceparent,
    outbox.c.data_json,
    outbox.c.partition,
    outbox.c.position,
    outbox.c.origin,
    outbox.c.audience,
)
_run = (
    _events.where(outbox.c.partition == bindparam("number"), outbox.c.position > bindparam("after"))
    .order_by(outbox.c.position)
    .limit(bindparam("count"))
)


def _event(row: Sequence[Any]) -> Event:
    """Read the columns of `_events`, in their order."""
    event_id, type_name, link_id, at, sequence, traceparent, data_json = row[:7]
    partition, position, origin, audience = row[7:11]
    return Event(
        event_id,
        type_name,
        link_id,
        at,
        sequence,
        traceparent,
        data_json,
        partition,
        position or 0,
        origin,
        audience,
    )


def _mark(db: Connection, before: Mapping[int, int], after: Mapping[int, int], at: float) -> None:
    """Note on the events themselves when they were published."""
    runs = [
        {"number": number, "after": before[number], "upto": last, "now": at}
        for number, last in after.items()
        if last > before[number]
    ]
    if runs:
        db.execute(_mark_published, runs)


class Outbox:
    """The outbox of one database. Writing happens in the producer's transactions, positions are the relay's."""

    def __init__(self, database: Database, partition_count: int) -> None:
        self._database = database
        self.partition_count = partition_count

    def prepare(self) -> None:
        """Make the partitions of a new database.

        Raises:
            BadSettings: the database was made for another number of partitions.
            StoreUnavailable: it can't be read or written.
        """
        with self._database.reading() as db:
            count = db.scalar(select(func.count()).select_from(partitions))
        if count == 0:
            rows = [
                {"partition": number, "given": 0, "published": 0} for number in range(self.partition_count)
            ]
            with self._database.transaction() as db:
                # Two first starts at once make the same rows.
                db.execute(insert_for(db, partitions).on_conflict_do_nothing(), rows)
        elif count != self.partition_count:
            raise BadSettings(
                f"SIGNALBOX_PARTITIONS: {self.partition_count}, but this database was made with {count}. "
                "The number is fixed when the data dir is made: order per link depends on it."
            )

    def add(
        self,
        db: Connection,
        data: EventData,
        *,
        sequence: int | None,
        traceparent: str,
        at: float,
        origin: str | None = None,
        audience: str | None = None,
    ) -> Event:
        """Write an event in the caller's transaction; `origin` and `audience` as in the envelope.

        Raises:
            SchemaViolation: the data does not fit its registered schema.
        """
        event = Event(
            event_id=new_id(),
            type=data.type_name,
            link_id=data.link_id,
            time=rfc3339(at),
            sequence=sequence,
            traceparent=traceparent,
            data_json=encode(data),
            partition=partition_of(data.link_id, self.partition_count),
            position=0,
            origin=origin,
            audience=audience,
        )
        db.execute(
            _insert,
            {
                "event_id": event.event_id,
                "type": event.type,
                "link_id": event.link_id,
                "sequence": sequence,
                "time": event.time,
                "traceparent": traceparent,
                "data_json": event.data_json,
                "partition": event.partition,
                "origin": origin,
                "audience": audience,
            },
        )
        return event

    def advance(
        self, published: Mapping[int, int], *, limit: int, seen_at: float | None = None
    ) -> list[PartitionCursor]:
        """Note what the broker has, and give positions to the oldest events without one, in one transaction.

        `seen_at` is when the broker was seen to have it, in Unix seconds; None = now. `published` may also move a
        cursor back: the broker has lost what lay behind it.
        """
        with self._database.transaction() as db:
            # Whoever holds these rows is the only one giving positions, on PostgreSQL too.
            rows = db.execute(select(partitions).order_by(partitions.c.partition).with_for_update()).all()
            given = {row.partition: row.given for row in rows}
            before = {row.partition: row.published for row in rows}
            after = {**before, **published}
            moved = {row.partition for row in rows if after[row.partition] != row.published}
            moved |= self._give_positions(db, given, limit)
            if moved:
                cursors = [
                    {"number": number, "new_given": given[number], "new_published": after[number]}
                    for number in moved
                ]
                db.execute(_set_cursor, cursors)
            _mark(db, before, {number: after[number] for number in moved}, seen_at or time.time())
        return [PartitionCursor(number, given[number], after[number]) for number in given]

    @staticmethod
    def _give_positions(db: Connection, given: dict[int, int], limit: int) -> set[int]:
        """Give the next positions; counts `given` up and tells which partitions it touched."""
        changes, touched = [], set()
        for row_id, partition in db.execute(_waiting.limit(limit)):
            given[partition] += 1
            touched.add(partition)
            changes.append({"row_id": row_id, "new_position": given[partition]})
        if changes:
            db.execute(_give, changes)
        return touched

    def cursors(self) -> list[PartitionCursor]:
        """Read how far each partition is."""
        with self._database.reading() as db:
            return [
                PartitionCursor(*row)
                for row in db.execute(select(partitions).order_by(partitions.c.partition))
            ]

    def read(self, partition: int, *, after: int, limit: int) -> list[Event]:
        """Read up to `limit` events of a partition behind a position, in order, without gaps."""
        with self._database.reading() as db:
            rows = db.execute(_run, {"number": partition, "after": after, "count": limit})
            return [_event(row) for row in rows]

    def newest_id(self) -> int:
        """Give the highest row id, which tells whether anything was added."""
        with self._database.reading() as db:
            return db.scalar(select(func.max(outbox.c.id))) or 0

    def first_of_link(self, link_id: str) -> Event | None:
        """Read the event that began a link; None once retention has removed it."""
        statement = _events.where(outbox.c.link_id == link_id).order_by(outbox.c.id).limit(1)
        with self._database.reading() as db:
            row = db.execute(statement).one_or_none()
        return None if row is None else _event(row)

    def newest_links(self, count: int) -> list[tuple[Event, float | None]]:
        """Read the events that began the newest links, newest first, each with the time of its publication."""
        newest = select(links.c.link_id).order_by(links.c.created_at.desc()).limit(count)
        statement: Select[Any] = (
            _events.add_columns(outbox.c.published_at)
            .where(outbox.c.link_id.in_(newest), outbox.c.sequence == 1)
            .order_by(outbox.c.id.desc())
        )
        with self._database.reading() as db:
            return [(_event(row), row.published_at) for row in db.execute(statement)]

    def committed_at(self, places: Mapping[int, int]) -> dict[int, float]:
        """Give, for one position in each named partition, when its event was committed; unknown ones are left out."""
        statement = select(outbox.c.time).where(
            outbox.c.partition == bindparam("number"), outbox.c.position == bindparam("place")
        )
        times = {}
        with self._database.reading() as db:
            for partition, position in places.items():
                text = db.scalar(statement, {"number": partition, "place": position})
                if text is not None:
                    times[partition] = unix_seconds(text)
        return times

    def unpublished(self) -> tuple[int, float | None]:
        """Count the events that the broker does not have, and give when the oldest of them was committed."""
        with self._database.reading() as db:
            waiting, oldest_id = db.execute(
                select(func.count(), func.min(outbox.c.id)).where(outbox.c.position.is_(None))
            ).one()
            behind = db.scalar(select(func.sum(partitions.c.given - partitions.c.published))) or 0
            oldest = [db.scalar(select(outbox.c.time).where(outbox.c.id == oldest_id))] if oldest_id else []
            rows = db.scalars(
                select(outbox.c.time).join(
                    partitions,
                    (outbox.c.partition == partitions.c.partition)
                    & (outbox.c.position == partitions.c.published + 1),
                )
            ).all()
        times = [unix_seconds(text) for text in (*oldest, *rows) if text]
        return waiting + behind, min(times, default=None)
