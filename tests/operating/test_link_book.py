"""The book of links: rolls keep their order, rows tell what each consumer has, files harm no spreadsheet."""

import csv
import io
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from consumers import NAMES, analytics_tables, build_consumers, qr_tables
from core.errors import InvalidInput, NotFound
from core.operating.dead_letters.effects import Effect
from core.operating.desk import Desk
from core.operating.links import files as link_files
from core.operating.links.book import LinkBook, LinkRow
from core.operating.links.figures import Clicks
from core.operating.links.files import Form
from core.operating.links.history import FieldChange, LinkAct
from core.operating.links.roll import LinkQuery, LinkSort, LinkState
from core.operating.program import Program
from core.producing import tables
from core.settings import Settings
from core.storage.database import Database
from tests.support.burying import store_of
from tests.support.operated import Place, operated
from tests.support.programs import MAIN


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


@pytest.fixture
def book(place: Place) -> LinkBook:
    return place.desk.reading_room.links


def slugs(book: LinkBook, query: LinkQuery = LinkQuery(), **limits: int) -> list[str]:  # noqa: B008 - it is frozen
    return [row.link.slug for row in book.rows(book.rolls.roll(query, **limits).link_ids)]


def only(book: LinkBook, slug: str) -> LinkRow:
    return book.detail(slug).row


@contextmanager
def counted(
    place: Place, clicks: dict[str, int], hours: dict[tuple[str, str], int] | None = None
) -> Iterator[None]:
    """Let analytics have counted clicks, by slug, and by slug and hour."""
    ids = {link.slug: link.link_id for link in place.desk.links.page()}
    store = store_of(place.desk.settings.data_dir, "analytics")
    with store.database.transaction() as db:
        analytics_tables.metadata.create_all(db)
        for slug, people in clicks.items():
            row = {"link_id": ids[slug], "team_id": "t", "slug": slug, "created_at": 0.0}
            db.execute(
                insert(analytics_tables.link_records).values(**row, clicks=people, bot_clicks=people + 1)
            )
        for (slug, hour), people in (hours or {}).items():
            values = {"link_id": ids[slug], "hour": hour, "clicks": people}
            db.execute(insert(analytics_tables.clicks_per_hour).values(values))
    yield
    store.database.close()


# Rolls


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


# Rows


def test_rows_have_a_dot_for_each_consumer(place: Place, book: LinkBook) -> None:
    first, second = place.created("one"), place.created("two")
    place.desk.click("one")
    place.desk.create_link("https://example.com/", slug="no-position-yet")
    place.stores["qr"].applied(first)
    place.stores["billing"].bury(second)
    place.stores["billing"].reached(second.partition, second.position)
    (place.desk.settings.data_dir / "dashboard.db").write_bytes(b"no database" * 1_000)

    rows = {row.link.slug: row for row in book.rows(book.rolls.roll(LinkQuery()).link_ids)}

    dots = {
        slug: {one.consumer: one.effect for one in row.creation if one.effect is not Effect.WAITING}
        for slug, row in rows.items()
    }
    assert dots["one"]["qr"] is Effect.APPLIED
    assert dots["one"]["dashboard"] is Effect.UNKNOWN
    assert dots["two"]["billing"] is Effect.DEAD
    assert dots["no-position-yet"] == {}
    assert [one.consumer for one in rows["one"].creation] == list(NAMES)
    assert rows["one"].clicks is None


def test_a_creation_that_retention_has_removed_has_been_dealt_with(place: Place, book: LinkBook) -> None:
    event = place.created("one")
    place.desk.click("one")
    with place.desk._installation.links.transaction() as db:
        db.execute(delete(tables.outbox).where(tables.outbox.c.event_id == event.event_id))

    assert {one.effect for one in only(book, "one").creation} == {Effect.DEALT_WITH}


def test_rows_that_do_not_exist_are_left_out(place: Place, book: LinkBook) -> None:
    place.created("one")
    (known,) = book.rolls.roll(LinkQuery()).link_ids

    assert [row.link.link_id for row in book.rows([known, "unknown"])] == [known]
    assert book.rows([]) == []


# One link


def test_a_detail_tells_what_each_edit_changed(place: Place, book: LinkBook) -> None:
    place.created("one")
    place.desk.edit_link("one", title="B", tags=["x"])
    place.desk.edit_link("one", url="https://example.com/new", title="C")
    place.desk.archive_link("one")

    detail = book.detail("ONE")

    archived_at = detail.row.link.archived_at
    assert [edit.changes for edit in detail.edits] == [
        (FieldChange("archived_at", None, archived_at),),
        (
            FieldChange("target_url", "https://example.com/", "https://example.com/new"),
            FieldChange("title", "B", "C"),
        ),
        (FieldChange("title", "A title", "B"), FieldChange("tags", (), ("x",))),
    ]
    assert [edit.sequence for edit in detail.edits] == [4, 3, 2]
    assert [edit.act for edit in detail.edits] == [LinkAct.ARCHIVE, LinkAct.EDIT, LinkAct.EDIT]
    assert [edit.entered_before for edit in detail.edits] == [None, "https://example.com/", None]
    with pytest.raises(NotFound):
        book.detail("nothing")


