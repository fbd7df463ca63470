"""The outbox: committed events in the order of their partitions. Rows are written with the change that they tell of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.sql import Select

from core.errors import BadSettings
from core.events.envelope import Event
from core.events.ids import new_id
from core.events.partitioning import partition_of
from core.events.times import rfc3339, unix_seconds
from core.events.types import EventData
from core.producing.event_data import encode
from core.producing.progress import PartitionCursor, is_any_waiting, read_cursors
from core.producing.tables import links, outbox, partitions
from core.storage.database import Database
from core.storage.place_condition import where_places
from core.storage.upsert import insert_for

_insert = insert(outbox)
#: Only when none waits for one: an event must not overtake an older one of its link.
_next_position = (
    update(partitions)
    .where(partitions.c.partition == bindparam("number"), ~is_any_waiting)
    .values(given=partitions.c.given + 1)
    .returning(partitions.c.given)
)
_oldest = (
    select(func.min(outbox.c.position)).where(outbox.c.partition == partitions.c.partition).scalar_subquery()
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

_of_link = outbox.alias()
#: The first row of each: a link may have been clicked a hundred thousand times.
_first_row = (
    select(func.min(_of_link.c.id))
    .where(_of_link.c.link_id == links.c.link_id)
    .correlate(links)
    .scalar_subquery()
)
_first_rows = (
    select(_first_row).select_from(links).order_by(links.c.created_at.desc()).limit(bindparam("count"))
)
_beginnings = (
    select(outbox.c.event_id, outbox.c.partition, outbox.c.position, outbox.c.time, outbox.c.traceparent)
    .where(outbox.c.id.in_(_first_rows), outbox.c.sequence == 1, outbox.c.origin.is_(None))
    .order_by(outbox.c.id.desc())
)

_is_waiting = outbox.c.position.is_(None)
_first_waiting = select(outbox.c.id, outbox.c.time).where(_is_waiting).order_by(outbox.c.id).limit(1)
#: Where to begin is what leads SQLite to the index of those that wait: without it the whole outbox is read.
_count_waiting = select(func.count()).where(_is_waiting, outbox.c.id >= bindparam("first"))
#: Those that wait for a position get the next ones of their partition.
_waiting_there = (
    select(func.count())
    .where(outbox.c.partition == partitions.c.partition, _is_waiting)
    .correlate(partitions)
    .scalar_subquery()
)
_last_committed = select(partitions.c.partition, partitions.c.given + _waiting_there)


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


def _give_position(db: Connection, partition: int) -> int | None:
    """Give the next position in the caller's transaction; None where that is left to the relay.

    SQLite's transactions are serial, so that numbers given here follow the order of commits. On PostgreSQL the
    creates of one partition would wait for each other's commits.
    """
    if db.dialect.name != "sqlite":
        return None
    return db.execute(_next_position, {"number": partition}).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Beginning:
    """The event that began a link: where it lies, and when it was committed, in Unix seconds."""

    event_id: str
    partition: int
    #: 0 = it has none yet.
    position: int
    committed_at: float
    traceparent: str


class Outbox:
    """The outbox of one database. Writing happens in the producer's transactions."""

    def __init__(self, database: Database, partition_count: int) -> None:
        #: Where the outbox lies.
        self.database = database
        self.partition_count = partition_count
        #: Whether `add` gives positions, where the database can. Only once the relay of this process has found that the
        #: broker knows no more than the database: positions given before that would hide it.
        self.gives_positions = False

    def prepare(self) -> None:
        """Make the partitions of a new database.

        Raises:
            BadSettings: the database was made for another number of partitions.
            StoreUnavailable: it can't be read or written.
        """
        with self.database.reading() as db:
            count = db.scalar(select(func.count()).select_from(partitions))
        if count == 0:
            rows = [
                {"partition": number, "given": 0, "published": 0} for number in range(self.partition_count)
            ]
            with self.database.transaction() as db:
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
        event_id: str | None = None,
    ) -> Event:
        """Write an event in the caller's transaction; `origin` and `audience` as in the envelope.

        `event_id` is one that was made for it beforehand.

        Raises:
            SchemaViolation: the data does not fit its registered schema.
        """
        partition = partition_of(data.link_id, self.partition_count)
        position = _give_position(db, partition) if self.gives_positions else None
        event = Event(
            event_id=event_id or new_id(),
            type=data.type_name,
            link_id=data.link_id,
            time=rfc3339(at),
            sequence=sequence,
            traceparent=traceparent,
            data_json=encode(data),
            partition=partition,
            position=position or 0,
            origin=origin,
            audience=audience,
        )
        db.execute(_insert, {**msgspec.structs.asdict(event), "position": position})
        return event

    def cursors(self) -> list[PartitionCursor]:
        """Read how far each partition is."""
        with self.database.reading() as db:
            return read_cursors(db)

    def oldest(self) -> dict[int, int]:
        """Give the oldest position of each partition that is still here; the next one to be given where none is."""
        first = select(partitions.c.partition, func.coalesce(_oldest, partitions.c.given + 1))
        with self.database.reading() as db:
            return {row[0]: row[1] for row in db.execute(first)}

    def read(self, partition: int, *, after: int, limit: int) -> list[Event]:
        """Read up to `limit` events of a partition behind a position, in order, without gaps."""
        with self.database.reading() as db:
            rows = db.execute(_run, {"number": partition, "after": after, "count": limit})
            return [_event(row) for row in rows]

    def read_runs(self, after: Mapping[int, int], *, limit: int) -> dict[int, list[Event]]:
        """Read as `read` does behind one position of each of several partitions, in one picture."""
        with self.database.reading() as db:
            return {
                number: [
                    _event(row)
                    for row in db.execute(_run, {"number": number, "after": position, "count": limit})
                ]
                for number, position in after.items()
            }

    def last_given(self) -> dict[int, int]:
        """Give the last position given in each partition."""
        return {cursor.partition: cursor.given for cursor in self.cursors()}

    def last_committed(self) -> dict[int, int]:
        """Give the position that the last committed event of each partition has, or gets as soon as positions are given."""
        with self.database.reading() as db:
            return {row[0]: row[1] for row in db.execute(_last_committed)}

    def newest_id(self) -> int:
        """Give the highest row id, which tells whether anything was added."""
        with self.database.reading() as db:
            return db.scalar(select(func.max(outbox.c.id))) or 0

    def first_of_link(self, link_id: str) -> Event | None:
        """Read the event that began a link; None once retention has removed it."""
        statement = _events.where(outbox.c.link_id == link_id).order_by(outbox.c.id).limit(1)
        with self.database.reading() as db:
            row = db.execute(statement).one_or_none()
        return None if row is None else _event(row)

    def newest_links(self, count: int) -> list[tuple[Event, float | None]]:
        """Read the events that began the newest links, newest first, each with the time of its publication."""
        statement: Select[Any] = (
            _events.add_columns(outbox.c.published_at)
            .where(outbox.c.id.in_(_first_rows), outbox.c.sequence == 1, outbox.c.origin.is_(None))
            .order_by(outbox.c.id.desc())
        )
        with self.database.reading() as db:
            return [(_event(row), row.published_at) for row in db.execute(statement, {"count": count})]

    def beginnings(self, count: int) -> list[Beginning]:
        """Give where the events lie that began the newest links, newest first, without what is in them."""
        with self.database.reading() as db:
            return [
                Beginning(row[0], row[1], row[2] or 0, unix_seconds(row[3]), row[4])
                for row in db.execute(_beginnings, {"count": count})
            ]

    def committed_at(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], float]:
        """Give when the events in some (partition, position) were committed; unknown ones are left out."""
        question = f"SELECT partition, position, time FROM outbox WHERE {where_places(places)}"
        with self.database.reading() as db:
            return {(row[0], row[1]): unix_seconds(row[2]) for row in db.exec_driver_sql(question)}

    def unpublished(self) -> tuple[int, float | None]:
        """Count the events that the broker does not have, and give when the oldest of them was committed."""
        with self.database.reading() as db:
            behind = [cursor for cursor in read_cursors(db) if cursor.given > cursor.published]
            first = db.execute(_first_waiting).first()
            waiting = 0 if first is None else db.scalar(_count_waiting, {"first": first.id}) or 0
        waiting += sum(cursor.given - cursor.published for cursor in behind)
        next_ones = [(cursor.partition, cursor.published + 1) for cursor in behind]
        times = list(self.committed_at(next_ones).values()) if next_ones else []
        times += [] if first is None else [unix_seconds(first.time)]
        return waiting, min(times, default=None)
