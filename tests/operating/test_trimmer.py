"""The streams keep what somebody needs, and a window to look at; the outbox keeps what is young or needed."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import redis
from sqlalchemy import delete, insert, text, update

from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming import tables
from core.consuming.controls import Controls
from core.consuming.tables import parked, watermarks
from core.events.times import rfc3339
from core.operating.installation import Installation
from core.operating.upkeep.floors import Floors
from core.operating.upkeep.trimmer import Trimmer
from core.producing.producer import Producer
from core.producing.relay import Relay
from core.producing.tables import outbox
from core.settings import Settings
from core.storage.schema import prepare
from tests.support.events import created, make_event
from tests.support.links import PARTITIONS, SHORT_BASE
from tests.support.relaying import publish_all
from tests.support.servers import data_dir_of
from tests.support.streams_view import events_in
from tests.support.waiting import eventually

#: Enough that whole blocks of a stream can go; the broker keeps the rest of the last block.
EVENTS = 600
_BLOCK = 100


@pytest.fixture
def installation(tmp_path: Path, broker: EmbeddedBroker) -> Iterator[Installation]:
    opened = Installation(Settings(data_dir=tmp_path, broker=broker.url, partitions=PARTITIONS))
    yield opened
    opened.close()


@pytest.fixture
def controls(installation: Installation) -> Controls:
    """Give the controls of an installation with two consumers, of which none has ever run."""
    controls = Controls(installation.control)
    controls.register(("fast", "slow"))
    return controls


@pytest.fixture
def trimmer(
    installation: Installation, controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Trimmer]:
    """Give a trimmer that is not running and leaves no window."""
    monkeypatch.setattr("core.operating.upkeep.trimmer.WINDOW", 1)
    trimmer = Trimmer(installation)
    yield trimmer
    trimmer._floors.close()
    trimmer._streams.close()
    trimmer._trim.close()


def fill(streams: Streams, count: int = EVENTS) -> None:
    for number in range(PARTITIONS):
        streams.append(
            {
                number: [
                    make_event(created(f"link-{place}"), place, partition=number)
                    for place in range(1, count + 1)
                ]
            }
        )


def move(installation: Installation, consumer: str, positions: Mapping[int, int]) -> None:
    """Put a consumer's watermarks there."""
    database = installation.open_database(consumer)
    prepare(database, tables.metadata)
    with database.transaction() as db:
        db.execute(delete(watermarks))
        db.execute(insert(watermarks), [{"partition": n, "position": p} for n, p in positions.items()])
    database.close()


def everywhere(position: int) -> dict[int, int]:
    return dict.fromkeys(range(PARTITIONS), position)


def first_kept(streams: Streams) -> list[int]:
    return list(streams.first_positions().values())


def fill_memory(client: redis.Redis, streams: Streams, share: float) -> None:
    """Set the limit so that this share of the memory is in use."""
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
    running.join(5)
    again.stop()
    assert not running.is_alive()


# The outbox


def commit_old_events(installation: Installation, streams: Streams, count: int = 80) -> None:
    """Publish links, then let all be ten days old."""
    producer = Producer(
        installation.links,
        installation.outbox,
        installation.teams,
        short_base=SHORT_BASE,
        on_commit=lambda: None,
    )
    for _ in range(count):
        producer.create_link("https://example.com/", by="ann")
    publish_all(Relay(installation.outbox, streams))
    with installation.links.transaction() as db:
        db.execute(update(outbox).values(time=rfc3339(time.time() - 10 * 86_400)))


def test_old_events_go_that_no_consumer_needs(
    installation: Installation, trimmer: Trimmer, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operating.upkeep.trimmer._FORGET_AT_ONCE", 3)
    commit_old_events(installation, streams)
    given = {cursor.partition: cursor.given for cursor in installation.outbox.cursors()}
    move(installation, "fast", given)
    move(installation, "slow", {**given, 1: 2})

    deleted = trimmer.forget()

    assert installation.outbox.oldest() == {
        **{number: last + 1 for number, last in given.items()},
        1: 3,
    }
    assert deleted == sum(given.values()) - given[1] + 2


def test_events_stay_that_a_parked_one_or_a_later_one_is(
    installation: Installation, trimmer: Trimmer, streams: Streams
) -> None:
    commit_old_events(installation, streams)
    for name in ("fast", "slow"):
        move(installation, name, {c.partition: c.given for c in installation.outbox.cursors()})
    (event,) = installation.outbox.read(0, after=2, limit=1)
    database = installation.open_database("slow")
    with database.transaction() as db:
        columns = {column.name for column in parked.columns}
        row = {name: getattr(event, name) for name in event.__struct_fields__ if name in columns}
        db.execute(insert(parked).values(**row, parked_at=0.0))
    database.close()

    trimmer.forget()

    assert installation.outbox.oldest()[0] == 3


def test_young_events_stay(installation: Installation, trimmer: Trimmer, streams: Streams) -> None:
    commit_old_events(installation, streams)
    for name in ("fast", "slow"):
        move(installation, name, {c.partition: c.given for c in installation.outbox.cursors()})
    with installation.links.transaction() as db:
        db.execute(update(outbox).values(time=rfc3339(time.time() - 6 * 86_400)))

    assert trimmer.forget() == 0


def test_a_retention_of_nought_days_keeps_events_for_ever(
    tmp_path: Path, broker: EmbeddedBroker, controls: Controls, streams: Streams
) -> None:
    settings = Settings(data_dir=tmp_path, broker=broker.url, partitions=PARTITIONS, retention_days=0)
    keeping = Installation(settings)
    commit_old_events(keeping, streams)
    for name in ("fast", "slow"):
        move(keeping, name, {c.partition: c.given for c in keeping.outbox.cursors()})

    assert Trimmer(keeping).forget() == 0
    keeping.close()


def test_the_lowest_watermark_is_the_floor(installation: Installation, controls: Controls) -> None:
    floors = Floors(installation)
    assert floors.lowest() == everywhere(0)

    move(installation, "fast", {0: 10, 1: 5, 2: 7, 3: 1})
    move(installation, "slow", {0: 3, 1: 8, 2: 7})
    assert floors.lowest() == {0: 3, 1: 5, 2: 7, 3: 0}

    database = installation.open_database("slow")
    with database.transaction() as db:
        db.execute(text("DROP TABLE parked"))
    database.close()
    assert floors.lowest() == {}
    floors.close()
