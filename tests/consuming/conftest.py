"""Fixtures for consuming: the test consumer on the real runtime, fed by the real producer and relay."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming import parking, tables
from core.consuming.loop import ConsumerLoop
from core.producing.relay import Relay
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare
from tests.support.collecting import Collect, collected, metadata
from tests.support.links import PARTITIONS, LinkSide
from tests.support.looping import make_loop
from tests.support.waiting import PATIENCE_S


@dataclass(frozen=True)
class Feed:
    """Creates links and publishes their events, at once."""

    side: LinkSide
    relay: Relay

    def links(self, count: int) -> list[str]:
        """Create links and publish; gives their slugs."""
        slugs = [
            self.side.producer.create_link(f"https://example.com/{number}", by="ann").slug
            for number in range(count)
        ]
        self.publish()
        return slugs

    def publish(self) -> None:
        """Publish whatever the broker lacks."""
        self.relay._seen = {}
        while self.relay.publish():
            pass

    def expected(
        self, types: tuple[str, ...] = ("LinkCreated.v1", "LinkArchived.v1")
    ) -> dict[int, list[tuple[int, str]]]:
        """Give position and event id of all events of some types, per partition, in order."""
        found = {
            number: [
                (event.position, event.event_id)
                for event in self.side.outbox.read(number, after=0, limit=100_000)
                if event.type in types
            ]
            for number in range(PARTITIONS)
        }
        return {number: events for number, events in found.items() if events}


@pytest.fixture
def feed(link_side: LinkSide, streams: Streams) -> Feed:
    return Feed(link_side, Relay(link_side.outbox, streams))


@pytest.fixture
def collect() -> Collect:
    return Collect()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Give the test consumer's database, with its tables."""
    opened = open_sqlite(tmp_path / "collect.db", name="collect", durable=False)
    prepare(opened, tables.metadata, metadata)
    yield opened
    opened.close()


@pytest.fixture
def start_loop(
    collect: Collect, database: Database, link_side: LinkSide, broker: EmbeddedBroker
) -> Iterator[Callable[[], ConsumerLoop]]:
    """Give a starter of the consumer's loop, each time as another worker; all are stopped at the end."""
    loops: list[tuple[ConsumerLoop, Streams]] = []

    def alive() -> frozenset[str]:
        return frozenset(f"worker {number}" for number, (loop, _) in enumerate(loops) if loop.is_alive())

    def start() -> ConsumerLoop:
        streams = Streams(connect(broker.url), PARTITIONS)
        loop = make_loop(
            collect, database, streams, link_side.outbox, worker=f"worker {len(loops)}", alive=alive
        )
        loops.append((loop, streams))
        loop.start()
        return loop

    yield start
    for loop, _ in loops:
        loop.stop()
    for loop, streams in loops:
        loop.join(PATIENCE_S)
        streams.close()
        assert not loop.is_alive()


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry without long waits."""
    monkeypatch.setattr(parking, "retry_delay", lambda _failures: 0.01)


@pytest.fixture
def has_everything(feed: Feed, database: Database) -> Callable[[], bool]:
    """Give a check: each event that the consumer handles has exactly one effect, in order."""
    return lambda: collected(database) == feed.expected()
