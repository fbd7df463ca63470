"""A replica that lacks the newest entries and acknowledgements takes over: the outbox brings what it lacks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.proxy import LossyProxy
from tests.support.relaying import is_everything_published
from tests.support.servers import Server, valkey_server
from tests.support.waiting import eventually
from tests.support.way import Way


@pytest.fixture
def primary(short_dir: Path) -> Iterator[Server]:
    with valkey_server(short_dir / "one") as server:
        yield server


@pytest.fixture
def replica(primary: Server, short_dir: Path) -> Iterator[Server]:
    with valkey_server(short_dir / "two", "--replicaof", "127.0.0.1", str(primary.port)) as server:
        eventually(lambda: server.client.info("replication")["master_link_status"] == "up")
        yield server


def test_a_replica_that_lacks_the_newest_takes_over_and_nothing_is_lost_or_doubled(
    way: Way, primary: Server, replica: Server, short_dir: Path
) -> None:
    proxy = LossyProxy(short_dir / "way.sock", primary.socket)
    try:
        relay = way.start_relay(proxy.url)
        way.start_loop(proxy.url)
        way.create(20)
        eventually(way.has_everything)
        assert primary.client.wait(1, 5_000) == 1

        replica.client.replicaof("NO", "ONE")
        way.create(20)
        eventually(way.has_everything)
        proxy.lead_to(replica.socket)
        primary.process.kill()
        way.create(20)

        eventually(way.has_everything)
        eventually(lambda: relay.regressions > 0)
        eventually(lambda: is_everything_published(way.side, replica.client))
    finally:
        way.stop()
        proxy.close()
