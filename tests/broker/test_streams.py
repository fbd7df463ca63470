"""Positions are stream ids: append at a position or not at all, and read as a group without missing anything."""

import threading
from collections.abc import Iterator

import pytest
import redis

from core.broker.client import connect
from core.broker.server import EmbeddedBroker, socket_path
from core.broker.streams import Entry, GroupPosition, Streams
from core.errors import BrokerUnavailable, GroupMissing, PositionGap
from core.events.envelope import event_from_fields
from tests.support.events import created, make_event, make_run
from tests.support.links import PARTITIONS
from tests.support.proxy import LossyProxy
from tests.support.streams_view import entries_in, events_in
from tests.support.waiting import eventually

GROUP = "analytics"


def positions(entries: list[Entry]) -> list[tuple[int, int]]:
    return [(entry.partition, entry.position) for entry in entries]


@pytest.fixture
def group(streams: Streams) -> str:
    streams.create_groups(GROUP)
    return GROUP


# Appending


def test_events_lie_in_the_stream_at_their_positions(streams: Streams, client: redis.Redis) -> None:
    run = make_run(1, 5)

    assert streams.append({0: run}) == {0: 5}

    assert events_in(client, 0) == run
    assert [entry_id for entry_id, _ in entries_in(client, 0)] == [b"%d-0" % n for n in range(1, 6)]


def test_what_is_there_already_is_skipped(streams: Streams, client: redis.Redis) -> None:
    run = make_run(1, 6)
    streams.append({0: run[:4]})

    assert streams.append({0: run[1:]}) == {0: 6}
    assert streams.append({0: run}) == {0: 6}

    assert events_in(client, 0) == run


def test_an_older_run_changes_nothing_and_tells_the_true_end(streams: Streams, client: redis.Redis) -> None:
    run = make_run(1, 6)
    streams.append({0: run})

    assert streams.append({0: run[:2]}) == {0: 6}

    assert events_in(client, 0) == run


@pytest.mark.parametrize("there", [0, 3], ids=["an empty stream", "a stream that ends earlier"])
def test_a_run_that_would_leave_a_gap_is_refused(streams: Streams, client: redis.Redis, there: int) -> None:
    run = make_run(1, 6)
    if there:
        streams.append({0: run[:there]})

    with pytest.raises(PositionGap, match=f"Partition 0 ends at {there}; position 5 would leave a gap"):
        streams.append({0: run[4:]})

    assert events_in(client, 0) == run[:there]


def test_a_gap_in_one_partition_does_not_hold_up_the_others(streams: Streams, client: redis.Redis) -> None:
    other = make_run(1, 2, partition=1)

    with pytest.raises(PositionGap, match="Partition 0"):
        streams.append({0: make_run(2, 3), 1: other})

    assert events_in(client, 1) == other


def test_a_stream_that_was_trimmed_empty_still_knows_its_end(streams: Streams, client: redis.Redis) -> None:
    streams.append({0: make_run(1, 5)})
    client.xtrim("events:{0}", maxlen=0, approximate=False)

    assert streams.last_positions()[0] == 5
    assert streams.append({0: make_run(4, 6)}) == {0: 6}

    assert [event.position for event in events_in(client, 0)] == [6]


def test_a_deleted_stream_begins_again(streams: Streams, client: redis.Redis) -> None:
    run = make_run(1, 3)
    streams.append({0: run})
    client.delete("events:{0}")

    assert streams.last_positions() == dict.fromkeys(range(PARTITIONS), 0)
    assert streams.append({0: run}) == {0: 3}


def test_positions_may_grow_large(streams: Streams, client: redis.Redis) -> None:
    far = 2**40
    client.xadd("events:{0}", {"seed": "1"}, id=f"{far}-0")

    assert streams.append({0: make_run(far + 1, far + 2)}) == {0: far + 2}

    assert streams.last_positions()[0] == far + 2


def test_two_relays_at_the_same_time_do_no_harm(
    broker: EmbeddedBroker, streams: Streams, client: redis.Redis
) -> None:
    run = make_run(1, 400)

    def publish(mine: Streams) -> None:
        for start in range(0, 400, 10):
            mine.append({0: run[start : start + 25]})

    others = [Streams(connect(broker.url), PARTITIONS) for _ in range(3)]
    threads = [threading.Thread(target=publish, args=(mine,)) for mine in (streams, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert events_in(client, 0) == run
    for other in others:
        other.close()


def test_a_key_of_another_kind_is_reported_not_overwritten(streams: Streams, client: redis.Redis) -> None:
    client.set("events:{0}", "no stream")

    with pytest.raises(BrokerUnavailable, match="WRONGTYPE"):
        streams.append({0: make_run(1, 1)})
    with pytest.raises(BrokerUnavailable, match="WRONGTYPE"):
        streams.last_positions()


# Reading


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


# A broker that loses things


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


# Answers that get lost


@pytest.fixture
def lossy(broker: EmbeddedBroker) -> Iterator[LossyProxy]:
    place = socket_path(broker._folder.parent)
    proxy = LossyProxy(place.with_name("lossy.sock"), place)
    yield proxy
    proxy.close()


def test_a_command_whose_answer_is_lost_is_sent_once(lossy: LossyProxy, client: redis.Redis) -> None:
    # The library's own default sends it up to eleven times, and then reports success.
    with connect(lossy.url, answer_timeout_s=0.2) as hasty:
        hasty.ping()
        lossy.losing.set()

        with pytest.raises(redis.TimeoutError):
            hasty.xadd("plain", {"n": "1"})

    eventually(lambda: client.xlen("plain") == 1)
    assert client.info("commandstats")["cmdstat_xadd"]["calls"] == 1


def test_an_append_whose_answer_is_lost_can_be_repeated(lossy: LossyProxy, client: redis.Redis) -> None:
    run = make_run(1, 3)
    streams = Streams(connect(lossy.url, answer_timeout_s=0.2), PARTITIONS)
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


# A broker that refuses, and what it says of itself


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
