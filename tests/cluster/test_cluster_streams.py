"""On a cluster the streams are as on one server: each partition on its node, all nodes asked at once, nothing sent twice."""

import threading
from collections.abc import Iterator

import pytest
import redis

from core.broker.client import connect
from core.broker.cluster_streams import open_streams
from core.broker.emptying import empty_streams
from core.broker.entry_look import EntryLook
from core.broker.group_look import GroupLook
from core.broker.seal import Seal
from core.broker.stream_ids import StreamIds
from core.broker.stream_look import Copy, StreamLook
from core.broker.streams import Entry, GroupPosition, Streams
from core.broker.trim import StreamTrim
from core.broker.wake import WakeListener, wake
from core.errors import BrokerUnavailable, GroupMissing, PositionGap
from core.events.partitioning import stream_key
from tests.support.clusters import Cluster
from tests.support.events import make_run
from tests.support.links import PARTITIONS
from tests.support.waiting import PATIENCE_S, eventually

GROUP = "analytics"
ALL = range(PARTITIONS)


@pytest.fixture
def client(cluster: Cluster) -> Iterator[redis.Redis]:
    """Give a client for the whole cluster."""
    with connect(cluster.url, answer_timeout_s=1.0) as opened:
        yield opened


def append_everywhere(streams: Streams, count: int) -> None:
    streams.append({number: make_run(1, count, partition=number) for number in ALL})


def positions(entries: list[Entry]) -> list[tuple[int, int]]:
    return sorted((entry.partition, entry.position) for entry in entries)


def test_partitions_of_all_nodes_are_appended_read_and_acknowledged(
    streams: Streams, cluster: Cluster
) -> None:
    streams.create_groups(GROUP)
    append_everywhere(streams, 3)

    entries = streams.read_new(GROUP, list(ALL), count=2, block_ms=10)
    streams.acknowledge(GROUP, {number: [1] for number in ALL})
    left = streams.read_in_flight(GROUP, list(ALL), count=10)

    assert len({cluster.node_of(number).port for number in ALL}) == 3
    assert positions(entries) == [(number, position) for number in ALL for position in (1, 2)]
    assert positions(left) == [(number, 2) for number in ALL]
    assert streams.last_positions() == dict.fromkeys(ALL, 3)
    assert streams.group_positions(GROUP) == dict.fromkeys(ALL, GroupPosition(delivered=2, pending=1))


def test_an_append_skips_what_is_there_and_refuses_a_gap_without_holding_up_the_others(
    streams: Streams,
) -> None:
    append_everywhere(streams, 2)

    assert streams.append({0: make_run(1, 3)}) == {0: 3}
    with pytest.raises(PositionGap, match="Partition 1 ends at 2"):
        streams.append({1: make_run(9, 9, partition=1), 2: make_run(3, 3, partition=2)})
    assert streams.last_positions() == {0: 3, 1: 2, 2: 3, 3: 2}


@pytest.mark.parametrize("partition", ALL)
def test_a_waiting_read_returns_as_soon_as_something_comes_to_any_node(
    streams: Streams, cluster: Cluster, partition: int
) -> None:
    streams.create_groups(GROUP)
    publisher = open_streams(cluster.url, PARTITIONS)
    run = make_run(1, 1, partition=partition)
    later = threading.Timer(0.1, publisher.append, args=({partition: run},))
    later.start()

    entries = streams.read_new(GROUP, list(ALL), count=9, block_ms=60_000)

    later.join()
    publisher.close()
    assert positions(entries) == [(partition, 1)]


def test_a_missing_group_is_told_as_on_one_server(streams: Streams) -> None:
    with pytest.raises(GroupMissing):
        streams.read_new(GROUP, list(ALL), count=1, block_ms=10)


def test_what_looks_at_streams_looks_at_all_nodes(
    streams: Streams, cluster: Cluster, client: redis.Redis
) -> None:
    streams.create_groups(GROUP)
    append_everywhere(streams, 3)
    streams.read_new(GROUP, list(ALL), count=2, block_ms=10)
    places = [(number, 2) for number in ALL]

    assert StreamLook(client, Seal()).copies(places) == dict.fromkeys(places, Copy.THERE)
    flights = StreamLook(client, Seal()).in_flight([(3, 1), (3, 2), (3, 3), (2, 2)])
    groups = {place: [one.group for one in own] for place, own in flights.items()}
    assert groups == {(3, 1): [GROUP], (3, 2): [GROUP], (3, 3): [], (2, 2): [GROUP]}
    assert {part.pending for part in GroupLook(client).look(GROUP, ALL, most=9).by_partition.values()} == {2}
    assert {
        state.groups[GROUP].deliveries for state in EntryLook(client).look(places, [GROUP]).by_place.values()
    } == {1}
    assert [page.entries for number in ALL for page in StreamIds(client).pages(number)] == [3] * PARTITIONS

    empty_streams(cluster.url, PARTITIONS)

    assert streams.last_positions() == dict.fromkeys(ALL, 0)


