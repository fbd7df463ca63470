"""What is committed, what is published, and whether both are the same."""

import redis

from core.events.envelope import Event
from core.producing.relay import Relay
from tests.support.links import PARTITIONS, LinkSide
from tests.support.streams_view import events_in


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
