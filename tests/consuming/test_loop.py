"""Through any failure each event has one effect, in order; what fails holds up no more than it must, and says so."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import redis
from sqlalchemy import select

from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming import loop as loop_module
from core.consuming.controls import Wanted
from core.consuming.inbox import Inbox
from core.consuming.loop import ConsumerLoop
from core.consuming.tables import inbox as receipts
from core.events.envelope import Event
from core.events.partitioning import stream_key
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.links import PARTITIONS
from tests.support.programs import next_line, program
from tests.support.streams_view import entries_in
from tests.support.waiting import eventually, never

Check = Callable[[], bool]
StartLoop = Callable[[], ConsumerLoop]


def in_flight(streams: Streams) -> int:
    return sum(group.pending for group in streams.group_positions("collect").values())


def delivered(streams: Streams) -> dict[int, int]:
    return {number: group.delivered for number, group in streams.group_positions("collect").items()}


def rewind(client: redis.Redis) -> None:
    """Let the broker deliver everything again."""
    for number in range(PARTITIONS):
        client.xgroup_setid(stream_key(number), "collect", "0")


class FailsFor:
    """Raises for the events of some links, until told otherwise."""

    def __init__(self, *link_ids: str) -> None:
        self.link_ids = set(link_ids)
        self.calls = 0

    def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.link_id in self.link_ids:
                self.calls += 1
                raise ValueError("it does not like this link")


# The ordinary day


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
    assert loop._committed.wait(5)

    loop._committed.clear()
    feed.links(1)

    assert loop._committed.wait(5)


# Delivered again


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
    before = dead.prepare(list(streams.partitions))
    runs = {number: feed.side.outbox.read(number, after=0, limit=2) for number in streams.partitions}
    dead.apply({number: run for number, run in runs.items() if run}, before)
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


@pytest.mark.timeout(60)
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
            feed.links(60)
            done = sum(map(len, collected(database).values()))
            eventually(lambda: sum(map(len, collected(database).values())) > done)  # noqa: B023
            worker.kill()  # With -9, in the middle of its work.
        assert before <= len(feed.expected())

    start_loop()

    eventually(has_everything, within=10)
    assert sum(map(len, collected(database).values())) == 240


def test_two_workers_by_mistake_do_no_harm(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect
) -> None:
    collect.batch_size = 8
    start_loop()
    start_loop()

    for _ in range(5):
        feed.links(20)

    eventually(has_everything, within=15)


def test_a_worker_whose_watermark_was_moved_starts_again_from_there(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect, database: Database
) -> None:
    holding, go_on = threading.Event(), threading.Event()
    loop = start_loop()
    feed.links(4)
    eventually(has_everything)

    def wait_once(_events: Sequence[Event]) -> None:
        collect.after = lambda _events: None
        holding.set()
        go_on.wait(5)
        raise OSError("the frozen worker wakes up and fails")

    # While this worker is frozen, another one applies the same events; this one must not repeat them.
    collect.after = wait_once
    feed.links(8)
    assert holding.wait(5)
    go_on.set()
    other = Inbox(collect, database, "another worker")
    eventually(has_everything)

    assert other.watermarks() == {number: len(run) for number, run in feed.expected().items()} | {
        number: 0 for number in range(PARTITIONS) if number not in feed.expected()
    }
    assert loop.is_alive()


# The broker loses things


@pytest.mark.parametrize(
    "damage",
    [
        ("FLUSHALL",),
        ("DEL", *(stream_key(number) for number in range(PARTITIONS))),
        ("XGROUP", "DESTROY", stream_key(0), "collect"),
    ],
    ids=["flushed", "streams deleted", "group destroyed"],
)
def test_a_broker_that_forgets_during_a_blocked_read_costs_nothing(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, damage: tuple[str, ...]
) -> None:
    loop = start_loop()
    feed.links(12)
    eventually(has_everything)

    client.execute_command(*damage)
    feed.links(12)

    eventually(has_everything)
    eventually(lambda: loop.status.error is None)


def test_events_that_were_trimmed_unread_are_taken_from_the_outbox(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis
) -> None:
    feed.links(30)
    for number in range(PARTITIONS):
        client.xtrim(stream_key(number), maxlen=1, approximate=False)

    start_loop()

    eventually(has_everything)


def test_events_that_were_trimmed_in_flight_are_taken_from_the_outbox(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, streams: Streams
) -> None:
    feed.links(30)
    streams.create_groups("collect")
    streams.read_new("collect", list(streams.partitions), count=100, block_ms=10)
    for number in range(PARTITIONS):
        client.xtrim(stream_key(number), maxlen=0, approximate=False)

    start_loop()

    eventually(has_everything)
    eventually(lambda: in_flight(streams) == 0)


def test_a_consumer_whose_database_is_new_begins_at_the_beginning(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, streams: Streams
) -> None:
    # The group has read and acknowledged everything, the broker has trimmed it, but the database knows nothing of it.
    feed.links(30)
    streams.create_groups("collect")
    entries = streams.read_new("collect", list(streams.partitions), count=100, block_ms=10)
    for entry in entries:
        streams.acknowledge("collect", {entry.partition: [entry.position]})
    for number in range(PARTITIONS):
        client.xtrim(stream_key(number), maxlen=0, approximate=False)

    start_loop()

    eventually(has_everything)


def test_holes_larger_than_a_batch_are_filled_bit_by_bit(
    feed: Feed,
    start_loop: StartLoop,
    has_everything: Check,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.consuming.runs.FILL_AT_ONCE", 3)
    monkeypatch.setattr(loop_module, "FILL_AT_ONCE", 3)
    feed.links(60)
    for number in range(PARTITIONS):
        client.xtrim(stream_key(number), maxlen=1, approximate=False)

    start_loop()

    eventually(has_everything)


@pytest.mark.parametrize("damage", ["attributes", "data", "type"])
def test_an_entry_that_was_damaged_in_the_broker_is_taken_from_the_outbox(
    feed: Feed,
    start_loop: StartLoop,
    has_everything: Check,
    client: redis.Redis,
    database: Database,
    damage: str,
) -> None:
    feed.links(12)
    rows = {number: entries_in(client, number) for number in range(PARTITIONS)}
    client.flushall()
    for number, entries in rows.items():
        for entry_id, fields in entries:
            damaged = {
                "attributes": {b"id": b"\xff"},
                "data": {b"data": fields[b"data"].replace(b'"slug":', b'"slug"\xff')},
                "type": {b"type": b"LinkCreated.v7"},
            }[damage]
            parts = [part for pair in {**fields, **damaged}.items() for part in pair]
            client.execute_command("XADD", stream_key(number), entry_id, *parts)

    start_loop()

    eventually(has_everything)


def test_a_broker_that_is_killed_is_waited_for(
    feed: Feed, start_loop: StartLoop, has_everything: Check, broker: EmbeddedBroker
) -> None:
    loop = start_loop()
    feed.links(10)
    eventually(has_everything)
    first = broker.pid
    os.kill(first or 0, signal.SIGKILL)
    eventually(lambda: "broker" in (loop.status.error or "").lower())
    eventually(lambda: broker.pid not in (None, first), within=10)

    feed.links(10)

    eventually(has_everything, within=10)
    eventually(lambda: loop.status.error is None)


# The database is not there


def test_a_locked_database_is_waited_for_and_shown(
    feed: Feed, start_loop: StartLoop, has_everything: Check, database: Database, tmp_path: Path
) -> None:
    loop = start_loop()
    feed.links(5)
    eventually(has_everything)
    with database.reading() as db:
        db.exec_driver_sql("PRAGMA busy_timeout=50")
    with database.transaction() as db:
        db.exec_driver_sql("PRAGMA busy_timeout=50")
        db.exec_driver_sql("CREATE TABLE counters (value INTEGER)")
        db.exec_driver_sql("INSERT INTO counters VALUES (0)")

    with program("tests.support.lock_program", "hold", tmp_path / "collect.db") as holder:
        assert next_line(holder) == "held"
        feed.links(5)
        eventually(lambda: "database is locked" in (loop.status.error or ""), within=10)
        # It stays shown until the database is back: nothing blinks.
        never(lambda: loop.status.error is None, within=1.0)

    eventually(has_everything, within=10)
    eventually(lambda: loop.status.error is None)


# An event fails


def test_a_failing_event_stops_its_partition_only_and_is_shown(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(20)
    number, position, bad = a_place_in_the_middle(feed)
    collect.after = fails = FailsFor(bad.link_id)
    loop = start_loop()

    expected = {**feed.expected(), number: feed.expected()[number][: position - 1]}
    eventually(lambda: collected(database) == expected)
    eventually(lambda: bad.event_id in (loop.status.error or ""))
    assert "ValueError: it does not like this link" in (loop.status.error or "")
    feed.links(20)  # The others go on.
    expected = {**feed.expected(), number: expected[number]}
    eventually(lambda: collected(database) == expected)
    before = fails.calls
    eventually(lambda: fails.calls > before)  # And it is tried again and again.


def a_place_in_the_middle(feed: Feed) -> tuple[int, int, Event]:
    """Give partition, position and event of something that has neighbours on both sides."""
    number, events = max(feed.expected().items(), key=lambda item: len(item[1]))
    position = len(events) // 2
    return number, position, feed.side.outbox.read(number, after=position - 1, limit=1)[0]


def test_a_partition_goes_on_in_order_when_its_event_is_handled_at_last(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect, streams: Streams
) -> None:
    feed.links(20)
    _, _, bad = a_place_in_the_middle(feed)
    collect.after = fails = FailsFor(bad.link_id)
    loop = start_loop()
    eventually(lambda: fails.calls >= 3)
    feed.links(20)

    fails.link_ids.clear()

    eventually(has_everything)
    eventually(lambda: loop.status.error is None)
    eventually(lambda: in_flight(streams) == 0)
    feed.links(5)
    eventually(has_everything)


def test_failures_of_several_partitions_are_each_waited_out(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect
) -> None:
    feed.links(24)
    bad = [feed.side.outbox.read(number, after=1, limit=1)[0].link_id for number in feed.expected()]
    collect.after = fails = FailsFor(*bad)
    loop = start_loop()
    eventually(lambda: loop.status.error is not None)
    eventually(lambda: fails.calls >= 2 * len(bad))

    for link_id in bad:
        fails.link_ids.discard(link_id)

    eventually(has_everything)


def test_a_failing_event_is_waited_for_longer_and_longer(
    feed: Feed, start_loop: StartLoop, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def note(failures: int, **_limits: float) -> float:
        asked.append(failures)
        return 0.01

    monkeypatch.setattr(loop_module, "retry_delay", note)
    feed.links(1)
    event = next(
        run[0] for run in (feed.side.outbox.read(n, after=0, limit=1) for n in range(PARTITIONS)) if run
    )
    collect.after = FailsFor(event.link_id)

    start_loop()

    eventually(lambda: len(asked) >= 4)
    assert asked[:4] == [1, 2, 3, 4]


# Pauses


def pause(loop: ConsumerLoop, *, until: float | None = None, version: int = 1) -> None:
    loop.want(Wanted(version=version, paused=True, paused_until=until, changed_by="ann"))
    eventually(lambda: loop.status.paused, within=1.0)


def test_a_pause_stops_reading_and_says_which_wish_it_obeys(
    feed: Feed, start_loop: StartLoop, has_everything: Check, streams: Streams, database: Database
) -> None:
    loop = start_loop()
    feed.links(4)
    eventually(has_everything)

    pause(loop, version=7)
    before = (delivered(streams), collected(database))
    feed.links(8)

    assert loop.status.obeyed_version == 7
    assert loop.is_paused()
    never(lambda: (delivered(streams), collected(database)) != before, within=0.4)

    loop.want(Wanted(version=8))
    eventually(has_everything)
    assert (loop.status.paused, loop.status.obeyed_version) == (False, 8)


def test_a_timed_pause_ends_by_itself(feed: Feed, start_loop: StartLoop, has_everything: Check) -> None:
    loop = start_loop()
    pause(loop, until=time.time() + 0.6)
    feed.links(4)
    assert not has_everything()

    eventually(has_everything, within=3)

    assert not loop.status.paused


def test_the_batch_in_hand_is_finished_before_a_pause(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect
) -> None:
    in_hand, go_on = threading.Event(), threading.Event()

    def hold(_events: Sequence[Event]) -> None:
        in_hand.set()
        go_on.wait(5)

    collect.after = hold
    loop = start_loop()
    feed.links(1)
    assert in_hand.wait(5)

    loop.want(Wanted(version=1, paused=True))
    go_on.set()

    eventually(lambda: loop.status.paused)
    assert has_everything()


def test_a_paused_loop_stops_when_told(start_loop: StartLoop) -> None:
    loop = start_loop()
    pause(loop)

    loop.stop()
    loop.join(1)

    assert not loop.is_alive()


def test_a_loop_that_waits_for_a_broker_stops_when_told(
    start_loop: StartLoop, broker: EmbeddedBroker
) -> None:
    loop = start_loop()
    broker.stop()
    eventually(lambda: loop.status.error is not None)

    loop.stop()
    loop.join(3)

    assert not loop.is_alive()
