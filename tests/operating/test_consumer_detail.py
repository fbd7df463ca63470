"""One consumer in detail: our books and the broker's side by side, and each part says when it is unknown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.broker.server import EmbeddedBroker
from core.broker.stream_look import Copy
from core.broker.streams import Streams
from core.errors import StoreUnavailable
from core.events.envelope import Event
from core.operating.consumer_detail import ConsumerDetail
from tests.support.links import give_positions
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


@pytest.fixture
def broker(place: Place, short_dir: Path) -> Iterator[EmbeddedBroker]:
    """Give the broker of the installation."""
    broker = EmbeddedBroker(short_dir, memory_mb=64)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def streams(place: Place, broker: EmbeddedBroker) -> Iterator[Streams]:
    """Give its streams, with billing's group."""
    streams = place.desk._installation.open_streams()
    streams.create_groups("billing")
    yield streams
    streams.close()


def read(place: Place, name: str = "billing") -> ConsumerDetail:
    return place.desk.reading_room.consumers.read(name)


def published(place: Place, streams: Streams, *slugs: str) -> list[Event]:
    """Create links and publish what came of it, as the relay does."""
    created = {place.created(slug).event_id for slug in slugs}
    events = [event for event in place.events() if event.event_id in created]
    for event in events:
        streams.append({event.partition: [event]})
    give_positions(place.desk._installation.outbox, {event.partition: event.position for event in events})
    return sorted(events, key=lambda event: (event.partition, event.position))


def test_partitions_show_our_books_beside_the_brokers(place: Place, streams: Streams) -> None:
    one, *_ = published(place, streams, "one", "two")
    place.stores["billing"].reached(one.partition, 0)
    place.beat("billing")
    streams.read_new("billing", list(streams.partitions), count=10, block_ms=10)

    detail = read(place)

    assert [part.partition for part in detail.partitions] == list(streams.partitions)
    part = detail.partitions[one.partition]
    assert (part.lag, part.position, part.owner, part.is_owner_alive) == (part.published, 0, None, False)
    assert part.by_broker is not None
    assert part.by_broker.delivered == part.by_broker.pending == part.published
    assert [beat.worker_id for beat in detail.workers] == ["w"]
    assert sum(part.lag for part in detail.partitions) == 2
    assert (detail.in_flight_total, detail.broker_error) == (2, "")


def test_what_is_in_flight_is_shown_with_its_event_or_as_trimmed(place: Place, streams: Streams) -> None:
    events = published(place, streams, "one", "two")
    streams.read_new("billing", list(streams.partitions), count=10, block_ms=10)
    for number in {event.partition for event in events}:
        streams.read_in_flight("billing", [number], count=10)
    gone = events[0]
    streams._client.execute_command("XTRIM", streams._keys[gone.partition], "MINID", gone.position + 1)

    found = read(place).in_flight or ()

    flights = {(one.partition, one.position): one for one in found}
    assert {place: one.event for place, one in flights.items()} == {
        (event.partition, event.position): event for event in events
    }
    trimmed = flights[gone.partition, gone.position]
    assert trimmed.copy is Copy.TRIMMED
    assert {one.deliveries for one in found} == {2}
    assert all(one.idle_s >= 0 for one in found)
    assert sum(one.copy is Copy.THERE for one in found) == 1


def test_keys_that_wait_come_with_the_count_of_their_events(place: Place, streams: Streams) -> None:
    event = place.created("one")
    place.stores["billing"].park(event)

    detail = read(place)

    (waiting,) = detail.keys
    key = waiting.key
    assert waiting.slug == "one"
    assert (key.consumer, key.link_id, key.attempts, key.events) == ("billing", event.link_id, 2, 1)
    assert detail.keys_total == 1


def test_a_broker_that_is_away_takes_only_its_own_figures_with_it(place: Place) -> None:
    event = place.created("one")
    place.stores["billing"].park(event)

    detail = read(place)

    assert detail.in_flight is None
    assert detail.in_flight_total is None
    assert detail.broker_error
    assert all(part.by_broker is None for part in detail.partitions)
    assert detail.keys_total == 1


def test_a_consumer_that_never_ran_has_done_nothing_yet(place: Place, streams: Streams) -> None:
    published(place, streams, "one")

    detail = read(place, "dashboard")

    assert sum(part.lag for part in detail.partitions) == 1
    assert {part.by_broker for part in detail.partitions} == {None}
    assert (detail.keys, detail.in_flight, detail.workers) == ((), (), ())


def test_a_database_that_cannot_be_read_is_said(place: Place, streams: Streams) -> None:
    (place.desk.settings.data_dir / "dashboard.db").write_bytes(b"no database" * 1_000)

    with pytest.raises(StoreUnavailable, match="dashboard"):
        read(place, "dashboard")
