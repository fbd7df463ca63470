"""The streams keep what somebody needs, and a window to look at; memory that is short decides what a pause may hold."""

from pathlib import Path

import pytest
import redis

from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming.controls import Controls
from core.operating.installation import Installation
from core.operating.upkeep.trimmer import Trimmer
from tests.support.links import PARTITIONS
from tests.support.servers import data_dir_of
from tests.support.streams_view import events_in
from tests.support.trimming import EVENTS, everywhere, fill, move
from tests.support.waiting import PATIENCE_S, eventually

_BLOCK = 100


def first_kept(streams: Streams) -> list[int]:
    return list(streams.first_positions().values())


def fill_memory(client: redis.Redis, streams: Streams, share: float) -> None:
    """Set the limit so that this share of the memory is in use.

    What waits for a busy disk is memory too, as much as the streams themselves, and gone a moment later.
    """
    eventually(lambda: client.info("persistence")["aof_buffer_length"] == 0)
    client.config_set("maxmemory", int(streams.facts().memory_bytes / share))


def test_the_streams_are_trimmed_behind_the_slowest_consumer(
    installation: Installation, trimmer: Trimmer, streams: Streams
) -> None:
    fill(streams)
    move(installation, "fast", everywhere(EVENTS))
    move(installation, "slow", {0: 0, 1: 250, 2: 400, 3: EVENTS})

    removed = trimmer.trim()

    first = first_kept(streams)
    assert first[0] == 1
    assert 250 - _BLOCK < first[1] <= 251
    assert 400 - _BLOCK < first[2] <= 401
    assert EVENTS - _BLOCK < first[3] <= EVENTS
    assert removed == sum(first) - PARTITIONS
    assert trimmer.problem is None


def test_a_consumer_that_has_never_run_keeps_everything(
    installation: Installation, trimmer: Trimmer, streams: Streams
) -> None:
    fill(streams)
    move(installation, "fast", everywhere(EVENTS))

    assert trimmer.trim() == 0


def test_a_consumer_whose_watermark_can_not_be_read_keeps_everything(
    installation: Installation, trimmer: Trimmer, streams: Streams, tmp_path: Path
) -> None:
    fill(streams)
    for name in ("fast", "slow"):
        move(installation, name, everywhere(EVENTS))
    (tmp_path / "slow.db").write_bytes(b"no database" * 1_000)

    assert trimmer.trim() == 0
    assert trimmer.forget() == 0


def test_without_registered_consumers_nothing_is_trimmed(
    installation: Installation, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operating.upkeep.trimmer.WINDOW", 1)
    fill(streams)

    assert Trimmer(installation).trim() == 0


def test_a_group_that_the_broker_has_lost_changes_nothing(
    installation: Installation, trimmer: Trimmer, streams: Streams, client: redis.Redis
) -> None:
    fill(streams)
    streams.create_groups("slow")
    move(installation, "fast", everywhere(EVENTS))
    move(installation, "slow", everywhere(100))
    for number in range(PARTITIONS):
        client.xgroup_destroy(f"events:{{{number}}}", "slow")

    trimmer.trim()

    assert max(first_kept(streams)) <= 101


def test_what_is_in_flight_stays(installation: Installation, trimmer: Trimmer, streams: Streams) -> None:
    fill(streams)
    streams.create_groups("slow")
    streams.read_new("slow", [0], count=EVENTS, block_ms=10)
    streams.acknowledge("slow", {0: range(1, 301)})
    for name in ("fast", "slow"):
        move(installation, name, everywhere(EVENTS))

    trimmer.trim()

    first = first_kept(streams)
    assert first[0] <= 301
    assert first[1] > EVENTS - _BLOCK


def test_a_window_of_the_newest_entries_stays_while_there_is_memory(
    installation: Installation,
    trimmer: Trimmer,
    streams: Streams,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.operating.upkeep.trimmer.WINDOW", 400)
    fill(streams)
    for name in ("fast", "slow"):
        move(installation, name, everywhere(EVENTS))

    trimmer.trim()
    assert all(200 - _BLOCK < first <= 201 for first in first_kept(streams))

    fill_memory(client, streams, 0.9)
    trimmer.trim()
    assert all(EVENTS - _BLOCK < first <= EVENTS for first in first_kept(streams))


def test_a_paused_consumer_holds_the_trim_until_memory_is_short(
    installation: Installation, trimmer: Trimmer, controls: Controls, streams: Streams, client: redis.Redis
) -> None:
    fill(streams)
    streams.create_groups("slow")
    streams.read_new("slow", [0], count=50, block_ms=10)
    move(installation, "fast", everywhere(400))
    move(installation, "slow", everywhere(0))
    controls.pause("slow", seconds=None, by="ann", why="")

    fill_memory(client, streams, 0.7)
    assert trimmer.trim() == 0

    fill_memory(client, streams, 0.9)
    trimmer.trim()
    assert all(400 - _BLOCK < first <= 401 for first in first_kept(streams))
    assert trimmer.problem is None


def test_the_newest_entry_stays_even_when_everybody_is_paused(
    installation: Installation, trimmer: Trimmer, controls: Controls, streams: Streams, client: redis.Redis
) -> None:
    fill(streams)
    for name in ("fast", "slow"):
        controls.pause(name, seconds=None, by="ann", why="")
    client.set("filler", b"x" * 200_000)
    fill_memory(client, streams, 0.95)

    trimmer.trim()

    for number in range(PARTITIONS):
        assert events_in(client, number)[-1].position == EVENTS


def test_memory_that_is_short_for_another_reason_is_told_of_and_nothing_is_lost(
    installation: Installation, trimmer: Trimmer, streams: Streams, client: redis.Redis
) -> None:
    fill(streams)
    move(installation, "fast", everywhere(EVENTS))
    move(installation, "slow", everywhere(0))
    fill_memory(client, streams, 0.9)

    assert trimmer.trim() == 0
    assert trimmer.problem is not None
    assert f"slow has yet to deal with {EVENTS * PARTITIONS:,} events" in trimmer.problem

    client.config_set("maxmemory", "64mb")
    trimmer.trim()
    assert trimmer.problem is None


def test_memory_that_something_else_fills_is_told_of(
    installation: Installation, trimmer: Trimmer, streams: Streams, client: redis.Redis
) -> None:
    for name in ("fast", "slow"):
        move(installation, name, everywhere(0))
    fill_memory(client, streams, 0.9)

    trimmer.trim()

    assert "something else than the streams" in (trimmer.problem or "")


def test_a_running_trimmer_survives_a_broker_that_is_away(
    installation: Installation,
    controls: Controls,
    broker: EmbeddedBroker,
    streams: Streams,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.operating.upkeep.trimmer.WINDOW", 1)
    monkeypatch.setattr("core.operating.upkeep.trimmer.TRIM_EVERY_S", 0.01)
    fill(streams)
    for name in ("fast", "slow"):
        move(installation, name, everywhere(EVENTS))
    broker.stop()
    running = Trimmer(installation)
    running.start()

    again = EmbeddedBroker(data_dir_of(broker), memory_mb=64)
    again.start()
    eventually(lambda: min(first_kept(streams)) > EVENTS - _BLOCK)

    running.stop()
    running.join(PATIENCE_S)
    again.stop()
    assert not running.is_alive()
