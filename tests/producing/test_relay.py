"""What is committed is published once, in order, whatever dies in between; what would lose events stops it."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from core.broker.client import connect
from core.broker.server import EmbeddedBroker, socket_path
from core.broker.streams import Streams
from core.errors import BrokerAhead, BrokerUnavailable, BrokerUnfit
from core.events.envelope import Event
from core.producing.relay import Relay
from tests.support.events import make_run
from tests.support.links import PARTITIONS, LinkSide
from tests.support.programs import next_line, program
from tests.support.proxy import LossyProxy
from tests.support.streams_view import events_in
from tests.support.waiting import eventually


def make_links(side: LinkSide, count: int) -> None:
    for _ in range(count):
        side.producer.create_link("https://example.com/", by="ann")


def published(client: redis.Redis) -> dict[int, list[Event]]:
    """Give what lies in the streams."""
    return {number: events_in(client, number) for number in range(PARTITIONS)}


def committed(side: LinkSide) -> dict[int, list[Event]]:
    return {number: side.outbox.read(number, after=0, limit=100_000) for number in range(PARTITIONS)}


def is_everything_published(side: LinkSide, client: redis.Redis) -> bool:
    """Hold the streams to be the outbox, entry by entry; False while something is still waiting."""
    if side.outbox.unpublished()[0]:
        return False
    there = published(client)
    assert there == committed(side)
    for events in there.values():
        assert [event.position for event in events] == list(range(1, len(events) + 1))
    return True


def publish_all(relay: Relay) -> None:
    """Do rounds by hand until there is nothing more to do."""
    while relay.publish():
        pass


def forbid(side: LinkSide, table: str) -> None:
    """Make every change of a table's rows fail, in a way that nobody expects."""
    with side.database.transaction() as db:
        db.execute(
            text(
                f"CREATE TRIGGER forbidden BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'forbidden'); END"
            )
        )


@pytest.fixture
def relay(link_side: LinkSide, streams: Streams) -> Relay:
    """Give a relay that is not running."""
    return Relay(link_side.outbox, streams)


@pytest.fixture
def running(relay: Relay) -> Iterator[Relay]:
    relay.start()
    yield relay
    relay.stop()
    relay.join(5)
    assert not relay.is_alive()


# The ordinary day


def test_committed_events_are_published_in_their_order(
    link_side: LinkSide, relay: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 30)
    slug = link_side.list.page(count=1)[0].slug
    for number in range(5):
        link_side.producer.edit_link(slug, by="ann", title=str(number))
        link_side.producer.click(slug)

    publish_all(relay)

    assert is_everything_published(link_side, client)
    sequences = [
        event.sequence
        for event in published(client)[link_side.outbox.newest_links(1)[0][0].partition]
        if event.link_id == link_side.list.one(slug).link_id
    ]
    assert sequences == [1, *[part for number in range(2, 7) for part in (number, None)]]


