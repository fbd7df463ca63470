"""Links that a consumer can't deal with, for a while or ever, and what is to be seen of them."""

from collections.abc import Sequence

from sqlalchemy import select

from core.errors import Transient
from core.events.envelope import Event
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import collected


class Outside:
    """What the consumer needs and does not always have: while it is away, some links fail."""

    def __init__(self, *link_ids: str) -> None:
        self.link_ids = set(link_ids)
        self.calls = 0

    def __call__(self, events: Sequence[Event]) -> None:
        if any(event.link_id in self.link_ids for event in events):
            self.calls += 1
            raise Transient("it is away for a while")


def first_link(feed: Feed) -> Event:
    """Give the creation of some link that has neighbours."""
    number, _ = max(feed.expected().items(), key=lambda item: len(item[1]))
    return feed.side.outbox.read(number, after=0, limit=1)[0]


def slug_of(feed: Feed, event: Event) -> str:
    """Give the slug of an event's link."""
    return feed.side.list.one(event.link_id).slug


def without(feed: Feed, *link_ids: str) -> dict[int, list[tuple[int, str]]]:
    """Give what is expected of all other links."""
    found = {}
    for number in feed.expected():
        events = feed.side.outbox.read(number, after=0, limit=100_000)
        found[number] = [
            (event.position, event.event_id)
            for event in events
            if event.type != "LinkClicked.v1" and event.link_id not in link_ids
        ]
    return {number: events for number, events in found.items() if events}


def rows(database: Database, table: object) -> list[dict[str, object]]:
    """Give all rows of a table."""
    with database.reading() as db:
        return [dict(row._mapping) for row in db.execute(select(table))]  # type: ignore[call-overload]


def effects(database: Database) -> int:
    """Count the effects."""
    return sum(map(len, collected(database).values()))