def test_while_a_node_is_away_what_looks_at_streams_tells_of_the_others_and_which_do_not_answer(
    streams: Streams, cluster: Cluster
) -> None:
    streams.create_groups(GROUP)
    append_everywhere(streams, 3)
    streams.read_new(GROUP, list(ALL), count=2, block_ms=10)
    places = [(number, 2) for number in ALL]
    node = cluster.node_of(0)
    gone = {number for number in ALL if cluster.node_of(number) is node}

    with node.frozen(), connect(cluster.url, answer_timeout_s=0.5) as client:
        entries = EntryLook(client).look(places, [GROUP])
        parts = GroupLook(client).look(GROUP, ALL, most=9)
        look = StreamLook(client, Seal())
        copies, flights = look.copies(places), look.in_flight(places)
    eventually(cluster.is_whole)

    rest = set(ALL) - gone
    assert rest
    assert {number for number, _ in entries.by_place} == set(parts.by_partition) == rest
    assert set(entries.away) == set(parts.away) == gone
    assert str(node.port) in parts.away[0]
    assert set(flights) == {(number, 2) for number in rest}
    assert {one.group for own in flights.values() for one in own} == {GROUP}
    assert copies == {(number, 2): Copy.UNKNOWN if number in gone else Copy.THERE for number in ALL}


def test_streams_are_trimmed_skipped_and_guarded_on_their_nodes(
    streams: Streams, client: redis.Redis
) -> None:
    streams.create_groups(GROUP)
    append_everywhere(streams, 300)
    streams.read_new(GROUP, list(ALL), count=5, block_ms=10)
    trim = StreamTrim(client, PARTITIONS)

    assert trim.oldest_in_flight([1, 3]) == {1: {GROUP: 1}, 3: {GROUP: 1}}
    assert trim.trim(dict.fromkeys(ALL, 250)) > 100 * PARTITIONS
    assert set(streams.first_positions().values()) != {1}

    streams.skip_to({2: 400})
    client.execute_command("XADD", stream_key(0), "301-0", "not", "ours")
    client.delete(stream_key(1))
    client.execute_command("SET", stream_key(1), "no stream")

    assert streams.guard.remove_what_is_no_stream() == [1]
    assert streams.guard.is_foreign_after(0, 300)
    assert streams.last_positions() == {0: 301, 1: 0, 2: 400, 3: 300}


def test_a_knock_on_any_node_wakes_the_relay_at_another(cluster: Cluster, client: redis.Redis) -> None:
    heard = threading.Event()
    listener = WakeListener(cluster.url, heard.set)
    listener.start()
    assert heard.wait(PATIENCE_S)  # It looks by itself when it begins to listen.
    heard.clear()
    for node in cluster.nodes:
        with connect(f"redis://{node.address}") as knocker:
            wake(knocker)
        assert heard.wait(PATIENCE_S)
        heard.clear()
    wake(client)
    assert heard.wait(PATIENCE_S)
    listener.stop()
    listener.join(PATIENCE_S)


def test_facts_are_those_of_the_fullest_node_and_name_the_one_that_refuses(
    streams: Streams, cluster: Cluster
) -> None:
    assert streams.facts().refuses is None
    full = cluster.nodes[1]
    full.client.config_set("maxmemory", 1_000_000)

    facts = streams.facts()
    full.client.config_set("maxmemory", 0)

    assert facts.memory_limit_bytes == 1_000_000
    assert facts.refuses is not None
    assert facts.refuses.startswith(full.address)
    assert len(set(facts.run_id.split())) == 3
    assert not facts.is_lone_node


def test_a_slot_on_its_way_is_asked_for_where_it_is_going_and_found_there_afterwards(
    streams: Streams, cluster: Cluster
) -> None:
    home, elsewhere = cluster.node_of(0), cluster.node_of(3)
    streams.append({1: make_run(1, 1, partition=1)})

    cluster.begin_move(0, home, elsewhere)
    asked = streams.append({0: make_run(1, 2), 1: make_run(2, 2, partition=1)})
    there = elsewhere.client.info("commandstats")
    cluster.end_move(0, home, elsewhere)
    moved = streams.append({0: make_run(3, 3)})
    lasts = streams.last_positions()
    cluster.move(0, elsewhere, home)

    assert there["cmdstat_asking"]["calls"] > 0
    assert (asked, moved) == ({0: 2, 1: 2}, {0: 3})
    assert lasts == {0: 3, 1: 2, 2: 0, 3: 0}
    assert streams.last_positions() == lasts


def test_without_any_node_nothing_is_sent_and_the_error_names_them_all() -> None:
    streams = open_streams("redis+cluster://127.0.0.1:1,127.0.0.1:2", PARTITIONS)

    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:1.*127\.0\.0\.1:2"):
        streams.last_positions()
    assert "127.0.0.1:1" in (streams.why_waiting() or "")
    streams.close()
