"""No memory for the broker, no turn at a database: what was committed waits, and goes on by itself."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.errors import StoreUnavailable
from core.storage import database as database_module
from tests.support.links import LinkSide, make_link_side, open_links_db
from tests.support.looping import in_flight
from tests.support.waiting import eventually
from tests.support.way import Way


def test_a_broker_without_memory_is_drained_by_a_new_worker_while_links_go_on_being_created(
    way: Way, broker: EmbeddedBroker, client: redis.Redis, streams: Streams
) -> None:
    way.start_loop(broker.url)
    eventually(lambda: len(streams.group_positions("collect")) == len(streams.partitions))
    way.stop()
    relay = way.start_relay(broker.url)
    way.create(30)
    eventually(lambda: way.side.outbox.unpublished()[0] == 0)
    client.config_set("maxmemory", "1")
    way.create(10)
    eventually(lambda: "maxmemory" in (relay.error or ""))

    loop = way.start_loop(broker.url)

    eventually(lambda: len(way.effects()) == 30)
    eventually(lambda: in_flight(streams) == 0)
    assert way.side.outbox.unpublished()[0] == 10
    client.config_set("maxmemory", "64mb")
    eventually(way.has_everything)
    eventually(lambda: relay.error is None)
    eventually(lambda: loop.status.error is None)


@pytest.fixture
def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LinkSide]:
    """Give a producer's side whose writers wait for a fifth of a second instead of five."""
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 200)
    database = open_links_db(tmp_path)
    yield make_link_side(database)
    database.close()


@pytest.fixture
def lock(impatient: LinkSide, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Give somebody else's connection to links.db."""
    connection = sqlite3.connect(tmp_path / "links.db", isolation_level=None)
    yield connection
    connection.close()


def test_a_click_on_a_database_that_stays_locked_is_refused_whole_and_succeeds_afterwards(
    impatient: LinkSide, lock: sqlite3.Connection
) -> None:
    slug = impatient.producer.create_link("https://example.com/", by="ann").slug
    lock.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="database is locked"):
        impatient.producer.click(slug)
    with pytest.raises(StoreUnavailable, match="database is locked"):
        impatient.producer.create_link("https://example.com/", by="ann")

    lock.execute("ROLLBACK")
    impatient.producer.click(slug)
    counted = lock.execute(
        "SELECT (SELECT count(*) FROM links), (SELECT count(*) FROM outbox), sum(given) FROM partitions"
    ).fetchone()
    assert counted[:2] == (1, 2)
    assert counted[2] in {
        0,
        2,
    }  # Positions are given by the producer or, later, by the relay; none is left out.


def test_a_relay_whose_database_is_locked_says_so_and_goes_on_by_itself(
    way: Way, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "links.db", isolation_level=None) as lock:
        _lower_patience(way.side)
        relay = way.start_relay(broker.url)
        way.start_loop(broker.url)
        way.create(5)
        lock.execute("BEGIN IMMEDIATE")
        eventually(lambda: "database is locked" in (relay.error or ""))

        lock.execute("ROLLBACK")
    lock.close()

    eventually(way.has_everything)
    eventually(lambda: relay.error is None)


def _lower_patience(side: LinkSide) -> None:
    with side.database.reading() as db:
        db.exec_driver_sql("PRAGMA busy_timeout=50")
