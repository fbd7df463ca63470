"""Each event has one effect, in order, however often it is delivered and whoever dies."""

from pathlib import Path

import redis
from sqlalchemy import select

from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming.inbox import Inbox
from core.consuming.tables import inbox as receipts
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.links import give_positions
from tests.support.looping import Check, StartLoop, in_flight, rewind, take_all
from tests.support.programs import next_line, program
from tests.support.waiting import PATIENCE_S, eventually


def test_each_event_has_one_effect_in_order_and_nothing_stays_in_flight(
    feed: Feed, start_loop: StartLoop, has_everything: Check, streams: Streams
) -> None:
    feed.links(20)
    loop = start_loop()
    eventually(has_everything)

    feed.links(20)

    eventually(has_everything)
    eventually(lambda: in_flight(streams) == 0)
    assert loop.status.error is None
    assert loop.absorbed == 0


def test_more_than_a_batch_is_taken_batch_by_batch(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect
) -> None:
    collect.batch_size = 4
    sizes: list[int] = []
    collect.after = lambda events: sizes.append(len(events))
    feed.links(40)

    start_loop()

    eventually(has_everything)
    assert max(sizes) <= 4
    assert sum(sizes) == 40


def test_types_that_it_does_not_handle_are_passed_by_with_a_receipt(
    feed: Feed, start_loop: StartLoop, has_everything: Check, database: Database
) -> None:
    (slug,) = feed.links(1)
    for _ in range(3):
        feed.side.producer.click(slug)
    feed.side.producer.archive_link(slug, by="ann")
    feed.publish()

    start_loop()

    eventually(has_everything)
    with database.reading() as db:
        outcomes = list(db.scalars(select(receipts.c.outcome).order_by(receipts.c.position)))
    assert outcomes == ["applied", "ignored", "ignored", "ignored", "applied"]


def test_its_helper_is_told_of_each_commit(feed: Feed, start_loop: StartLoop) -> None:
    loop = start_loop()
    feed.links(1)
    assert loop._means.committed.wait(PATIENCE_S)

    loop._means.committed.clear()
    feed.links(1)

    assert loop._means.committed.wait(PATIENCE_S)


def test_what_the_broker_delivers_again_has_no_second_effect(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, streams: Streams
) -> None:
    loop = start_loop()
    feed.links(20)
    eventually(has_everything)

    rewind(client)
    eventually(lambda: loop.absorbed == 20)
    feed.links(5)

    eventually(has_everything)
    eventually(lambda: in_flight(streams) == 0)


def test_what_was_committed_but_not_acknowledged_is_acknowledged_later(
    feed: Feed,
    start_loop: StartLoop,
    has_everything: Check,
    collect: Collect,
    database: Database,
    streams: Streams,
) -> None:
    # A worker that is killed between commit and acknowledgement leaves just this.
    feed.links(12)
    streams.create_groups("collect")
    streams.read_new("collect", list(streams.partitions), count=100, block_ms=10)
    dead = Inbox(collect, database, "dead worker")
    dead.prepare(list(streams.partitions), feed.side.outbox)
    held = take_all(database, "dead worker")
    runs = {number: feed.side.outbox.read(number, after=0, limit=2) for number in streams.partitions}
    dead.apply({number: run for number, run in runs.items() if run}, held)
    feed.links(8)

    loop = start_loop()

    eventually(has_everything)
    eventually(lambda: in_flight(streams) == 0)
    assert loop.absorbed == sum(map(len, runs.values()))


def test_what_a_dead_worker_had_in_flight_comes_before_anything_new(
    feed: Feed, start_loop: StartLoop, has_everything: Check, streams: Streams
) -> None:
    feed.links(20)
    streams.create_groups("collect")
    streams.read_new("collect", list(streams.partitions), count=3, block_ms=10)

    start_loop()

    eventually(has_everything)
    eventually(lambda: in_flight(streams) == 0)


def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(
    feed: Feed,
    start_loop: StartLoop,
    has_everything: Check,
    database: Database,
    broker: EmbeddedBroker,
    tmp_path: Path,
) -> None:
    for _ in range(4):
        with program("tests.support.consume_program", tmp_path, broker.url) as worker:
            assert next_line(worker) == "ready"
            before = len(feed.expected())
            done = sum(map(len, collected(database).values()))
            feed.links(60)
            eventually(lambda: sum(map(len, collected(database).values())) > done)  # noqa: B023
            worker.kill()  # With -9, in the middle of its work.
        assert before <= len(feed.expected())

    start_loop()

    eventually(has_everything)
    assert sum(map(len, collected(database).values())) == 240


def test_a_worker_that_has_lost_its_partitions_starts_again_from_where_they_are(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect, database: Database
) -> None:
    loop = start_loop()
    feed.links(4)
    eventually(has_everything)
    for _ in range(8):
        feed.side.producer.create_link("https://example.com/", by="ann")
    give_positions(feed.side.outbox)
    other = Inbox(collect, database, "another worker")
    held = take_all(database, "another worker")
    runs = {
        number: feed.side.outbox.read(number, after=holding.position, limit=100)
        for number, holding in held.items()
    }

    # Another one has filled the hole from the outbox before the broker had anything to deliver.
    other.apply({number: run for number, run in runs.items() if run}, held)
    feed.publish()
    feed.links(8)

    eventually(has_everything)
    eventually(lambda: loop.absorbed >= 8)
    assert loop.status.error is None
