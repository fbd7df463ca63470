"""Files of links harm no spreadsheet, tell how far they are and can be cancelled."""

import csv
import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core.errors import InvalidInput
from core.operating.links.book import LinkBook
from core.operating.links.files import Form
from core.operating.links.roll import LinkQuery, LinkSort
from core.producing import tables
from tests.support.link_book import counted
from tests.support.operated import Place


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
    monkeypatch.setattr("core.operating.links.book.AT_ONCE", 2)
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
    monkeypatch.setattr("core.operating.links.book.AT_ONCE", 2)
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


def test_all_that_fit_are_exported_however_many_and_each_once(
    place: Place, book: LinkBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operating.links.book.AT_ONCE", 2)
    monkeypatch.setattr("core.operating.links.roll.MOST_LINKS", 3)
    names = [f"slug-{number}" for number in range(7)]
    for name in names:
        place.desk.create_link("https://example.com/", slug=name, tags=["odd"] if name[-1] in "135" else [])
    # Created at the same moment, as an import may do.
    with place.desk._installation.links.transaction() as db:
        db.execute(update(tables.links).values(created_at=5.0).where(tables.links.c.slug.in_(names[2:6])))

    with counted(place, {"slug-4": 9, "slug-1": 3}):
        for query, first in (
            (LinkQuery(), "slug-6"),
            (LinkQuery(descending=False), None),
            (LinkQuery(sort=LinkSort.SLUG), "slug-6"),
            (LinkQuery(sort=LinkSort.SLUG, descending=False), "slug-0"),
            (LinkQuery(sort=LinkSort.CLICKS), "slug-4"),
        ):
            told: list[int] = []
            done = book.export(
                tmp_path / "all.csv",
                query,
                Form.CSV,
                stop=threading.Event(),
                progress=told.append,
                overwrite=True,
            )
            found = [
                row["slug"] for row in csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text("utf-8")))
            ]
            assert (done.rows, told, sorted(found)) == (7, [2, 4, 6, 7], names), query
            assert first in (None, found[0]), query
    assert book.rolls.count(LinkQuery(tag="odd")) == 3
