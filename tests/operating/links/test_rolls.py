"""A roll of links keeps its order and says how many are newer."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from consumers import NAMES, analytics_tables, build_consumers
from core.operating.desk import Desk
from core.operating.links.book import LinkBook
from core.operating.links.roll import LinkQuery, LinkSort, LinkState
from core.operating.program import Program
from core.producing import tables
from core.settings import Settings
from core.storage.database import Database
from tests.support.link_book import counted, only, slugs
from tests.support.operated import Place
from tests.support.programs import MAIN


def test_a_roll_has_the_links_that_fit_newest_first(place: Place, book: LinkBook) -> None:
    create = place.desk.create_link
    create("https://example.com/a", slug="first", title="100% Sale")
    create("https://example.org/b", slug="second", tags=["news", "b"])
    create("https://example.net/c", slug="Third", tags=['ne"ws'])
    place.desk.archive_link("second")

    for query, found in (
        (LinkQuery(), ["Third", "second", "first"]),
        (LinkQuery(descending=False), ["first", "second", "Third"]),
        (LinkQuery(sort=LinkSort.SLUG, descending=False), ["first", "second", "Third"]),
        (LinkQuery(sort=LinkSort.SLUG), ["Third", "second", "first"]),
        (LinkQuery(search="EXAMPLE.ORG"), ["second"]),
        (LinkQuery(search="% s"), ["first"]),
        (LinkQuery(search="thir"), ["Third"]),
        (LinkQuery(tag="news"), ["second"]),
        (LinkQuery(tag='ne"ws'), ["Third"]),
        (LinkQuery(tag="ne"), []),
        (LinkQuery(team=place.desk.teams()[0].name), ["Third", "second", "first"]),
        (LinkQuery(team="nobody's"), []),
        (LinkQuery(state=LinkState.LIVE), ["Third", "first"]),
        (LinkQuery(state=LinkState.ARCHIVED), ["second"]),
        (LinkQuery(search="example", state=LinkState.LIVE, descending=False), ["first", "Third"]),
    ):
        assert slugs(book, query) == found, query
    assert [(tag.tag, tag.links) for tag in book.rolls.tags()] == [("b", 1), ('ne"ws', 1), ("news", 1)]


def test_a_link_expires_by_itself(place: Place, book: LinkBook) -> None:
    place.desk.create_link("https://example.com/", slug="old", expires=datetime.now(UTC) + timedelta(days=1))
    place.desk.create_link("https://example.com/", slug="young")
    with place.desk._installation.links.transaction() as db:
        expired = update(tables.links).where(tables.links.c.slug == "old")
        db.execute(expired.values(expires_at=time.time() - 1))

    assert slugs(book, LinkQuery(state=LinkState.EXPIRED)) == ["old"]
    assert slugs(book, LinkQuery(state=LinkState.LIVE)) == ["young"]
    assert only(book, "old").state is LinkState.EXPIRED


def test_a_roll_is_sorted_by_clicks_and_those_that_nobody_counted_come_last(
    place: Place, book: LinkBook
) -> None:
    for slug in ("one", "two", "three", "four"):
        place.created(slug)
    assert slugs(book, LinkQuery(sort=LinkSort.CLICKS)) == ["four", "three", "two", "one"]

    with counted(place, {"one": 2, "two": 7, "three": 0}):
        assert slugs(book, LinkQuery(sort=LinkSort.CLICKS)) == ["two", "one", "four", "three"]
        assert slugs(book, LinkQuery(sort=LinkSort.CLICKS, descending=False))[-2:] == ["one", "two"]


def test_a_roll_stays_as_it_is_and_says_how_many_are_newer(place: Place, book: LinkBook) -> None:
    place.created("one")
    roll = book.rolls.roll(LinkQuery(search="t"))
    place.created("two")
    place.created("three")
    place.created("four")

    assert [row.link.slug for row in book.rows(roll.link_ids)] == ["one"]
    assert book.rolls.count_newer(roll) == 3
    assert book.rolls.count_newer(book.rolls.roll(LinkQuery())) == 0


def test_a_roll_that_is_cut_says_so(place: Place, book: LinkBook) -> None:
    for slug in ("one", "two", "three"):
        place.created(slug)

    cut, whole = book.rolls.roll(LinkQuery(), most=2), book.rolls.roll(LinkQuery(), most=3)

    assert (len(cut.link_ids), cut.is_cut) == (2, True)
    assert (len(whole.link_ids), whole.is_cut) == (3, False)
    assert slugs(book, most=2) == ["three", "two"]


def test_rolls_and_rows_are_read_from_postgresql(
    postgresql_url: str, short_dir: Path, open_pg: Callable[[str], Database]
) -> None:
    program = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    desk = Desk.attach(Settings.load(data_dir=short_dir, database=postgresql_url), program=program)
    desk.create_link("https://example.com/", slug="one", tags=["news", "b"])
    desk.create_link("https://example.com/", slug="two", tags=["news"])
    with open_pg("analytics").transaction() as db:
        analytics_tables.metadata.create_all(db)
    book = desk.reading_room.links

    assert slugs(book, LinkQuery(tag="b")) == ["one"]
    assert slugs(book, LinkQuery(sort=LinkSort.CLICKS, search="EXAMPLE", state=LinkState.LIVE)) == [
        "two",
        "one",
    ]
    assert [(tag.tag, tag.links) for tag in book.rolls.tags()] == [("news", 2), ("b", 1)]
    assert len(only(book, "one").creation) == 5
    desk.close()
