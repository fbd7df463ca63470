"""Whatever dies or is forgotten between outbox and broker, nothing is lost and nothing is there twice."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from core.broker.client import connect
from core.broker.scripts import APPEND
from core.broker.server import EmbeddedBroker
from core.broker.socket_place import socket_path
from core.broker.streams import Streams
from core.errors import BrokerUnavailable
from core.producing.relay import Relay
from tests.support.links import PARTITIONS, LinkSide
from tests.support.programs import next_line, program
from tests.support.proxy import LossyProxy
from tests.support.relaying import is_everything_published, make_links, publish_all, published
from tests.support.servers import data_dir_of
from tests.support.waiting import eventually


def test_a_relay_that_died_between_append_and_mark_publishes_nothing_twice(
    link_side: LinkSide, relay: Relay, streams: Streams, client: redis.Redis
) -> None:
    make_links(link_side, 20)
    relay.publish()  # Appends; the mark would come with the next round.
    assert link_side.outbox.unpublished()[0] == 20
    assert sum(map(len, published(client).values())) == 20

    publish_all(Relay(link_side.outbox, streams))

    assert is_everything_published(link_side, client)


def test_an_answer_that_is_lost_publishes_nothing_twice(
    link_side: LinkSide, broker: EmbeddedBroker, client: redis.Redis, short_dir: Path
) -> None:
    proxy = LossyProxy(short_dir / "lossy.sock", socket_path(data_dir_of(broker)))
    relay = Relay(link_side.outbox, Streams(connect(proxy.url, answer_timeout_s=0.2), PARTITIONS))
    publish_all(relay)
    make_links(link_side, 20)
    client.script_load(APPEND)  # A server that does not know the script refuses it first.
    proxy.lose_from = b"EVALSHA"
    with pytest.raises(BrokerUnavailable):
        relay.publish()
    eventually(lambda: sum(map(len, published(client).values())) == 20)

    proxy.recover()
    relay._seen = {}  # As after each error.
    publish_all(relay)

    assert is_everything_published(link_side, client)
    relay._streams.close()
    proxy.close()


def test_links_are_created_while_the_broker_is_down_and_published_when_it_is_back(
    link_side: LinkSide, running: Relay, broker: EmbeddedBroker
) -> None:
    make_links(link_side, 10)
    running.wake()
    eventually(lambda: link_side.outbox.unpublished()[0] == 0)
    for _ in range(2):
        before = broker.pid or 0
        os.kill(before, signal.SIGKILL)
        make_links(link_side, 20)
        running.wake()
        eventually(lambda: broker.pid not in (None, before))  # noqa: B023

    with connect(broker.url) as client:
        eventually(lambda: is_everything_published(link_side, client))
    eventually(lambda: running.error is None)


def test_it_says_why_it_does_not_publish(link_side: LinkSide, running: Relay, broker: EmbeddedBroker) -> None:
    broker.stop()

    running.wake()

    eventually(lambda: running.error is not None)
    assert "does not answer" in (running.error or "")


@pytest.mark.parametrize(
    "lost", [("FLUSHALL",), ("DEL", "events:{0}", "events:{2}")], ids=["everything", "streams"]
)
def test_streams_that_are_gone_are_published_again(
    link_side: LinkSide, relay: Relay, streams: Streams, client: redis.Redis, lost: tuple[str, ...]
) -> None:
    make_links(link_side, 40)
    publish_all(relay)
    client.execute_command(*lost)

    relay._seen = {}  # As after the glance of each second.
    publish_all(relay)

    assert is_everything_published(link_side, client)
    assert relay.regressions == (PARTITIONS if lost == ("FLUSHALL",) else 2)


def test_a_running_relay_notices_by_itself_that_everything_is_gone(
    link_side: LinkSide, running: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 60)
    running.wake()
    eventually(lambda: link_side.outbox.unpublished()[0] == 0)

    client.flushall()
    eventually(lambda: sum(map(len, published(client).values())) == 60)

    assert running.regressions == PARTITIONS
    eventually(lambda: is_everything_published(link_side, client))


def test_new_events_on_a_stream_that_is_gone_bring_the_old_ones_back_first(
    link_side: LinkSide, running: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 20)
    running.wake()
    eventually(lambda: link_side.outbox.unpublished()[0] == 0)
    client.flushall()

    make_links(link_side, 20)  # Their positions don't follow on what is there: refused as a gap.
    running.wake()

    eventually(lambda: sum(map(len, published(client).values())) == 40)
    eventually(lambda: is_everything_published(link_side, client))


def test_a_broker_restored_from_an_older_copy_gets_the_difference(
    link_side: LinkSide, relay: Relay, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    data_dir = data_dir_of(broker)
    files, copy = data_dir / "broker" / "appendonlydir", tmp_path / "older copy"
    make_links(link_side, 20)
    publish_all(relay)
    broker.stop()
    shutil.copytree(files, copy)
    with running_broker(data_dir):
        make_links(link_side, 20)
        publish_all(Relay(link_side.outbox, relay._streams))
    shutil.rmtree(files)
    shutil.copytree(copy, files)

    with running_broker(data_dir) as restored, connect(restored.url) as client:
        last = Relay(link_side.outbox, relay._streams)
        publish_all(last)

        assert is_everything_published(link_side, client)
        assert 0 < last.regressions <= PARTITIONS


@contextmanager
def running_broker(data_dir: Path) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(data_dir, memory_mb=64)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def test_a_relay_killed_again_and_again_loses_and_doubles_nothing(
    link_side: LinkSide, broker: EmbeddedBroker, client: redis.Redis, tmp_path: Path
) -> None:
    for _ in range(5):
        with program("tests.support.relay_program", tmp_path, broker.url) as relay:
            assert next_line(relay) == "ready"
            before = sum(map(len, published(client).values()))
            make_links(link_side, 40)
            eventually(lambda: sum(map(len, published(client).values())) > before)  # noqa: B023
            relay.kill()  # With -9, in the middle of its work.

    publish_all(Relay(link_side.outbox, Streams(client, PARTITIONS)))

    assert is_everything_published(link_side, client)
    assert sum(map(len, published(client).values())) == 200
