"""The broker's file loses its end or is changed on the disk: the server starts all the same, and the outbox is the truth."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from tests.support.collecting import effects
from tests.support.relaying import is_everything_published
from tests.support.servers import put_safely
from tests.support.waiting import eventually
from tests.support.way import Way


@pytest.fixture
def own_broker(short_dir: Path) -> Iterator[EmbeddedBroker]:
    """Give a broker whose files this test may damage; it is stopped with all its entries on the disk."""
    broker = EmbeddedBroker(short_dir, memory_mb=64)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def file(short_dir: Path) -> Path:
    return short_dir / "broker" / "appendonlydir" / "appendonly.aof.1.incr.aof"


@pytest.fixture
def again(short_dir: Path) -> Iterator[EmbeddedBroker]:
    """Give the same data dir's next broker, not started yet."""
    broker = EmbeddedBroker(short_dir, memory_mb=64)
    yield broker
    broker.stop()


def _stop(broker: EmbeddedBroker) -> None:
    with connect(broker.url) as client:
        put_safely(client, "on the disk", "yes")
    broker.stop()


@pytest.mark.parametrize("lost_bytes", [50, 3_000, 1_000_000])
def test_what_was_cut_off_is_published_again_and_has_no_second_effect(
    way: Way, own_broker: EmbeddedBroker, again: EmbeddedBroker, file: Path, lost_bytes: int
) -> None:
    way.start_relay(own_broker.url)
    way.start_loop(own_broker.url)
    way.create(40)
    eventually(way.has_everything)
    way.stop()
    _stop(own_broker)

    content = file.read_bytes()
    file.write_bytes(content[: max(0, len(content) - lost_bytes)])
    again.start()
    way.start_relay(again.url)
    way.start_loop(again.url)
    way.create(10)

    eventually(way.has_everything)
    with connect(again.url) as client:
        eventually(lambda: is_everything_published(way.side, client))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"link_id"', b'["link_id"'),
        (b'"target_url"', b'"target_\xff\xfe\xfd"'),
        (b"LinkCreated.v1", b"LinkCreatfd.v1"),
        # What no schema could tell: only the seal does.
        (b"https://example.com/", b"https://evilple.com/"),
    ],
    ids=["JSON", "field", "type", "value"],
)
def test_entries_that_were_changed_on_the_disk_are_taken_from_the_outbox(
    way: Way, own_broker: EmbeddedBroker, again: EmbeddedBroker, file: Path, before: bytes, after: bytes
) -> None:
    way.start_relay(own_broker.url)
    way.create(20)
    eventually(lambda: way.side.outbox.unpublished()[0] == 0)
    way.stop()
    _stop(own_broker)

    content = file.read_bytes()
    assert content.count(before) >= 20
    file.write_bytes(content.replace(before, after))
    again.start()
    way.start_relay(again.url)
    loop = way.start_loop(again.url)

    eventually(way.has_everything)
    with way.database.reading() as db:
        urls = set(db.scalars(select(effects.c.target_url)))
    assert urls == {f"https://example.com/{number}" for number in range(20)}
    eventually(lambda: loop.status.error is None)
