"""A relay and a consumer runtime as one would first write them: they trust the broker, and each can be given a known fault.

Without a fault they are right, if slow; the faults are those that real systems have had. They use the program's own
producer, consumers and tables, and die by a real SIGKILL at a chosen point.
"""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import redis
from redis.exceptions import ResponseError
from sqlalchemy import Connection, func, insert, select, update

from core.consuming.contract import Consumer
from core.consuming.tables import inbox, watermarks
from core.consuming.tables import metadata as runtime_metadata
from core.events.envelope import Event, event_from_fields
from core.events.partitioning import stream_key
from core.producing.tables import outbox, partitions
from core.storage.database import Database
from core.storage.schema import prepare
from core.storage.upsert import insert_for


class Fault(StrEnum):
    """What is wrong with a run."""

    ACK_BEFORE_COMMIT = "ack before commit"
    INBOX_APART = "inbox in its own transaction"
    PLAIN_XADD = "plain XADD *"
    TWO_READERS = "two readers per partition"
    MAXLEN = "MAXLEN trim"
    GROUP_AT_END = "group created at $"
    CURSOR_BY_ID = "cursor by id > last"


class Point(StrEnum):
    """Where a process is killed."""

    #: The entries are in the broker, the outbox does not know it yet.
    PUBLISHED = "published"
    #: The consumer has handled the first batch; its transaction is open, unless the fault has closed it.
    HANDLED = "handled"
    #: The first batch is committed, not acknowledged, unless the fault has done so.
    COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class Script:
    """What one process does: its fault, and where it dies."""

    fault: Fault | None
    kill_at: Point | None = None

    def reach(self, point: Point) -> None:
        """Die here, if it is the place."""
        if point is self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


class NaiveRelay:
    """Publishes the outbox."""

    def __init__(self, links: Database, client: redis.Redis, script: Script) -> None:
        self._links = links
        self._client = client
        self._script = script

    def publish(self) -> None:
        """Give positions, publish everything that the broker lacks, mark it."""
        self._give_positions()
        with self._links.reading() as db:
            marks = {row.partition: row.published for row in db.execute(select(partitions))}
        lasts = {number: self._publish_partition(number, marks[number]) for number in marks}
        self._script.reach(Point.PUBLISHED)
        with self._links.transaction() as db:
            for number, last in lasts.items():
                db.execute(update(partitions).where(partitions.c.partition == number).values(published=last))

    def _give_positions(self) -> None:
        with self._links.transaction() as db:
            waiting = select(outbox.c.id, outbox.c.partition).where(outbox.c.position.is_(None))
            if self._script.fault is Fault.CURSOR_BY_ID:
                # What was committed late, with a smaller id, is never seen again.
                newest = select(func.max(outbox.c.id)).where(outbox.c.position.is_not(None))
                waiting = waiting.where(outbox.c.id > (db.scalar(newest) or 0))
            for row in db.execute(waiting.order_by(outbox.c.id)).all():
                raised = update(partitions).where(partitions.c.partition == row.partition)
                given = db.execute(
                    raised.values(given=partitions.c.given + 1).returning(partitions.c.given)
                ).scalar_one()
                db.execute(update(outbox).where(outbox.c.id == row.id).values(position=given))

    def _publish_partition(self, number: int, mark: int) -> int:
        # Entries that name their position tell what the broker has; others leave only our own note of it.
        last = mark if self._script.fault is Fault.PLAIN_XADD else self._last_in_broker(number)
        for event in _events(self._links, number, last):
            self._add(event)
            last = event.position
        return last

    def _last_in_broker(self, number: int) -> int:
        try:
            info: Any = self._client.xinfo_stream(stream_key(number))
        except ResponseError:
            return 0
        return int(info["last-generated-id"].split(b"-")[0])

    def _add(self, event: Event) -> None:
        fields: Any = {**event.to_fields(), b"position": b"%d" % event.position}
        entry_id = "*" if self._script.fault is Fault.PLAIN_XADD else f"{event.position}-0"
        maxlen = 3 if self._script.fault is Fault.MAXLEN else None
        self._client.xadd(stream_key(event.partition), fields, entry_id, maxlen=maxlen, approximate=False)


