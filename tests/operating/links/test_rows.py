"""Rows tell what each consumer has of a link; a detail tells what became of it."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, update

from consumers import NAMES, qr_tables
from core.consuming.tables import watermarks
from core.errors import NotFound
from core.operating.dead_letters.effects import Effect
from core.operating.links.book import LinkBook
from core.operating.links.figures import Clicks
from core.operating.links.history import FieldChange, LinkAct
from core.operating.links.roll import LinkQuery, LinkState
from core.operating.links.standings import Standing
from core.producing import tables
from gui.links.words import standing_words
from tests.support.link_book import counted, only
from tests.support.links import give_positions
from tests.support.operated import Place


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


def test_a_row_stands_as_the_worst_of_its_links_events_does_and_says_which(
    place: Place, book: LinkBook
) -> None:
    creation = place.created("one")
    for title in ("B", "C"):
        place.desk.edit_link("one", title=title)
    place.desk.click("one")
    give_positions(place.desk._installation.outbox)
    first_edit, second_edit, click = [e for e in place.events() if e.event_id != creation.event_id]
    billing, qr, webhook = (place.stores[name] for name in ("billing", "qr", "webhook"))
    for store, last in ((billing, click), (qr, click), (webhook, creation)):
        store.applied(creation)
        store.reached(last.partition, last.position)
    behind = standing(book, "webhook")
    webhook.applied(first_edit, second_edit, click)
    with webhook.database.transaction() as db:
        db.execute(update(watermarks).values(position=click.position))
    billing.bury(first_edit, error="ValueError: no such team")
    billing.bury(second_edit)
    qr.park(first_edit, error="OSError: disk")
    qr.park_behind(second_edit)

    dead, waits, well = (standing(book, name) for name in ("billing", "qr", "webhook"))

    assert (behind.effect, behind.type_name) == (Effect.WAITING, "LinkClicked.v1")
    assert (dead.effect, dead.type_name, dead.events) == (Effect.DEAD, "LinkUpdated.v1", 2)
    assert dead.error == "ValueError: no such team"
    assert (waits.effect, waits.type_name, waits.events) == (Effect.PARKED, "LinkUpdated.v1", 2)
    assert waits.error == "OSError: disk"
    assert (well.effect, well.type_name) == (Effect.APPLIED, None)
    assert {one.creation.effect for one in (dead, waits, well)} == {Effect.APPLIED}
    created_at = only(book, "one").link.created_at
    assert standing_words(dead, created_at).startswith(
        "dead: LinkUpdated and 1 more, ValueError: no such team; its creation: applied, "
    )
    assert "its creation: applied, " in standing_words(waits, created_at)
    assert standing_words(behind, created_at).startswith("waiting: LinkClicked, it has not come to it yet; ")


def standing(book: LinkBook, consumer: str) -> Standing:
    """Give how the only link stands with a consumer."""
    (found,) = [one for one in only(book, "one").standings if one.consumer == consumer]
    return found


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
