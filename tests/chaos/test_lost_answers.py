"""What the broker has done and could not say: it is found out, never guessed, and nothing happens twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from core.broker.server import EmbeddedBroker
from core.broker.socket_place import socket_path
from core.broker.streams import Streams
from tests.support.looping import in_flight
from tests.support.proxy import LossyProxy
from tests.support.relaying import is_everything_published
from tests.support.servers import data_dir_of
from tests.support.waiting import eventually
from tests.support.way import Way


@pytest.fixture
def lossy(broker: EmbeddedBroker, short_dir: Path) -> Iterator[LossyProxy]:
    proxy = LossyProxy(short_dir / "lossy.sock", socket_path(data_dir_of(broker)))
    yield proxy
    proxy.close()


@pytest.mark.parametrize("command", [b"EVALSHA", b"XREADGROUP", b"XACK"])
def test_a_command_whose_answer_is_lost_costs_no_event_and_doubles_none(
    way: Way, lossy: LossyProxy, client: redis.Redis, streams: Streams, command: bytes
) -> None:
    relay, loop = way.start_relay(lossy.url), way.start_loop(lossy.url)
    way.create(20)
    eventually(way.has_everything)

    lossy.lose_from = command
    way.create(20)
    eventually(lambda: "does not answer" in f"{relay.error} {loop.status.error}")
    lossy.recover()

    eventually(way.has_everything)
    eventually(lambda: in_flight(streams) == 0)
    assert is_everything_published(way.side, client)


def test_connections_that_are_cut_again_and_again_cost_no_event_and_double_none(
    way: Way, broker: EmbeddedBroker, client: redis.Redis, streams: Streams
) -> None:
    way.start_relay(broker.url)
    way.start_loop(broker.url)

    for _ in range(10):
        way.create(5)
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    eventually(way.has_everything)
    eventually(lambda: in_flight(streams) == 0)
    assert is_everything_published(way.side, client)
