"""A broker that would lose events, or that knows more than the database, is not published to."""

import pytest
import redis

from core.broker.streams import Streams
from core.errors import BrokerAhead, BrokerUnfit
from core.producing.relay import Relay
from tests.support.events import make_run
from tests.support.links import PARTITIONS, LinkSide
from tests.support.relaying import is_everything_published, make_links, publish_all, published
from tests.support.waiting import eventually


def test_a_broker_that_is_ahead_stops_it(link_side: LinkSide, relay: Relay, streams: Streams) -> None:
    streams.append({1: make_run(1, 5, partition=1)})

    with pytest.raises(BrokerAhead, match="partition 1 has position 5 there, but only 0 were given here"):
        relay.publish()


def test_a_running_relay_says_that_the_database_is_older_and_appends_nothing(
    link_side: LinkSide, running: Relay, streams: Streams, client: redis.Redis
) -> None:
    eventually(lambda: running._checked_run_id is not None)
    streams.append({1: make_run(1, 50, partition=1)})
    before = published(client)

    make_links(link_side, 20)
    eventually(lambda: "database is older than the broker" in (running.error or ""))

    assert published(client)[1] == before[1]
    assert running.is_alive()


def test_links_created_before_the_broker_was_looked_at_do_not_hide_that_it_is_ahead(
    link_side: LinkSide, relay: Relay, streams: Streams
) -> None:
    streams.append({number: make_run(1, 3, partition=number) for number in range(PARTITIONS)})
    make_links(link_side, 40)

    for _ in range(2):
        with pytest.raises(BrokerAhead, match="has position 3 there, but only 0 were given here"):
            relay.publish()


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

    eventually(lambda: is_everything_published(link_side, client))
    eventually(lambda: running.error is None)


def test_a_full_broker_is_waited_for(link_side: LinkSide, running: Relay, client: redis.Redis) -> None:
    eventually(lambda: running._checked_run_id is not None)
    client.config_set("maxmemory", "1")
    make_links(link_side, 5)
    running.wake()
    eventually(lambda: "maxmemory" in (running.error or ""))

    client.config_set("maxmemory", "64mb")

    eventually(lambda: is_everything_published(link_side, client))
