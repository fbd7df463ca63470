"""On PostgreSQL the consumers' promises are the same."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
import redis
from sqlalchemy import select

from consumers import build_consumers
from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming import control_tables, tables
from core.consuming.contract import Consumer, Surroundings
from core.consuming.controls import Controls
from core.consuming.heartbeats import Heartbeat, Heartbeats
from core.consuming.inbox import Inbox
from core.errors import OwnershipLost
from core.producing.relay import Relay
from core.storage.database import Database
from core.storage.objects import FileObjects
from core.storage.schema import prepare
from tests.support.collecting import Collect, collected
from tests.support.events import make_run
from tests.support.links import PARTITIONS, LinkSide
from tests.support.looping import NothingKept, make_loop, take_all, watermarks
from tests.support.threads import at_once
from tests.support.waiting import PATIENCE_S, eventually

Open = Callable[[str], Database]


@pytest.fixture
def inbox(open_pg: Open) -> tuple[Inbox, Database]:
    database = open_pg("collect")
    made = Inbox(Collect(), database, "worker")
    made.prepare(range(PARTITIONS), NothingKept())
    return made, database


def test_watermarks_belong_to_whoever_moves_them_first(inbox: tuple[Inbox, Database]) -> None:
    mine, database = inbox
    runs = {number: make_run(1, 3, partition=number) for number in range(PARTITIONS)}
    held = take_all(database)

    errors = at_once(*[lambda: mine.apply(runs, deepcopy(held))] * 4)

    assert [type(error) for error in errors] == [OwnershipLost] * 3
    assert watermarks(database) == dict.fromkeys(range(PARTITIONS), 3)
    assert {number: len(rows) for number, rows in collected(database).items()} == dict.fromkeys(
        range(PARTITIONS), 3
    )


@pytest.fixture
def all_consumers(tmp_path: Path) -> tuple[Consumer, ...]:
    objects = FileObjects(tmp_path / "objects")
    return build_consumers(Surroundings(objects, lambda: (), lambda _: None, allow_private_targets=False))


def test_every_consumer_works_and_absorbs_what_is_delivered_again(
    pg_side: LinkSide,
    open_pg: Open,
    broker: EmbeddedBroker,
    all_consumers: tuple[Consumer, ...],
    client: redis.Redis,
) -> None:
    for slug in ("one", "two", "three"):
        pg_side.producer.create_link("https://example.com/", by="ann", slug=slug)
        pg_side.producer.click(slug)
        pg_side.producer.edit_link(slug, by="ann", title=slug)
    relay = Relay(pg_side.outbox, Streams(client, PARTITIONS))
    while relay.publish():
        pass
    loops = []
    for consumer in all_consumers:
        database = open_pg(consumer.name)
        streams = Streams(connect(broker.url), PARTITIONS)
        Inbox(consumer, database, "worker").prepare(range(PARTITIONS), pg_side.outbox)
        loop = make_loop(consumer, database, streams, pg_side.outbox)
        loops.append((loop, database, streams))
        loop.start()

    given = {cursor.partition: cursor.given for cursor in pg_side.outbox.cursors()}
    for loop, database, _ in loops:
        eventually(lambda: watermarks(database) == given)  # noqa: B023
        for number in range(PARTITIONS):
            client.xgroup_setid(f"events:{{{number}}}", loop.name, "0")
        eventually(lambda: loop.absorbed == 9)  # noqa: B023
        assert loop.status.error is None

    for loop, database, streams in loops:
        loop.stop()
        loop.join(PATIENCE_S)
        streams.close()
        with database.reading() as db:
            assert len(db.execute(select(tables.inbox)).all()) == 9


def test_wishes_and_heartbeats_are_kept(open_pg: Open) -> None:
    control = open_pg("control")
    prepare(control, control_tables.metadata)
    controls, heartbeats = Controls(control), Heartbeats(control)
    controls.register(["qr"])
    controls.pause("qr", seconds=None, by="ann", why="")
    # Four gigabytes don't fit into PostgreSQL's integer.
    beat = Heartbeat("w", "qr", "here", 1, 1.0, 4e9, 4_000_000_000, paused=True, obeyed_version=1, error=None)

    heartbeats.beat([beat])

    assert controls.wanted()["qr"].paused
    assert heartbeats.live() == [beat]
