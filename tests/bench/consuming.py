"""drain_one: one trivial consumer, which counts, on a stream that is full.

Ours: a real ConsumerLoop with inbox, receipts, watermarks and the check for holes, on the program's partitions, with
the batch size of the program's light consumers. Yardstick: a loop by hand with redis-py and hiredis, reading 100
entries, dropping duplicates and counting in one SQLite commit (WAL, NORMAL, no ORM), then one XACK for all of them; it
neither parses nor orders nor looks for holes. The same entries, in one stream for the loop by hand. In turn.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import redis
from sqlalchemy import Column, Connection, Integer, MetaData, Table, bindparam, insert, update

from core.broker.client import READ_BATCHES, connect
from core.broker.streams import Streams
from core.consuming.contract import Audit
from core.consuming.inbox import Inbox
from core.events.envelope import Event
from core.events.types import EventData, LinkCreated
from core.producing.outbox import Outbox
from core.producing.relay import Relay
from core.storage.database import open_sqlite
from tests.bench.measuring import Result, compare, with_profile
from tests.bench.places import PARTITIONS, folder, running_broker
from tests.bench.seed import seed_links
from tests.support.links import make_link_side, open_links_db
from tests.support.looping import make_loop

metadata = MetaData()
counters = Table("counters", metadata, Column("id", Integer, primary_key=True), Column("events", Integer))
_add = update(counters).where(counters.c.id == 1).values(events=counters.c.events + bindparam("more"))

_HAND_BATCH = 100
_HAND_STREAM = "hand"


@dataclass(slots=True)
class Counting:
    """Counts events in one row, and stops when it has seen all of them."""

    name: str
    total: int
    batch_size: int = 400
    seen: int = 0
    #: Called with the last batch; the loop finishes it.
    stop: Callable[[], None] = lambda: None

    handles: ClassVar[tuple[type[EventData], ...]] = (LinkCreated,)
    holds_behind_dead_letters: ClassVar[bool] = False
    tables: ClassVar[MetaData] = metadata

    def handle(self, events: Sequence[Event], db: Connection) -> None:
        """Count."""
        if db.execute(_add, {"more": len(events)}).rowcount == 0:
            db.execute(insert(counters), {"id": 1, "events": len(events)})
        self.seen += len(events)
        if self.seen >= self.total:
            self.stop()

    def helper(self, database: object) -> None:
        """Nothing to do outside the transaction."""

    def audit(self) -> Audit:
        """No part of this measurement."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _Stage:
    """A broker that holds `count` entries twice: by partition, and in one stream."""

    data_dir: Path
    url: str
    outbox: Outbox
    count: int


def drain_one(*, rounds: int = 5, count: int = 20_000) -> dict[str, Result]:
    """Measure, in `rounds` drains of `count` events each."""
    ours, hand, small = [], [], []
    with folder() as data_dir, running_broker(data_dir) as broker, connect(broker.url) as client:
        side = make_link_side(open_links_db(data_dir), PARTITIONS)
        seed_links(side.database, side.teams.find(None).team_id, count, partitions=PARTITIONS)
        stage = _Stage(data_dir, broker.url, side.outbox, count)
        _fill(stage, client)
        for number in range(rounds):
            ours.append(count / _drain(stage, f"counting{number}", 400))
            hand.append(count / _drain_by_hand(stage, client, f"hand{number}"))
            small.append(count / _drain(stage, f"small{number}", _HAND_BATCH))
        result = compare(ours, hand, unit="events/s", bar=">= 0.6x", met=lambda ratio: ratio >= 0.6)
        result.figures["all_runs_batch_100"] = small
        with_profile(result, lambda: _drain(stage, "profiled", 400))
        side.database.close()
        return {"drain_one": result}


def _fill(stage: _Stage, client: redis.Redis) -> None:
    streams = Streams(connect(stage.url, read_at_once=READ_BATCHES), PARTITIONS)
    relay = Relay(stage.outbox, streams)
    while relay.publish():
        pass
    streams.close()
    pipe = client.pipeline(transaction=False)
    for partition in range(PARTITIONS):
        for event in stage.outbox.read(partition, after=0, limit=stage.count):
            pipe.xadd(_HAND_STREAM, event.to_fields())  # type: ignore[arg-type]
    pipe.execute()


def _drain(stage: _Stage, name: str, batch_size: int) -> float:
    """Drain by a consumer of its own; gives seconds to the last acknowledgement."""
    streams = Streams(connect(stage.url, read_at_once=READ_BATCHES), PARTITIONS)
    database = open_sqlite(stage.data_dir / f"{name}.db", name=name, durable=False)
    consumer = Counting(name, stage.count, batch_size)
    Inbox(consumer, database, "bench").prepare(streams.partitions, stage.outbox)
    streams.create_groups(name)
    loop = make_loop(consumer, database, streams, stage.outbox, worker="bench")
    consumer.stop = loop.stop
    began = time.perf_counter()
    loop.run()  # In this thread, where a profile can see it.
    seconds = time.perf_counter() - began
    streams.close()
    database.close()
    return seconds


def _drain_by_hand(stage: _Stage, client: redis.Redis, group: str) -> float:
    client.xgroup_create(_HAND_STREAM, group, id="0")
    with closing(sqlite3.connect(stage.data_dir / f"{group}.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("CREATE TABLE seen (event_id TEXT PRIMARY KEY) WITHOUT ROWID")
        db.execute("CREATE TABLE counters (id INTEGER PRIMARY KEY, events INTEGER)")
        db.execute("INSERT INTO counters VALUES (1, 0)")
        began = time.perf_counter()
        while answer := client.xreadgroup(group, "me", {_HAND_STREAM: ">"}, count=_HAND_BATCH):
            _apply_by_hand(db, client, group, answer)
        seconds = time.perf_counter() - began
        assert db.execute("SELECT events FROM counters").fetchone() == (stage.count,)
        return seconds


def _apply_by_hand(db: sqlite3.Connection, client: redis.Redis, group: str, answer: Any) -> None:
    ((_, entries),) = answer
    db.execute("BEGIN IMMEDIATE")
    before = db.total_changes
    db.executemany(
        "INSERT OR IGNORE INTO seen VALUES (?)", [(fields[b"id"].decode(),) for _, fields in entries]
    )
    db.execute("UPDATE counters SET events = events + ?", (db.total_changes - before,))
    db.execute("COMMIT")
    client.xack(_HAND_STREAM, group, *(entry_id for entry_id, _ in entries))
