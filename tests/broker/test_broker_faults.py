"""Answers get lost and brokers refuse: no command is sent twice, and the broker's words arrive."""

from collections.abc import Iterator

import pytest
import redis

from core.broker.client import connect
from core.broker.scripts import APPEND
from core.broker.server import EmbeddedBroker
from core.broker.socket_place import socket_path
from core.broker.streams import Entry, Streams
from core.errors import BrokerUnavailable
from tests.support.events import created, make_event, make_run
from tests.support.links import PARTITIONS
from tests.support.proxy import LossyProxy
from tests.support.servers import data_dir_of
from tests.support.streams_view import events_in
from tests.support.waiting import eventually

GROUP = "analytics"


@pytest.fixture
def group(streams: Streams) -> str:
    streams.create_groups(GROUP)
    return GROUP


def positions(entries: list[Entry]) -> list[tuple[int, int]]:
    return [(entry.partition, entry.position) for entry in entries]


@pytest.fixture
def lossy(broker: EmbeddedBroker) -> Iterator[LossyProxy]:
    place = socket_path(data_dir_of(broker))
    proxy = LossyProxy(place.with_name("lossy.sock"), place)
    yield proxy
    proxy.close()
    place.with_name("lossy.sock").unlink()


def test_a_command_whose_answer_is_lost_is_sent_once(lossy: LossyProxy, client: redis.Redis) -> None:
    # The library's own default sends it up to eleven times, and then reports success.
    with connect(lossy.url, answer_timeout_s=0.2) as hasty:
        hasty.ping()
        lossy.lose_from = b"XADD"  # A new connection works, until it says the same.

        with pytest.raises(redis.TimeoutError):
            hasty.xadd("plain", {"n": "1"})

    eventually(lambda: client.xlen("plain") == 1)
    assert client.info("commandstats")["cmdstat_xadd"]["calls"] == 1


def test_an_append_whose_answer_is_lost_can_be_repeated(lossy: LossyProxy, client: redis.Redis) -> None:
    run = make_run(1, 3)
    streams = Streams(connect(lossy.url, answer_timeout_s=0.2), PARTITIONS)
    client.script_load(APPEND)  # A server that does not know the script refuses it first.
    lossy.lose_from = b"EVALSHA"

    with pytest.raises(BrokerUnavailable):
        streams.append({0: run})

    eventually(lambda: events_in(client, 0) == run)
    lossy.recover()
    assert streams.append({0: run}) == {0: 3}
    assert events_in(client, 0) == run
    streams.close()


def test_entries_whose_delivery_is_lost_are_in_flight(
    lossy: LossyProxy, streams: Streams, group: str
) -> None:
    streams.append({0: make_run(1, 2)})
    reader = Streams(connect(lossy.url, answer_timeout_s=0.2), PARTITIONS)
    reader.last_positions()
    lossy.losing.set()

    with pytest.raises(BrokerUnavailable):
        reader.read_new(group, [0], count=9, block_ms=10)

    lossy.recover()
    assert positions(reader.read_in_flight(group, [0], count=9)) == [(0, 1), (0, 2)]
    reader.close()


def test_a_full_broker_refuses_appends_and_says_why(
    streams: Streams, group: str, client: redis.Redis
) -> None:
    streams.append({0: make_run(1, 2)})
    client.config_set("maxmemory", "1")

    with pytest.raises(
        BrokerUnavailable, match="The broker refused: command not allowed when used memory > 'maxmemory'"
    ):
        streams.append({0: make_run(3, 3)})

    assert streams.facts().refuses == "its memory is full (0 MB)"
    # Consumers can still work, which is the way out.
    assert positions(streams.read_new(group, [0], count=9, block_ms=10)) == [(0, 1), (0, 2)]
    streams.acknowledge(group, {0: [1, 2]})


def test_the_broker_tells_what_it_is(streams: Streams, client: redis.Redis) -> None:
    facts = streams.facts()

    assert facts.version.startswith("valkey 9.")
    assert facts.run_id == client.info("server")["run_id"]
    assert 0 < facts.memory_bytes < facts.memory_limit_bytes == 64 * 1024 * 1024
    assert (facts.policy, facts.keeps_on_disk, facts.refuses) == ("noeviction", True, None)


def test_a_stopped_broker_is_unavailable_at_once(streams: Streams, broker: EmbeddedBroker) -> None:
    streams.last_positions()
    broker.stop()

    for call in (
        streams.last_positions,
        streams.facts,
        lambda: streams.append({0: [make_event(created(), 1)]}),
    ):
        with pytest.raises(BrokerUnavailable, match="does not answer"):
            call()