def test_a_detail_tells_that_a_link_was_archived_and_came_back_and_why(place: Place, book: LinkBook) -> None:
    place.created("one")
    place.desk.archive_link("one", why="over")
    archived_at = book.detail("one").row.link.archived_at
    place.desk.restore_link("one", why="not over")

    detail = book.detail("one")

    assert detail.row.state is LinkState.LIVE
    assert [(edit.act, edit.why, edit.changes) for edit in detail.edits] == [
        (LinkAct.RESTORE, "not over", (FieldChange("archived_at", archived_at, None),)),
        (LinkAct.ARCHIVE, "over", (FieldChange("archived_at", None, archived_at),)),
    ]
    assert book.history(detail.row.link.link_id) == (detail.row.link, detail.edits)


def test_a_detail_has_each_hour_also_those_without_clicks(place: Place, book: LinkBook) -> None:
    place.created("one")
    with place.desk._installation.links.transaction() as db:
        db.execute(update(tables.links).values(created_at=time.time() - 86_400))
    now = datetime.now(UTC)
    before = now - timedelta(hours=2)

    with counted(place, {"one": 5}, {("one", f"{before:%Y-%m-%dT%H}"): 5}):
        detail = book.detail("one", hours=3)

    assert detail.hours is not None
    assert sum(hour.clicks for hour in detail.hours) == 5
    assert {hour.at for hour in detail.hours if hour.clicks} == {
        before.replace(minute=0, second=0, microsecond=0).timestamp()
    }
    assert {b.at - a.at for a, b in zip(detail.hours, detail.hours[1:], strict=False)} == {3_600}
    assert detail.row.clicks == Clicks(5, 6)


def test_a_detail_has_the_qr_code_and_tells_no_code_from_an_unreadable_one(
    place: Place, book: LinkBook
) -> None:
    event = place.created("one")
    with place.stores["qr"].database.transaction() as db:
        qr_tables.metadata.create_all(db)
    none_yet = book.detail("one")
    assert (none_yet.qr_png, none_yet.is_qr_unknown) == (None, False)
    with place.stores["qr"].database.transaction() as db:
        code = {"link_id": event.link_id, "short_url": "s", "object_name": "one.png", "size_bytes": 3}
        db.execute(insert(qr_tables.codes).values({**code, "sha256": "", "drawn_at": 1.0, "durable": True}))
    place.desk._installation.objects.put_all([("one.png", b"PNG")])
    assert book.detail("one").qr_png == b"PNG"

    place.stores["qr"].database.close()
    for name in ("qr", "analytics"):
        for file in place.desk.settings.data_dir.glob(f"{name}.db*"):
            file.unlink()
        (place.desk.settings.data_dir / f"{name}.db").write_bytes(b"no database" * 1_000)

    detail = book.detail("one")
    assert (detail.qr_png, detail.is_qr_unknown) == (None, True)
    assert (detail.hours, detail.row.clicks) == (None, None)


# Files


def exported(book: LinkBook, file: Path, form: Form) -> str:
    link_ids = book.rolls.roll(LinkQuery(descending=False)).link_ids
    book.export(file, link_ids, form, stop=threading.Event())
    return file.read_text("utf-8")


def test_no_cell_of_a_file_is_a_formula(place: Place, book: LinkBook, tmp_path: Path) -> None:
    titles = ['=HYPERLINK("http://x.test")', "+1", "-1", "@sum", " =1", 'a "quoted", title', "é"]
    for number, title in enumerate(titles):
        place.desk.create_link("https://example.com/", slug=f"slug-{number}", title=title, tags=["=a", "b"])

    text = exported(book, tmp_path / "links.csv", Form.CSV)

    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    kept = [row.link.title for row in book.rows(book.rolls.roll(LinkQuery(descending=False)).link_ids)]
    assert [row["title"] for row in rows] == [
        f"'{title}" if title.lstrip()[0] in "=+-@" else title for title in kept
    ]
    assert {row["tags"] for row in rows} == {"'=a, b"}
    assert {row["state"] for row in rows} == {"live"}
    assert {row["clicks"] for row in rows} == {""}


def test_a_json_file_is_one_list_whatever_its_length(
    place: Place, book: LinkBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_files, "_AT_ONCE", 2)
    assert json.loads(exported(book, tmp_path / "none.json", Form.JSON)) == []
    for slug in ("one", "two", "three", "four", "five"):
        place.created(slug)

    with counted(place, {"one": 2}):
        found: list[dict[str, Any]] = json.loads(exported(book, tmp_path / "links.json", Form.JSON))

    assert [row["slug"] for row in found] == ["one", "two", "three", "four", "five"]
    assert (found[0]["clicks"], found[0]["bot_clicks"], found[1]["clicks"]) == (2, 3, None)
    assert found[0]["created_at"].endswith("Z")
    assert found[0]["archived_at"] is None


def test_an_export_tells_how_far_it_is_and_can_be_cancelled(
    place: Place, book: LinkBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_files, "_AT_ONCE", 2)
    for slug in ("one", "two", "three", "four", "five"):
        place.created(slug)
    link_ids = book.rolls.roll(LinkQuery()).link_ids
    told: list[int] = []
    stop = threading.Event()

    def stop_at_four(written: int) -> None:
        told.append(written)
        if written == 4:
            stop.set()

    done = book.export(tmp_path / "links.csv", link_ids, Form.CSV, stop=stop, progress=stop_at_four)

    assert (done.is_cancelled, done.rows, told) == (True, 0, [2, 4])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(InvalidInput, match="exists already"):
        book.export(tmp_path / "mine.csv", link_ids, Form.CSV, stop=threading.Event())


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
