"""Streams forget what they are told to, never what is in flight, and know their end all the same."""

from collections.abc import Iterator

import pytest
import redis

from core.broker.client import connect
from core.broker.emptying import empty_streams
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.broker.trim import StreamTrim
from core.errors import PositionGap
from tests.support.events import make_run
from tests.support.links import PARTITIONS
from tests.support.streams_view import events_in


@pytest.fixture
def trim(broker: EmbeddedBroker) -> Iterator[StreamTrim]:
    opened = StreamTrim(connect(broker.url), PARTITIONS)
    yield opened
    opened.close()


def test_entries_up_to_a_position_are_removed_except_for_a_few(
    streams: Streams, trim: StreamTrim, client: redis.Redis
) -> None:
    run = make_run(1, 600)
    streams.append({0: run, 1: make_run(1, 300, partition=1)})

    removed = trim.trim({0: 450, 1: 0})

    assert 350 <= removed <= 450
    assert events_in(client, 0) == run[removed:]
    assert streams.first_positions()[0] == removed + 1
    assert streams.last_positions()[0] == 600
    assert len(events_in(client, 1)) == 300


def test_a_long_stream_is_trimmed_portion_by_portion(
    streams: Streams, trim: StreamTrim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.broker.trim._AT_ONCE", 100)
    streams.append({0: make_run(1, 1_000)})

    assert trim.trim({0: 1_000}) > 800


def test_the_oldest_entry_in_flight_is_known_per_group(streams: Streams, trim: StreamTrim) -> None:
    streams.create_groups("slow")
    streams.create_groups("fast")
    streams.append({0: make_run(1, 10), 1: make_run(1, 10, partition=1)})
    for group in ("slow", "fast"):
        streams.read_new(group, [0, 1], count=10, block_ms=10)
    streams.acknowledge("slow", {0: [1, 2, 3]})
    streams.acknowledge("fast", {0: range(1, 11), 1: range(1, 10)})

    assert trim.oldest_in_flight(range(2)) == {0: {"slow": 4}, 1: {"slow": 1, "fast": 10}}


def test_a_broker_without_streams_has_nothing_in_flight_and_nothing_to_trim(trim: StreamTrim) -> None:
    assert trim.oldest_in_flight(range(2)) == {}
    assert trim.trim(dict.fromkeys(range(PARTITIONS), 10)) == 0


def test_the_first_position_of_an_empty_stream_is_the_next_one(streams: Streams, client: redis.Redis) -> None:
    streams.append({0: make_run(1, 5), 1: make_run(1, 5, partition=1)})
    client.xtrim("events:{1}", maxlen=0, approximate=False)

    assert streams.first_positions() == {0: 1, 1: 6, 2: 1, 3: 1}


@pytest.mark.parametrize("there", [0, 3], ids=["no stream", "a stream that ends earlier"])
def test_a_stream_goes_on_behind_the_position_that_it_skips_to(
    streams: Streams, client: redis.Redis, there: int
) -> None:
    run = make_run(1, 12)
    if there:
        streams.append({0: run[:there]})

    streams.skip_to({0: 10})

    assert streams.last_positions()[0] == 10
    with pytest.raises(PositionGap):
        streams.append({0: run[11:]})
    assert streams.append({0: run[10:]}) == {0: 12}
    assert events_in(client, 0) == run[10:]


def test_skipping_never_goes_back(streams: Streams, client: redis.Redis) -> None:
    run = make_run(1, 5)
    streams.append({0: run})

    streams.skip_to({0: 3})

    assert streams.last_positions()[0] == 5
    assert events_in(client, 0) == run


def test_a_group_reads_on_behind_what_was_skipped(streams: Streams) -> None:
    streams.create_groups("group")
    streams.skip_to({0: 10})
    streams.append({0: make_run(11, 12)})

    entries = streams.read_new("group", [0], count=10, block_ms=10)

    assert [entry.position for entry in entries] == [11, 12]


def test_emptied_streams_are_gone_with_their_groups_and_nothing_else_is(
    broker: EmbeddedBroker, streams: Streams, client: redis.Redis
) -> None:
    client.set("somebody else's", "1")
    streams.create_groups("group")
    streams.append({0: make_run(1, 5)})

    empty_streams(broker.url, PARTITIONS)

    assert client.keys() == [b"somebody else's"]
    assert streams.last_positions() == dict.fromkeys(range(PARTITIONS), 0)
    empty_streams(broker.url, PARTITIONS)
