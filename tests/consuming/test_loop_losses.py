"""A broker that forgets and a database that is away cost a consumer time, never an event."""

import os
import signal
from pathlib import Path

import pytest
import redis

from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming import reader as reader_module
from core.events.partitioning import stream_key
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.links import PARTITIONS
from tests.support.looping import Check, StartLoop, in_flight
from tests.support.programs import next_line, program
from tests.support.streams_view import entries_in
from tests.support.waiting import eventually, never


@pytest.mark.parametrize(
    "damage",
    [
        ("FLUSHALL",),
        ("DEL", *(stream_key(number) for number in range(PARTITIONS))),
        ("XGROUP", "DESTROY", stream_key(0), "collect"),
    ],
    ids=["flushed", "streams deleted", "group destroyed"],
)
def test_a_broker_that_forgets_during_a_blocked_read_costs_nothing(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, damage: tuple[str, ...]
) -> None:
    loop = start_loop()
    feed.links(12)
    eventually(has_everything)

    client.execute_command(*damage)
    feed.links(12)

    eventually(has_everything)
    eventually(lambda: loop.status.error is None)


def test_events_that_were_trimmed_unread_are_taken_from_the_outbox(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis
) -> None:
    feed.links(30)
    for number in range(PARTITIONS):
        client.xtrim(stream_key(number), maxlen=1, approximate=False)

    start_loop()

    eventually(has_everything)


def test_events_that_were_trimmed_in_flight_are_taken_from_the_outbox(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, streams: Streams
) -> None:
    feed.links(30)
    streams.create_groups("collect")
    streams.read_new("collect", list(streams.partitions), count=100, block_ms=10)
    for number in range(PARTITIONS):
        client.xtrim(stream_key(number), maxlen=0, approximate=False)

    start_loop()

    eventually(has_everything)
    eventually(lambda: in_flight(streams) == 0)


def test_a_consumer_whose_database_is_new_begins_at_the_beginning(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, streams: Streams
) -> None:
    # The group has read and acknowledged everything, the broker has trimmed it, but the database knows nothing of it.
    feed.links(30)
    streams.create_groups("collect")
    entries = streams.read_new("collect", list(streams.partitions), count=100, block_ms=10)
    for entry in entries:
        streams.acknowledge("collect", {entry.partition: [entry.position]})
    for number in range(PARTITIONS):
        client.xtrim(stream_key(number), maxlen=0, approximate=False)

    start_loop()

    eventually(has_everything)


def test_holes_larger_than_a_batch_are_filled_bit_by_bit(
    feed: Feed,
    start_loop: StartLoop,
    has_everything: Check,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.consuming.runs.FILL_AT_ONCE", 3)
    monkeypatch.setattr(reader_module, "FILL_AT_ONCE", 3)
    feed.links(60)
    for number in range(PARTITIONS):
        client.xtrim(stream_key(number), maxlen=1, approximate=False)

    start_loop()

    eventually(has_everything)


@pytest.mark.parametrize("damage", ["attributes", "data", "type"])
def test_an_entry_that_was_damaged_in_the_broker_is_taken_from_the_outbox(
    feed: Feed,
    start_loop: StartLoop,
    has_everything: Check,
    client: redis.Redis,
    database: Database,
    damage: str,
) -> None:
    feed.links(12)
    rows = {number: entries_in(client, number) for number in range(PARTITIONS)}
    client.flushall()
    for number, entries in rows.items():
        for entry_id, fields in entries:
            damaged = {
                "attributes": {b"id": b"\xff"},
                "data": {b"data": fields[b"data"].replace(b'"slug":', b'"slug"\xff')},
                "type": {b"type": b"LinkCreated.v7"},
            }[damage]
            parts = [part for pair in {**fields, **damaged}.items() for part in pair]
            client.execute_command("XADD", stream_key(number), entry_id, *parts)

    start_loop()

    eventually(has_everything)


def test_a_broker_that_is_killed_is_waited_for(
    feed: Feed, start_loop: StartLoop, has_everything: Check, broker: EmbeddedBroker
) -> None:
    loop = start_loop()
    feed.links(10)
    eventually(has_everything)
    first = broker.pid
    os.kill(first or 0, signal.SIGKILL)
    eventually(lambda: "broker" in (loop.status.error or "").lower())
    eventually(lambda: broker.pid not in (None, first))

    feed.links(10)

    eventually(has_everything)
    eventually(lambda: loop.status.error is None)


# The database is not there


def test_a_locked_database_is_waited_for_and_shown(
    feed: Feed, start_loop: StartLoop, has_everything: Check, database: Database, tmp_path: Path
) -> None:
    loop = start_loop()
    feed.links(5)
    eventually(has_everything)
    with database.reading() as db:
        db.exec_driver_sql("PRAGMA busy_timeout=50")
    with database.transaction() as db:
        db.exec_driver_sql("PRAGMA busy_timeout=50")
        db.exec_driver_sql("CREATE TABLE counters (value INTEGER)")
        db.exec_driver_sql("INSERT INTO counters VALUES (0)")

    with program("tests.support.lock_program", "hold", tmp_path / "collect.db") as holder:
        assert next_line(holder) == "held"
        feed.links(5)
        eventually(lambda: "database is locked" in (loop.status.error or ""))
        # It stays shown until the database is back: nothing blinks.
        never(lambda: loop.status.error is None, within=1.0)

    eventually(has_everything)
    eventually(lambda: loop.status.error is None)
