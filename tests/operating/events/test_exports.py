"""Files of events: all that fit, or one alone; whole, or not there."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInput, NotFound
from core.operating.events.browser import EventBrowser
from core.operating.events.pages import EventFilter
from tests.support.operated import Place


def test_an_export_has_all_events_that_fit_one_a_line(
    place: Place, browser: EventBrowser, tmp_path: Path
) -> None:
    one, two = place.created("one"), place.created("two")
    place.desk.click("two")
    told: list[tuple[int, int]] = []
    file = tmp_path / "events.jsonl"

    done = browser.export(
        file,
        browser.filter(types=["LinkCreated"]),
        stop=threading.Event(),
        progress=lambda found, looked_at: told.append((found, looked_at)),
    )

    lines: list[dict[str, Any]] = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == [two.event_id, one.event_id]
    assert lines[1]["data"]["slug"] == "one"
    assert (lines[1]["partition"], lines[1]["position"]) == (one.partition, one.position)
    assert (done.rows, done.is_cancelled, told[-1]) == (2, False, (2, 3))


def test_a_cancelled_export_leaves_no_file(place: Place, browser: EventBrowser, tmp_path: Path) -> None:
    place.created("one")
    stop = threading.Event()

    done = browser.export(tmp_path / "events.jsonl", EventFilter(), stop=stop, progress=lambda *_: stop.set())

    assert done.is_cancelled
    assert list(tmp_path.iterdir()) == []


def test_an_export_replaces_no_file_unasked_and_says_where_it_cannot_write(
    place: Place, browser: EventBrowser, tmp_path: Path
) -> None:
    place.created("one")
    file = tmp_path / "events.jsonl"
    file.write_text("mine")
    stop = threading.Event()

    with pytest.raises(InvalidInput, match="exists already"):
        browser.export(file, EventFilter(), stop=stop)
    assert file.read_text() == "mine"
    with pytest.raises(InvalidInput, match="can't be written"):
        browser.export(tmp_path / "no" / "folder.jsonl", EventFilter(), stop=stop)
    assert browser.export(file, EventFilter(), stop=stop, overwrite=True).rows == 1
    assert json.loads(file.read_text("utf-8"))["type"] == "LinkCreated.v1"


def test_one_event_alone_is_exported_by_its_id_or_place(
    place: Place, browser: EventBrowser, tmp_path: Path
) -> None:
    one, two = place.created("one"), place.created("two")
    file, stop = tmp_path / "event.jsonl", threading.Event()

    assert browser.export_one(file, two.event_id, stop=stop).rows == 1
    assert json.loads(file.read_text("utf-8"))["id"] == two.event_id
    where = f"{one.partition}/{one.position}"
    assert browser.export_one(file, where, stop=stop, overwrite=True).rows == 1
    assert json.loads(file.read_text("utf-8"))["id"] == one.event_id
    with pytest.raises(NotFound, match="retention"):
        browser.export_one(file, "no-such-event", stop=stop, overwrite=True)
