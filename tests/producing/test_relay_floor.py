"""A relay that meets an empty broker needs neither what retention has removed nor what everybody has dealt with."""

import time

import pytest
import redis

from core.broker.streams import Streams
from core.errors import BrokerAhead
from core.producing.relay import Relay
from core.producing.retention import forget
from tests.support.links import PARTITIONS, LinkSide
from tests.support.relaying import make_links, publish_all
from tests.support.streams_view import events_in
from tests.support.waiting import PATIENCE_S, eventually


def lose_everything(client: redis.Redis, relay: Relay) -> None:
    client.flushall()
    relay._seen = {}  # As after the glance of each second.


def there(client: redis.Redis) -> dict[int, list[int]]:
    return {number: [event.position for event in events_in(client, number)] for number in range(PARTITIONS)}


def expected(side: LinkSide, after: dict[int, int]) -> dict[int, list[int]]:
    return {c.partition: list(range(after[c.partition] + 1, c.given + 1)) for c in side.outbox.cursors()}


def test_after_a_loss_only_what_somebody_still_needs_is_published_again(
    link_side: LinkSide, streams: Streams, client: redis.Redis
) -> None:
    floor = {0: 3, 1: 0, 2: 2}
    relay = Relay(link_side.outbox, streams, floor=lambda: floor)
    make_links(link_side, 80)
    publish_all(relay)

    lose_everything(client, relay)
    publish_all(relay)

    assert there(client) == expected(link_side, {**floor, 3: 0})
    assert link_side.outbox.unpublished() == (0, None)


def test_after_a_loss_what_retention_has_removed_is_not_needed(
    link_side: LinkSide, relay: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 80)
    publish_all(relay)
    removed = {0: 3, 1: 1_000, 2: 0, 3: 2}
    forget(link_side.database, removed, older_than=time.time() + 1, limit=1_000)
    given = {cursor.partition: cursor.given for cursor in link_side.outbox.cursors()}

    lose_everything(client, relay)
    publish_all(relay)
    make_links(link_side, 80)
    publish_all(relay)

    assert there(client) == expected(link_side, {**removed, 1: given[1]})


def test_a_loss_of_what_nobody_needs_is_seen_once(
    link_side: LinkSide, streams: Streams, client: redis.Redis
) -> None:
    make_links(link_side, 80)
    given = {cursor.partition: 0 for cursor in link_side.outbox.cursors()}
    relay = Relay(link_side.outbox, streams, floor=lambda: given)
    publish_all(relay)
    given.update({cursor.partition: cursor.given for cursor in link_side.outbox.cursors()})

    lose_everything(client, relay)
    publish_all(relay)
    relay._seen = {}
    publish_all(relay)

    assert relay.regressions == PARTITIONS
    assert streams.last_positions() == given
    assert not any(there(client).values())


def test_the_floor_is_asked_for_only_after_a_loss(
    link_side: LinkSide, streams: Streams, client: redis.Redis
) -> None:
    asked = []

    def floor() -> dict[int, int]:
        asked.append(1)
        return {}

    relay = Relay(link_side.outbox, streams, floor=floor)
    make_links(link_side, 80)
    publish_all(relay)
    relay._seen = {}
    publish_all(relay)
    assert asked == []

    lose_everything(client, relay)
    publish_all(relay)

    assert asked == [1]


def test_consumers_that_are_ahead_of_the_database_stop_it(
    link_side: LinkSide, streams: Streams, client: redis.Redis
) -> None:
    relay = Relay(link_side.outbox, streams, floor=lambda: {1: 5_000})
    make_links(link_side, 80)
    publish_all(relay)

    lose_everything(client, relay)

    with pytest.raises(BrokerAhead, match="partition 1 all of them have dealt with position 5000"):
        publish_all(relay)
    assert not any(there(client).values())


def test_what_the_last_moments_published_is_noted_when_it_stops(
    link_side: LinkSide, running: Relay, client: redis.Redis
) -> None:
    eventually(lambda: running._checked_run_id is not None)
    make_links(link_side, 20)
    running.wake()
    eventually(lambda: sum(map(len, there(client).values())) == 20)

    running.stop()
    running.join(PATIENCE_S)

    assert link_side.outbox.unpublished() == (0, None)
