"""Positions are stream ids: append at a position or not at all."""

import threading

import pytest
import redis

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.errors import BrokerUnavailable, PositionGap
from tests.support.events import make_run
from tests.support.links import PARTITIONS
from tests.support.streams_view import entries_in, events_in
from tests.support.waiting import PATIENCE_S


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
        thread.join(PATIENCE_S)

    assert events_in(client, 0) == run
    for other in others:
        other.close()


def test_a_key_of_another_kind_is_reported_not_overwritten(streams: Streams, client: redis.Redis) -> None:
    client.set("events:{0}", "no stream")

    with pytest.raises(BrokerUnavailable, match="WRONGTYPE"):
        streams.append({0: make_run(1, 1)})
    with pytest.raises(BrokerUnavailable, match="WRONGTYPE"):
        streams.last_positions()


def test_a_broker_that_has_forgotten_the_script_is_given_it_with_the_call_and_is_not_asked_beforehand(
    streams: Streams, client: redis.Redis
) -> None:
    runs = {number: make_run(1, 6, partition=number) for number in range(PARTITIONS)}
    client.config_resetstat()
    streams.append({number: run[:2] for number, run in runs.items()})
    client.script_flush()

    lasts = streams.append({number: run[2:4] for number, run in runs.items()})
    streams.append({number: run[4:] for number, run in runs.items()})

    assert lasts == dict.fromkeys(range(PARTITIONS), 4)
    assert {number: events_in(client, number) for number in runs} == runs
    calls = client.info("commandstats")
    assert "cmdstat_script|exists" not in calls
    # As often as there was something to append: what was refused as unknown was called once more, with the script.
    appends = calls["cmdstat_evalsha"]["calls"] + calls["cmdstat_eval"]["calls"]
    assert appends - calls["cmdstat_evalsha"]["failed_calls"] == 3 * PARTITIONS


def test_an_append_that_is_refused_says_it_in_the_servers_own_words(
    streams: Streams, client: redis.Redis
) -> None:
    client.set("events:{1}", "no stream")

    with pytest.raises(BrokerUnavailable, match="WRONGTYPE"):
        streams.append({0: make_run(1, 2), 1: make_run(1, 2, partition=1)})

    assert len(events_in(client, 0)) == 2
