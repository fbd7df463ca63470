"""An event that an operator published in a dead letter's place comes before the later events that wait behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from core.consuming import parking as parking_module
from core.consuming.contract import Answer
from core.consuming.loop import ConsumerLoop
from core.consuming.requests import Request
from core.consuming.tables import dead_letters, inbox, parked
from core.events.envelope import Event
from core.producing.republish import Republisher
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.links import SHORT_BASE
from tests.support.looping import StartLoop
from tests.support.waiting import eventually, never


@dataclass
class Fails:
    """Raises for one event."""

    event_id: str = ""

    def __call__(self, events: Sequence[Event]) -> None:
        if any(event.event_id == self.event_id for event in events):
            raise ValueError("no")


@dataclass(frozen=True)
class Held:
    """A consumer that holds a link's archiving behind its creation, which is dead."""

    feed: Feed
    loop: ConsumerLoop
    database: Database
    dead: Event
    later: Event

    def republish(self) -> Event:
        side = self.feed.side
        republisher = Republisher(side.database, side.outbox, short_base=SHORT_BASE, on_commit=lambda: None)
        return republisher.publish(self.dead, self.dead.data, audience="collect")

    def discard(self, replacement: Event) -> None:
        place = (self.dead.partition, self.dead.position)
        request = Request(1, "collect", "discard", *place, replacement.event_id, "ann", "a typo")
        self.loop.errands.ask([request])

    def effects(self) -> list[str]:
        return [event_id for events in collected(self.database).values() for _, event_id in events]


@pytest.fixture
def held(
    feed: Feed,
    start_loop: StartLoop,
    database: Database,
    collect: Collect,
    monkeypatch: pytest.MonkeyPatch,
) -> Held:
    monkeypatch.setattr(parking_module, "retry_delay", lambda _failures: 0.01)
    collect.holds_behind_dead_letters = True
    (slug,) = feed.links(1)
    link_id = feed.side.list.one(slug).link_id
    feed.side.producer.archive_link(slug, by="ann")
    feed.publish()
    events = [
        event
        for number in feed.expected()
        for event in feed.side.outbox.read(number, after=0, limit=10)
        if event.link_id == link_id
    ]
    collect.after = Fails(events[0].event_id)
    loop = start_loop()
    eventually(lambda: count(database, dead_letters) == 1)
    eventually(lambda: count(database, parked) == 1)
    return Held(feed, loop, database, *events)


def count(database: Database, table: object) -> int:
    with database.reading() as db:
        return len(db.execute(select(table)).all())  # type: ignore[call-overload]


def test_a_replacement_is_applied_before_what_waits_behind_its_original(held: Held) -> None:
    replacement = held.republish()
    held.feed.publish()
    eventually(lambda: count(held.database, parked) == 2)

    held.discard(replacement)

    eventually(lambda: held.effects() == [replacement.event_id, held.later.event_id])
    with held.database.reading() as db:
        outcomes = {row.event_id: row.outcome for row in db.execute(select(inbox))}
    assert outcomes == {replacement.event_id: "retried", held.later.event_id: "applied"}


def test_a_dead_letter_is_not_discarded_before_its_replacement_has_come(held: Held) -> None:
    replacement = held.republish()
    held.discard(replacement)
    never(lambda: not held.loop.errands.outcomes.empty() or held.effects(), within=0.4)

    held.feed.publish()

    eventually(lambda: held.effects() == [replacement.event_id, held.later.event_id])
    eventually(lambda: not held.loop.errands.outcomes.empty())
    assert held.loop.errands.outcomes.get() == (1, Answer("Discarded."))
