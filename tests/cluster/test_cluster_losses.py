"""What happens to a cluster costs no event and doubles none, and a node that is away holds up its own partitions only."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from core.broker.client import connect
from core.broker.cluster_client import ClusterClient
from core.consuming.loop import ConsumerLoop
from core.events.partitioning import stream_key
from core.producing import tables
from core.producing.relay import Relay
from tests.support.clusters import Cluster
from tests.support.collecting import collected
from tests.support.links import PARTITIONS, LinkSide, rows
from tests.support.waiting import eventually
from tests.support.way import Way


@pytest.fixture
def way(cluster: Cluster, link_side: LinkSide, tmp_path: Path) -> Iterator[Way]:
    """Give a producer's side and a consumer's; nothing runs yet."""
    made = Way(link_side, tmp_path)
    yield made
    made.close()
    eventually(cluster.is_whole)


@pytest.fixture
def running(way: Way, cluster: Cluster) -> tuple[Relay, ConsumerLoop]:
    """Let relay and consumer run on the cluster, with something done already."""
    both = way.start_relay(cluster.url), way.start_loop(cluster.url)
    way.create(20)
    eventually(way.has_everything)
    return both


def applied(way: Way) -> dict[int, int]:
    return {number: len(events) for number, events in collected(way.database).items()}


def has(way: Way, partitions: list[int]) -> bool:
    """Whether all events of some partitions were applied, also those that had no position yet when they were committed."""
    committed = Counter(row["partition"] for row in rows(way.side, tables.outbox))
    return all(applied(way).get(number, 0) == committed[number] for number in partitions)


def test_a_node_that_dies_holds_up_its_own_partitions_only_and_is_caught_up_afterwards(
    way: Way, cluster: Cluster, running: tuple[Relay, ConsumerLoop]
) -> None:
    relay, loop = running
    away = cluster.node_of(0)
    waiting = [number for number in range(PARTITIONS) if cluster.node_of(number) is away]
    others = [number for number in range(PARTITIONS) if number not in waiting]
    before = applied(way)

    with away.down():
        way.create(40)
        eventually(lambda: has(way, others))
        said = f"Partition {waiting[0]} waits for the broker: {away.address} does not answer"
        eventually(lambda: said in (relay.error or ""))
        eventually(lambda: said in (loop.status.error or ""))
        assert {number: applied(way)[number] for number in waiting} == {
            number: before[number] for number in waiting
        }

    eventually(way.has_everything)
    eventually(lambda: relay.error is None and loop.status.error is None)


def test_a_frozen_node_is_not_waited_for_again_and_again(
    way: Way, cluster: Cluster, running: tuple[Relay, ConsumerLoop]
) -> None:
    away = cluster.node_of(0)
    others = [number for number in range(PARTITIONS) if cluster.node_of(number) is not away]

    with away.frozen():
        for _ in range(3):
            way.create(10)
            eventually(lambda: has(way, others))

    eventually(way.has_everything)


def test_a_relay_that_starts_while_a_node_is_down_gives_its_partitions_no_positions_yet(
    way: Way, cluster: Cluster
) -> None:
    away = cluster.node_of(3)
    others = [number for number in range(PARTITIONS) if cluster.node_of(number) is not away]

    with away.down():
        way.start_relay(cluster.url)
        way.start_loop(cluster.url)
        way.create(40)
        eventually(lambda: has(way, others))
        given = {cursor.partition: cursor.given for cursor in way.side.outbox.cursors()}
        assert [number for number, last in given.items() if not last] == [
            number for number in range(PARTITIONS) if number not in others
        ]

    eventually(way.has_everything)


def test_slots_that_move_under_load_lose_and_double_nothing(
    way: Way, cluster: Cluster, running: tuple[Relay, ConsumerLoop]
) -> None:
    stop = threading.Event()
    creating = threading.Thread(target=lambda: _create_until(stop, way.create))
    creating.start()
    try:
        for partition in range(PARTITIONS):
            home = cluster.node_of(partition)
            elsewhere = next(node for node in cluster.nodes if node is not home)
            cluster.move(partition, home, elsewhere)
            cluster.move(partition, elsewhere, home)
    finally:
        stop.set()
        creating.join()

    eventually(way.has_everything)
    assert running[0].regressions == 0


def _create_until(stop: threading.Event, create: Callable[[int], None]) -> None:
    while not stop.is_set():
        create(1)


def test_a_node_that_forgets_everything_is_given_it_again(
    way: Way, cluster: Cluster, running: tuple[Relay, ConsumerLoop]
) -> None:
    for node in cluster.nodes:
        way.create(10)
        node.client.flushall()
    way.create(10)

    eventually(way.has_everything)
    assert running[0].regressions


def test_a_node_without_memory_holds_up_its_own_partitions_only(
    way: Way, cluster: Cluster, running: tuple[Relay, ConsumerLoop]
) -> None:
    full = cluster.node_of(0)
    others = [number for number in range(PARTITIONS) if cluster.node_of(number) is not full]
    before = applied(way)[0]

    full.client.config_set("maxmemory", 1)
    way.create(40)
    eventually(lambda: has(way, others))
    eventually(lambda: "maxmemory" in (running[0].error or ""))
    assert applied(way)[0] == before
    full.client.config_set("maxmemory", 0)

    eventually(way.has_everything)


def test_a_replica_that_takes_over_is_found_without_anybody_saying_so(
    way: Way, cluster: Cluster, running: tuple[Relay, ConsumerLoop], tmp_path: Path
) -> None:
    dead = cluster.node_of(0)

    with cluster.replica_of(dead, tmp_path / "replica") as replica:
        with dead.down():
            way.create(20)
            eventually(way.has_everything)
            assert replica.role == "master"
        way.create(5)
        eventually(way.has_everything)
    way.create(5)
    eventually(way.has_everything)


def test_a_command_whose_answer_is_lost_is_sent_once(cluster: Cluster) -> None:
    client = connect(cluster.url, answer_timeout_s=0.3)
    assert isinstance(client, ClusterClient)
    key, other = stream_key(0), stream_key(3)
    for name in (key, other):
        client.set(name, "sent ")

    with cluster.node_of(0).frozen():
        pipe = client.pipeline(transaction=False)
        for name in (key, other):
            pipe.execute_command("APPEND", name, "once")
        with pytest.raises(redis.TimeoutError):
            pipe.execute()
        with pytest.raises(redis.ConnectionError):
            client.execute_command("APPEND", key, "not even sent")

    eventually(lambda: client.trouble_of(key.encode()) is None)
    assert (client.get(key), client.get(other)) == (b"sent once", b"sent once")
    client.close()
