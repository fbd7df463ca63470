"""A group is given everything once, in order, and whoever takes over finds what was in flight."""

import threading

import pytest
import redis

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Entry, GroupPosition, Streams
from core.errors import BrokerUnavailable, GroupMissing
from core.events.envelope import event_from_fields
from tests.support.events import make_run
from tests.support.links import PARTITIONS

GROUP = "analytics"


@pytest.fixture
def group(streams: Streams) -> str:
    streams.create_groups(GROUP)
    return GROUP


def positions(entries: list[Entry]) -> list[tuple[int, int]]:
    return [(entry.partition, entry.position) for entry in entries]


def test_a_group_is_given_each_entry_once_and_from_the_very_start(streams: Streams) -> None:
    run = make_run(1, 3)
    streams.append({0: run})
    streams.create_groups(GROUP)

    first = streams.read_new(GROUP, [0, 1], count=10, block_ms=10)
    second = streams.read_new(GROUP, [0, 1], count=10, block_ms=10)

    assert [event_from_fields(entry.fields or {}, 0, entry.position) for entry in first] == run
    assert second == []


def test_a_read_gives_at_most_so_many_of_each_partition(streams: Streams, group: str) -> None:
    streams.append({0: make_run(1, 5), 1: make_run(1, 5, partition=1)})

    entries = streams.read_new(group, [0, 1], count=2, block_ms=10)

    assert positions(entries) == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_a_read_leaves_other_partitions_alone(streams: Streams, group: str) -> None:
    streams.append({0: make_run(1, 1), 1: make_run(1, 1, partition=1)})

    assert positions(streams.read_new(group, [1], count=9, block_ms=10)) == [(1, 1)]
    assert positions(streams.read_new(group, [0, 1], count=9, block_ms=10)) == [(0, 1)]


def test_a_blocked_read_returns_as_soon_as_something_comes(
    streams: Streams, group: str, broker: EmbeddedBroker
) -> None:
    publisher = Streams(connect(broker.url), PARTITIONS)
    later = threading.Timer(0.1, publisher.append, args=({2: make_run(1, 1, partition=2)},))
    later.start()

    entries = streams.read_new(group, list(streams.partitions), count=9, block_ms=5_000)

    assert positions(entries) == [(2, 1)]
    later.join()
    publisher.close()


def test_what_was_not_acknowledged_is_given_again_oldest_first(streams: Streams, group: str) -> None:
    streams.append({0: make_run(1, 5)})
    streams.read_new(group, [0], count=5, block_ms=10)

    streams.acknowledge(group, {0: [1, 3]})

    assert positions(streams.read_in_flight(group, [0], count=2)) == [(0, 2), (0, 4)]
    assert positions(streams.read_in_flight(group, [0], count=9)) == [(0, 2), (0, 4), (0, 5)]


def test_whoever_takes_over_finds_what_the_one_before_had_in_flight(
    streams: Streams, group: str, broker: EmbeddedBroker
) -> None:
    streams.append({0: make_run(1, 2)})
    streams.read_new(group, [0], count=9, block_ms=10)

    successor = Streams(connect(broker.url), PARTITIONS)

    assert positions(successor.read_in_flight(group, [0], count=9)) == [(0, 1), (0, 2)]
    successor.close()


def test_an_entry_that_was_trimmed_while_in_flight_comes_without_fields(
    streams: Streams, group: str, client: redis.Redis
) -> None:
    streams.append({0: make_run(1, 2)})
    streams.read_new(group, [0], count=9, block_ms=10)
    client.xtrim("events:{0}", maxlen=0, approximate=False)

    assert streams.read_in_flight(group, [0], count=9) == [Entry(0, 1, None), Entry(0, 2, None)]


def test_groups_are_counted_by_the_broker(streams: Streams, group: str) -> None:
    streams.append({0: make_run(1, 3)})
    streams.read_new(group, [0], count=2, block_ms=10)
    streams.acknowledge(group, {0: [1]})

    assert streams.group_positions(group)[0] == GroupPosition(delivered=2, pending=1)
    assert streams.all_groups()[1] == {group: GroupPosition(delivered=0, pending=0)}
    assert streams.group_positions("nobody") == {}


def test_making_a_group_again_keeps_its_place(streams: Streams, group: str) -> None:
    streams.append({0: make_run(1, 3)})
    streams.read_new(group, [0], count=9, block_ms=10)

    streams.create_groups(group)

    assert streams.group_positions(group)[0] == GroupPosition(delivered=3, pending=3)


@pytest.mark.parametrize(
    "damage",
    [
        ("FLUSHALL",),
        ("DEL", "events:{1}"),
        ("XGROUP", "DESTROY", "events:{1}", GROUP),
        ("SET", "events:{1}", ""),
    ],
    ids=lambda damage: " ".join(damage[:2]),
)
def test_a_read_that_waits_is_told_when_its_group_goes(
    streams: Streams, group: str, client: redis.Redis, damage: tuple[str, ...]
) -> None:
    later = threading.Timer(0.1, client.execute_command, args=damage)
    later.start()

    with pytest.raises((GroupMissing, BrokerUnavailable)) as raised:
        streams.read_new(group, list(streams.partitions), count=9, block_ms=5_000)

    later.join()
    # Only a stream that has become something else is more than a missing group.
    assert isinstance(raised.value, BrokerUnavailable if damage[0] == "SET" else GroupMissing)


def test_reading_a_group_that_is_not_there_says_so(streams: Streams) -> None:
    with pytest.raises(GroupMissing):
        streams.read_new("nobody", [0], count=1, block_ms=10)
    with pytest.raises(GroupMissing):
        streams.read_in_flight("nobody", [0], count=1)


def test_acknowledging_to_a_group_that_is_gone_is_harmless(streams: Streams) -> None:
    streams.acknowledge("nobody", {0: [1, 2]})
