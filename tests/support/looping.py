"""What can be seen of a consumer at work, and what can be done to it."""

import threading
from collections.abc import Callable, Sequence

import redis
from sqlalchemy import select

from core.broker.streams import Streams
from core.consuming.archive import Archive
from core.consuming.contract import Consumer
from core.consuming.controls import Wanted
from core.consuming.faults import Faults
from core.consuming.inbox import Inbox
from core.consuming.loop import ConsumerLoop, Shared
from core.consuming.ownership import Holding, Ownership
from core.consuming.tables import watermarks as watermarks_table
from core.events.envelope import Event
from core.events.partitioning import stream_key
from core.storage.database import Database
from tests.support.links import PARTITIONS
from tests.support.waiting import eventually

Check = Callable[[], bool]
StartLoop = Callable[[], ConsumerLoop]


#: One for all loops of a test, as in a worker.
TRIAL = threading.Lock()


class NothingKept:
    """An outbox in which nothing happened yet."""

    def read(self, partition: int, *, after: int, limit: int) -> list[Event]:  # noqa: ARG002 - the archive's shape
        """Find nothing."""
        return []


def make_loop(
    consumer: Consumer,
    database: Database,
    streams: Streams,
    archive: Archive,
    *,
    worker: str = "worker",
    alive: Callable[[], frozenset[str]] = frozenset,
    retention_days: int = 0,
) -> ConsumerLoop:
    """Make a loop as a worker does; without faults its control database is never asked."""
    return ConsumerLoop(
        consumer,
        inbox=Inbox(consumer, database, worker),
        streams=streams,
        archive=archive,
        committed=threading.Event(),
        faults=Faults(database, consumer.name, open_database=lambda _name: database),
        shared=Shared(lambda _consumer: alive(), TRIAL, retention_days),
    )


def take_all(database: Database, worker: str = "worker") -> dict[int, Holding]:
    """Own all partitions of a consumer's database, whoever has them."""
    return Ownership(database, worker, frozenset).hold({})


def watermarks(database: Database) -> dict[int, int]:
    with database.reading() as db:
        return {row.partition: row.position for row in db.execute(select(watermarks_table))}


def in_flight(streams: Streams) -> int:
    return sum(group.pending for group in streams.group_positions("collect").values())


def delivered(streams: Streams) -> dict[int, int]:
    return {number: group.delivered for number, group in streams.group_positions("collect").items()}


def rewind(client: redis.Redis) -> None:
    """Let the broker deliver everything again."""
    for number in range(PARTITIONS):
        client.xgroup_setid(stream_key(number), "collect", "0")


class FailsFor:
    """Raises for the events of some links, until told otherwise."""

    def __init__(self, *link_ids: str) -> None:
        self.link_ids = set(link_ids)
        self.calls = 0

    def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.link_id in self.link_ids:
                self.calls += 1
                raise ValueError("it does not like this link")


def pause(loop: ConsumerLoop, *, until: float | None = None, version: int = 1) -> None:
    loop.want(Wanted(version=version, paused=True, paused_until=until, changed_by="ann"))
    eventually(lambda: loop.status.paused)