def test_more_than_one_batch_is_published_batch_by_batch(
    link_side: LinkSide, relay: Relay, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.producing.relay.GIVE_AT_ONCE", 7)
    monkeypatch.setattr("core.producing.relay.APPEND_AT_ONCE", 3)
    make_links(link_side, 60)

    publish_all(relay)

    assert is_everything_published(link_side, client)


def test_a_knock_makes_it_publish_at_once(link_side: LinkSide, running: Relay, client: redis.Redis) -> None:
    eventually(lambda: running._checked_run_id is not None)
    for expected in (1, 2, 3):
        make_links(link_side, 1)
        running.wake()
        eventually(lambda: sum(map(len, published(client).values())) == expected, within=0.5)  # noqa: B023


def test_a_lost_knock_costs_a_second_at_most(
    link_side: LinkSide, running: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 3)

    eventually(lambda: is_everything_published(link_side, client), within=3)


def test_a_round_without_work_does_not_write(link_side: LinkSide, relay: Relay) -> None:
    make_links(link_side, 3)
    publish_all(relay)
    with link_side.database.transaction() as db:
        db.execute(
            text(
                "CREATE TRIGGER no_writing BEFORE UPDATE ON partitions BEGIN SELECT RAISE(ABORT, 'written'); END"
            )
        )

    assert relay.publish() is False


# Something dies


def test_a_relay_that_died_between_append_and_mark_publishes_nothing_twice(
    link_side: LinkSide, relay: Relay, streams: Streams, client: redis.Redis
) -> None:
    make_links(link_side, 20)
    relay.publish()  # Appends; the mark would come with the next round.
    assert link_side.outbox.unpublished()[0] == 20
    assert sum(map(len, published(client).values())) == 20

    publish_all(Relay(link_side.outbox, streams))

    assert is_everything_published(link_side, client)


def test_an_answer_that_is_lost_publishes_nothing_twice(
    link_side: LinkSide, broker: EmbeddedBroker, client: redis.Redis, short_dir: Path
) -> None:
    proxy = LossyProxy(short_dir / "lossy.sock", socket_path(short_dir))
    relay = Relay(link_side.outbox, Streams(connect(proxy.url, answer_timeout_s=0.2), PARTITIONS))
    publish_all(relay)
    make_links(link_side, 20)
    proxy.lose_from = b"EVALSHA"
    with pytest.raises(BrokerUnavailable):
        relay.publish()
    eventually(lambda: sum(map(len, published(client).values())) == 20)

    proxy.recover()
    relay._seen = {}  # As after each error.
    publish_all(relay)

    assert is_everything_published(link_side, client)
    relay._streams.close()
    proxy.close()


def test_links_are_created_while_the_broker_is_down_and_published_when_it_is_back(
    link_side: LinkSide, running: Relay, broker: EmbeddedBroker
) -> None:
    make_links(link_side, 10)
    running.wake()
    eventually(lambda: link_side.outbox.unpublished()[0] == 0)
    for _ in range(2):
        before = broker.pid or 0
        os.kill(before, signal.SIGKILL)
        make_links(link_side, 20)
        running.wake()
        eventually(lambda: broker.pid not in (None, before), within=10)  # noqa: B023

    with connect(broker.url) as client:
        eventually(lambda: is_everything_published(link_side, client), within=10)
    eventually(lambda: running.error is None)


def test_it_says_why_it_does_not_publish(link_side: LinkSide, running: Relay, broker: EmbeddedBroker) -> None:
    broker.stop()

    running.wake()

    eventually(lambda: running.error is not None, within=3)
    assert "does not answer" in (running.error or "")


@pytest.mark.parametrize(
    "lost", [("FLUSHALL",), ("DEL", "events:{0}", "events:{2}")], ids=["everything", "streams"]
)
def test_streams_that_are_gone_are_published_again(
    link_side: LinkSide, relay: Relay, streams: Streams, client: redis.Redis, lost: tuple[str, ...]
) -> None:
    make_links(link_side, 40)
    publish_all(relay)
    client.execute_command(*lost)

    relay._seen = {}  # As after the glance of each second.
    publish_all(relay)

    assert is_everything_published(link_side, client)
    assert relay.regressions == (PARTITIONS if lost == ("FLUSHALL",) else 2)


def test_a_running_relay_notices_by_itself_that_everything_is_gone(
    link_side: LinkSide, running: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 20)
    running.wake()
    eventually(lambda: link_side.outbox.unpublished()[0] == 0)

    client.flushall()
    eventually(lambda: sum(map(len, published(client).values())) == 20, within=4)

    assert running.regressions == PARTITIONS
    eventually(lambda: is_everything_published(link_side, client))


def test_new_events_on_a_stream_that_is_gone_bring_the_old_ones_back_first(
    link_side: LinkSide, running: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 20)
    running.wake()
    eventually(lambda: link_side.outbox.unpublished()[0] == 0)
    client.flushall()

    make_links(link_side, 20)  # Their positions don't follow on what is there: refused as a gap.
    running.wake()

    eventually(lambda: sum(map(len, published(client).values())) == 40, within=4)
    eventually(lambda: is_everything_published(link_side, client))


def test_a_broker_restored_from_an_older_copy_gets_the_difference(
    link_side: LinkSide, relay: Relay, broker: EmbeddedBroker, short_dir: Path
) -> None:
    files, copy = short_dir / "broker" / "appendonlydir", short_dir / "older copy"
    make_links(link_side, 20)
    publish_all(relay)
    broker.stop()
    shutil.copytree(files, copy)
    again = EmbeddedBroker(short_dir, memory_mb=64)
    again.start()
    make_links(link_side, 20)
    publish_all(Relay(link_side.outbox, relay._streams))
    again.stop()
    shutil.rmtree(files)
    shutil.copytree(copy, files)

    restored = EmbeddedBroker(short_dir, memory_mb=64)
    restored.start()
    last = Relay(link_side.outbox, relay._streams)
    publish_all(last)

    with connect(restored.url) as client:
        assert is_everything_published(link_side, client)
    assert 0 < last.regressions <= PARTITIONS
    restored.stop()


@pytest.mark.timeout(60)
def test_a_relay_killed_again_and_again_loses_and_doubles_nothing(
    link_side: LinkSide, broker: EmbeddedBroker, client: redis.Redis, tmp_path: Path
) -> None:
    for _ in range(5):
        with program("tests.support.relay_program", tmp_path, broker.url) as relay:
            assert next_line(relay) == "ready"
            before = sum(map(len, published(client).values()))
            make_links(link_side, 40)
            eventually(lambda: sum(map(len, published(client).values())) > before)  # noqa: B023
            relay.kill()  # With -9, in the middle of its work.

    publish_all(Relay(link_side.outbox, Streams(client, PARTITIONS)))

    assert is_everything_published(link_side, client)
    assert sum(map(len, published(client).values())) == 200


def test_producers_in_several_processes_get_positions_without_gaps(
    link_side: LinkSide, running: Relay, client: redis.Redis, tmp_path: Path
) -> None:
    with ExitStack() as processes:
        others = [
            processes.enter_context(program("tests.support.create_program", tmp_path, 60)) for _ in range(3)
        ]
        ids = [next_line(other) for other in others for _ in range(60)]

    eventually(lambda: is_everything_published(link_side, client), within=10)

    assert all(ids)
    assert sorted(event.event_id for events in published(client).values() for event in events) == sorted(ids)


# What it must not go on with


def test_a_broker_that_is_ahead_stops_it(link_side: LinkSide, relay: Relay, streams: Streams) -> None:
    streams.append({1: make_run(1, 5, partition=1)})

    with pytest.raises(BrokerAhead, match="partition 1 has position 5 there, but only 0 were given here"):
        relay.publish()


def test_a_running_relay_says_that_the_database_is_older_and_appends_nothing(
    link_side: LinkSide, running: Relay, streams: Streams, client: redis.Redis
) -> None:
    eventually(lambda: running._checked_run_id is not None)
    streams.append({1: make_run(1, 5, partition=1)})
    before = published(client)

    make_links(link_side, 20)
    eventually(lambda: "database is older than the broker" in (running.error or ""), within=5)

    assert published(client)[1] == before[1]
    assert running.is_alive()


def test_a_broker_that_gets_ahead_between_two_looks_does_not_end_it(
    link_side: LinkSide, relay: Relay, streams: Streams
) -> None:
    publish_all(relay)  # It has looked, and found nothing.
    streams.append({number: make_run(1, 50, partition=number) for number in range(PARTITIONS)})
    make_links(link_side, 20)

    with pytest.raises(BrokerAhead, match="has position 50 there"):
        publish_all(relay)

    assert all(cursor.published <= cursor.given for cursor in link_side.outbox.cursors())


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random"])
def test_a_broker_that_evicts_is_refused(
    link_side: LinkSide, relay: Relay, client: redis.Redis, policy: str
) -> None:
    client.config_set("maxmemory-policy", policy)
    make_links(link_side, 1)

    with pytest.raises(BrokerUnfit, match=policy):
        relay.publish()

    assert not any(published(client).values())


def test_a_broker_that_only_evicts_what_may_expire_is_fit(
    link_side: LinkSide, relay: Relay, client: redis.Redis
) -> None:
    client.config_set("maxmemory-policy", "volatile-lru")  # Streams never expire.
    make_links(link_side, 1)

    publish_all(relay)

    assert is_everything_published(link_side, client)


def test_a_broker_that_keeps_nothing_on_disk_is_refused_unless_accepted(
    link_side: LinkSide, streams: Streams, client: redis.Redis
) -> None:
    client.config_set("appendonly", "no")
    make_links(link_side, 1)

    with pytest.raises(BrokerUnfit, match="SIGNALBOX_ACCEPT_VOLATILE_BROKER"):
        Relay(link_side.outbox, streams).publish()
    publish_all(Relay(link_side.outbox, streams, accept_volatile_broker=True))

    assert is_everything_published(link_side, client)


@pytest.fixture
def evicting(client: redis.Redis) -> None:
    client.config_set("maxmemory-policy", "allkeys-lru")


def test_a_broker_that_is_made_fit_is_published_to_without_a_restart(
    link_side: LinkSide, evicting: None, running: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 3)
    eventually(lambda: "allkeys-lru" in (running.error or ""))

    client.config_set("maxmemory-policy", "noeviction")

    eventually(lambda: is_everything_published(link_side, client), within=4)
    eventually(lambda: running.error is None)


def test_a_full_broker_is_waited_for(link_side: LinkSide, running: Relay, client: redis.Redis) -> None:
    eventually(lambda: running._checked_run_id is not None)
    client.config_set("maxmemory", "1")
    make_links(link_side, 5)
    running.wake()
    eventually(lambda: "maxmemory" in (running.error or ""))

    client.config_set("maxmemory", "64mb")

    eventually(lambda: is_everything_published(link_side, client), within=4)


def test_an_error_that_nobody_expected_is_shown_and_waited_out(
    link_side: LinkSide, running: Relay, client: redis.Redis
) -> None:
    forbid(link_side, "outbox")
    make_links(link_side, 3)
    running.wake()
    eventually(lambda: "forbidden" in (running.error or ""))

    with link_side.database.transaction() as db:
        db.execute(text("DROP TRIGGER forbidden"))

    eventually(lambda: is_everything_published(link_side, client))
    eventually(lambda: running.error is None)


def test_it_stops_within_a_moment_whatever_it_is_doing(
    link_side: LinkSide, relay: Relay, broker: EmbeddedBroker
) -> None:
    broker.stop()
    relay.start()
    eventually(lambda: relay.error is not None)

    relay.stop()
    relay.join(1)

    assert not relay.is_alive()