class NaiveConsumer:
    """Runs one consumer: reads, applies, acknowledges; its watermark is the highest position that it has seen."""

    def __init__(
        self, consumer: Consumer, database: Database, client: redis.Redis, partitions: int, script: Script
    ) -> None:
        self._consumer = consumer
        self._database = database
        self._client = client
        self._script = script
        self._partitions = range(partitions)
        self._types = {data.type_name for data in consumer.handles}
        prepare(database, runtime_metadata, consumer.tables)
        for number in self._partitions:
            self._create_group(number)

    def drain(self) -> None:
        """Deal with what was in flight, then with all that is new."""
        for number in self._partitions:
            for reader in ("one", "two"):
                while entries := self._read(number, reader, "0", 100):
                    self._apply(number, entries)
            while first := self._read(number, "one", ">", 100 if self._is_alone else 4):
                if not self._is_alone and (second := self._read(number, "two", ">", 100)):
                    self._apply(number, second)
                self._apply(number, first)

    @property
    def _is_alone(self) -> bool:
        return self._script.fault is not Fault.TWO_READERS

    def _create_group(self, number: int) -> None:
        start = "$" if self._script.fault is Fault.GROUP_AT_END else "0"
        try:
            self._client.xgroup_create(stream_key(number), self._consumer.name, start, mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def _read(self, number: int, reader: str, start: str, count: int) -> list[tuple[bytes, Event]]:
        answer: Any = self._client.xreadgroup(
            self._consumer.name, reader, {stream_key(number): start}, count=count
        )
        return [
            (entry_id, event_from_fields(fields, number, int(fields[b"position"])))
            for _, rows in answer
            for entry_id, fields in rows
            if fields
        ]

    def _apply(self, number: int, entries: list[tuple[bytes, Event]]) -> None:
        ids, events = [entry_id for entry_id, _ in entries], [event for _, event in entries]
        if self._script.fault is Fault.ACK_BEFORE_COMMIT:
            self._client.xack(stream_key(number), self._consumer.name, *ids)
        if self._script.fault is Fault.INBOX_APART:
            with self._database.transaction() as db:
                fresh = self._handle(db, events)
            self._script.reach(Point.HANDLED)
            with self._database.transaction() as db:
                self._note(db, number, events, fresh)
        else:
            with self._database.transaction() as db:
                fresh = self._handle(db, events)
                self._script.reach(Point.HANDLED)
                self._note(db, number, events, fresh)
        self._script.reach(Point.COMMITTED)
        self._client.xack(stream_key(number), self._consumer.name, *ids)

    def _handle(self, db: Connection, events: Sequence[Event]) -> list[Event]:
        """Let the consumer handle what has no receipt yet; gives that."""
        seen = set(db.scalars(select(inbox.c.event_id)))
        fresh = [
            event
            for event in {event.event_id: event for event in events}.values()
            if event.event_id not in seen
        ]
        handled = [event for event in fresh if self._is_handled(event)]
        if handled:
            self._consumer.handle(handled, db)
        return fresh

    def _is_handled(self, event: Event) -> bool:
        return event.type in self._types and event.audience in {None, self._consumer.name}

    def _note(self, db: Connection, number: int, events: Sequence[Event], fresh: Sequence[Event]) -> None:
        """Write receipts, and move the watermark to the highest position seen."""
        row = db.execute(select(watermarks).where(watermarks.c.partition == number)).one_or_none()
        commits = (row.commits if row else 0) + 1
        values = {
            "position": max([event.position for event in events] + ([row.position] if row else [])),
            "commits": commits,
            "absorbed": (row.absorbed if row else 0) + len(events) - len(fresh),
        }
        upsert = insert_for(db, watermarks).values(partition=number, **values)
        db.execute(upsert.on_conflict_do_update(index_elements=["partition"], set_=values))
        if fresh:
            db.execute(insert(inbox), [self._receipt(event, commits) for event in fresh])

    def _receipt(self, event: Event, commits: int) -> dict[str, object]:
        return {
            "partition": event.partition,
            "position": event.position,
            "event_id": event.event_id,
            "outcome": "applied" if self._is_handled(event) else "ignored",
            "applied_at": time.time(),
            "worker": "naive",
            "commit_number": commits,
        }


def _events(links: Database, number: int, after: int) -> list[Event]:
    columns = [outbox.c[name] for name in Event.__struct_fields__]
    statement = select(*columns).where(outbox.c.partition == number, outbox.c.position > after)
    with links.reading() as db:
        return [Event(*row) for row in db.execute(statement.order_by(outbox.c.position))]
