"""Links are found by what is not through: what a consumer has yet to apply, and what failed."""

from collections.abc import Mapping

import pytest

from consumers import NAMES
from core.errors import NotFound, StoreUnavailable
from core.events.envelope import Event
from core.operating.links.book import LinkBook
from core.operating.links.journey_filter import JourneyFilter
from core.operating.links.roll import LinkQuery
from tests.support.burying import store_of
from tests.support.link_book import slugs
from tests.support.operated import Place


def found(book: LinkBook, consumer: str | None = None, *, failed: bool = False) -> list[str]:
    return slugs(book, LinkQuery(journey=JourneyFilter(consumer, failed=failed)))


def through(place: Place, *events: Event, failed: Mapping[str, Event]) -> None:
    """Let all consumers have come to all events and applied them, but for those that failed, by consumer."""
    last = {event.partition: event.position for event in sorted(events, key=lambda event: event.position)}
    for name in NAMES:
        store = place.stores.get(name) or store_of(place.desk.settings.data_dir, name)
        store.applied(*(event for event in events if event is not failed.get(name)))
        for partition, position in last.items():
            store.reached(partition, position)
        if name not in place.stores:
            store.database.close()


def test_what_a_consumer_has_yet_to_come_to_is_unfinished(place: Place, book: LinkBook) -> None:
    first = place.created("first")
    assert found(book) == found(book, "qr") == ["first"]

    through(place, first, failed={})
    place.desk.create_link("https://example.com/", slug="no-position-yet")

    assert found(book) == found(book, "qr") == ["no-position-yet"]
    assert found(book, failed=True) == []


def test_what_is_dead_or_parked_is_unfinished_and_failed_there_only(place: Place, book: LinkBook) -> None:
    dead, parked, done = (place.created(slug) for slug in ("dead", "parked", "done"))
    through(place, dead, parked, done, failed={"billing": dead, "webhook": parked})
    place.stores["billing"].bury(dead)
    place.stores["webhook"].park(parked)

    assert found(book) == found(book, failed=True) == ["parked", "dead"]
    assert found(book, "billing") == found(book, "billing", failed=True) == ["dead"]
    assert found(book, "webhook") == ["parked"]
    assert found(book, "qr") == []
    assert book.rolls.count(LinkQuery(journey=JourneyFilter(), search="dea")) == 1
    (every,) = book.rolls.every_id(LinkQuery(journey=JourneyFilter("webhook")), at_once=10)
    assert every == (parked.link_id,)


def test_what_was_discarded_is_finished(place: Place, book: LinkBook) -> None:
    event = place.created("one")
    through(place, event, failed={"billing": event})
    place.stores["billing"].bury(event)
    place.stores["billing"].decide(event.partition, event.position, state="discarded")

    assert found(book) == found(book, failed=True) == []


def test_a_consumer_that_nobody_knows_is_refused_and_one_that_can_not_be_read_is_not_taken_for_done(
    place: Place, book: LinkBook
) -> None:
    with pytest.raises(NotFound, match=r"no consumer 'qrr'\. There are: analytics,"):
        found(book, "qrr")
    (place.desk.settings.data_dir / "dashboard.db").write_bytes(b"no database" * 1_000)

    with pytest.raises(StoreUnavailable):
        found(book)
    assert found(book, "qr") == []
