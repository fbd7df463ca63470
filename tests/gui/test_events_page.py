"""The Events page through the real window: what was committed, as it comes, looked for, gone to, opened and taken away."""

import json
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QCursor, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from sqlalchemy import insert

from core.events.envelope import Event
from core.events.times import rfc3339
from core.operating.desk import Desk
from core.producing.tables import outbox
from gui.application import Window
from gui.bridge import Bridge
from gui.events import reading, search
from gui.events.page import EventsPage
from gui.events.payload_view import PayloadView
from gui.events.window import LineWindow
from gui.main_window import MainWindow, open_preferences
from gui.pages import PAGES, place_for
from gui.targets import Kind, Target
from gui.theme import Choice, Theme
from tests.gui.conftest import PROGRAM
from tests.support.burying import store_of
from tests.support.events import AT, clicked, created, make_event

Soon = Callable[[Callable[[], object]], None]
EVENTS = [place.title for place in PAGES].index("Events")
#: Rows of old events, whose positions the relay has nothing to do with.
_OLD_PARTITION = 900


@pytest.fixture
def desk(attached: Desk) -> Desk:
    """Give a desk that only reads and commands: no broker, no worker."""
    return attached


@pytest.fixture
def frame(light_frame: MainWindow) -> MainWindow:
    """Give the window of that desk."""
    return light_frame


@pytest.fixture
def page(frame: MainWindow, soon: Soon) -> EventsPage:
    """Give the page, looked at."""
    return look(frame, soon)


def look(frame: MainWindow, soon: Soon) -> EventsPage:
    frame.go(EVENTS)
    made = frame.pages.looked_at
    assert isinstance(made, EventsPage)
    # Nothing is put above a row that somebody points at.
    QCursor.setPos(frame.mapToGlobal(QPoint(3, 3)))
    soon(lambda: made.reader.has_begun)
    return made


def commit_old(desk: Desk, count: int, *, after: int = 0) -> list[Event]:
    """Put published events into the outbox, a second apart, each tenth a creation."""
    events = [
        make_event(
            clicked(f"link-{number}") if number % 10 else created(f"link-{number}"),
            number,
            partition=_OLD_PARTITION,
            at=AT + number,
        )
        for number in range(after + 1, after + count + 1)
    ]
    rows = [{**msgspec.structs.asdict(event), "published_at": AT} for event in events]
    with desk._installation.links.transaction() as db:
        db.execute(insert(outbox), rows)
    return events


def shown(page: EventsPage) -> list[str]:
    return [line.event_id for line in page.table.rows.rows]


def press(widget: Any, key: str) -> None:
    QTest.keyClicks(widget, key)


def is_looked_at(page: EventsPage, event: Event) -> bool:
    line = page.table.current_row
    return line is not None and line.event_id == event.event_id


def top_row(page: EventsPage) -> int:
    row: int = page.table.rows.rows[page.table.rowAt(0)].row
    return row


def test_events_are_followed_and_the_drawer_tells_who_has_applied_them(opened: Window, soon: Soon) -> None:
    desk, page = opened.room.desk, look(opened.frame, soon)
    assert desk is not None
    assert page.stage.blank is not None
    assert page.stage.blank.title == "No events yet"

    made = desk.create_link("https://example.com/", slug="one")
    soon(lambda: shown(page) == [made.event_id])
    press(page.table, "j")
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    soon(lambda: page.panel.consumers.texts.get("qr", "").startswith("applied, "))
    soon(lambda: page.panel.facts.texts["In stream"] == "yes")
    desk.click("one", user_agent="Firefox/130.0")
    soon(lambda: len(shown(page)) == 2)
    soon(lambda: all(line.is_published for line in page.table.rows.rows))
    soon(lambda: {line.copy for line in page.table.rows.rows} == {"in the stream"})

    assert page.head.badge.word == "live"
    assert page.head.source.whole.startswith("From the outbox, read ")
    assert [line.type_name for line in page.table.rows.rows] == ["LinkClicked.v1", "LinkCreated.v1"]
    texts = {**page.panel.facts.texts, **page.panel.more.texts}
    assert (texts["Event"], texts["Trace"]) == (made.event_id, made.trace_id)
    assert (texts["Version"], texts["Schema"]) == ("v1, understood", "urn:signalbox:schema:LinkCreated.v1")
    assert '"slug": "one"' in page.panel.payload.field.toPlainText()
    assert list(page.panel.consumers.texts) == list(PROGRAM.consumers)
    QTest.keyClick(page.table, Qt.Key.Key_Escape)
    assert not page.drawer.is_open


def test_frozen_nothing_moves_and_what_comes_is_counted(page: EventsPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/", slug="one")
    soon(lambda: len(shown(page)) == 1)

    press(page.table, "f")
    before = shown(page)
    desk.click("one")
    desk.click("one")
    soon(page.table.chip.isVisible)

    assert shown(page) == before
    assert page.table.chip.text() == "2 new"
    assert page.head.badge.word == "frozen, 2 new ones waiting"
    press(page.table, "f")
    assert len(shown(page)) == 3
    assert page.head.badge.word == "live"
    assert not page.table.chip.isVisible()


def test_reading_further_down_nothing_moves_and_at_the_top_again_all_is_there(
    page: EventsPage, desk: Desk, soon: Soon
) -> None:
    commit_old(desk, 300)
    page.reader.begin()
    soon(lambda: len(shown(page)) == 200)
    bar = page.table.verticalScrollBar()
    bar.setValue(1_000)
    page.table.select(page.table.rows.rows[35].row)
    place, top, current = bar.value(), top_row(page), page.table.current_row.row

    made = desk.create_link("https://example.com/", slug="one").event_id
    soon(lambda: page.reader.waiting == 1)
    soon(lambda: page.table.chip.text() == "1 new")

    assert (bar.value(), top_row(page), page.table.current_row.row) == (place, top, current)
    assert made not in shown(page)
    bar.setValue(0)
    soon(lambda: shown(page)[0] == made)
    assert page.reader.waiting == 0
    assert page.table.current_row.row == current


def test_more_events_at_once_than_a_look_takes_leave_no_hole(
    page: EventsPage, desk: Desk, soon: Soon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operating.events.tail.MOST_AT_ONCE", 20)
    first = commit_old(desk, 1)
    soon(lambda: len(shown(page)) == 1)

    page.reader.freeze()
    rest = commit_old(desk, 60, after=1)
    soon(lambda: page.reader.waiting == 21)
    page.live.click()

    everything = [event.event_id for event in (*first, *rest)][::-1]
    soon(lambda: shown(page) == everything)


def test_older_events_follow_at_the_end_and_never_more_are_held_than_the_window_takes(
    page: EventsPage, desk: Desk, soon: Soon
) -> None:
    commit_old(desk, 900)
    window = page.reader.window = LineWindow(most=400)
    page.reader.begin()
    soon(lambda: len(shown(page)) == 200)
    bar = page.table.verticalScrollBar()

    while not window.has_oldest:
        bottom = window.older_from
        bar.setValue(bar.maximum())
        soon(partial(moved_on, window, "older_from", bottom))
        assert len(page.table.rows.rows) <= 400
    assert page.table.rows.rows[-1].row == 1
    assert page.head.badge.word == "reading"

    while not window.has_newest:
        top, before = window.newer_from, page.table.rows.rows[0].row
        bar.setValue(0)
        soon(partial(moved_on, window, "newer_from", top))
        assert len(page.table.rows.rows) <= 400
        # What was read stays in sight when lines come above it.
        assert top_row(page) == before
    assert page.table.rows.rows[0].row == 900


def moved_on(window: LineWindow, end: str, before: int | None) -> bool:
    return bool(getattr(window, end) != before)


def test_one_goes_to_a_time_a_place_or_an_id_and_stays_there(
    page: EventsPage, frame: MainWindow, desk: Desk, soon: Soon
) -> None:
    events = commit_old(desk, 700)
    field = page.bars.jump.field

    press(page.table, "t")
    assert field.hasFocus()
    for typed, event in (
        (f"{_OLD_PARTITION}/350", events[349]),
        (events[99].event_id, events[99]),
        (rfc3339(AT + 500), events[499]),
    ):
        field.setText(typed)
        QTest.keyClick(field, Qt.Key.Key_Return)
        soon(partial(is_looked_at, page, event))
        assert page.table.visualRect(page.table.currentIndex()).isValid()
        assert page.head.badge.word == "frozen"

    field.setText("0/99999")
    QTest.keyClick(field, Qt.Key.Key_Return)
    soon(page.bars.complaint.isVisible)
    assert "has no event '0/99999'" in page.bars.complaint.whole
    assert page.table.current_row.event_id == events[499].event_id


def test_a_filter_finds_what_an_index_tells_and_looks_for_the_rest(
    page: EventsPage, desk: Desk, soon: Soon
) -> None:
    made = desk.create_link("https://example.com/Needle", slug="one")
    desk.create_link("https://example.com/", slug="two")
    desk.click("one")
    field = page.bars.filter.field

    field.setText("link:one")
    soon(lambda: len(shown(page)) == 2 and not page.bars.search.isVisible())
    field.setText(f"trace:{made.trace_id}")
    soon(lambda: shown(page) == [made.event_id])
    field.setText("needle")
    soon(lambda: page.bars.search.said.whole == "All 3 events there were to look at: 1 found.")
    assert shown(page) == [made.event_id]
    page.bars.filter.clear()
    page.bars.filter.choose("Type", "LinkClicked.v1")
    soon(lambda: [line.type_name for line in page.table.rows.rows] == ["LinkClicked.v1"])
    desk.click("two")
    soon(lambda: len(shown(page)) == 2)

    page.bars.filter.clear()
    field.setText("link:no-such-link")
    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "This can't be filtered by")
    page.stage.act.click()
    soon(lambda: len(shown(page)) == 4 and page.stage.blank is None)


def test_a_time_is_gone_to_within_the_filter_and_a_name_that_nothing_has_leaves_it(
    page: EventsPage, desk: Desk, soon: Soon
) -> None:
    events = commit_old(desk, 300)
    page.bars.filter.choose("Type", "LinkCreated.v1")
    soon(lambda: len(shown(page)) == 30)

    page.bars.jump.wanted.emit(rfc3339(AT + 204))
    soon(partial(is_looked_at, page, events[199]))
    page.bars.jump.wanted.emit("no-such-event")
    soon(page.bars.complaint.isVisible)

    assert page.bars.filter.choice("Type") == "LinkCreated.v1"
    assert {line.type_name for line in page.table.rows.rows} == {"LinkCreated.v1"}
    assert page.table.current_row.event_id == events[199].event_id


def test_a_search_says_how_far_it_came_stops_and_goes_on(
    page: EventsPage, desk: Desk, soon: Soon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operating.events.pages._PORTION", 50)
    monkeypatch.setattr(reading, "LOOK_AT_ONCE", 100)
    monkeypatch.setattr(search.Search.__init__, "__defaults__", (0, None, 300, 200))
    monkeypatch.setattr(search, "LOOK_AT", 300)
    events = commit_old(desk, 1_000)

    page.bars.filter.field.setText("s-link-500")
    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "Nothing found so far")
    assert page.bars.search.said.whole.startswith("300 events looked at, back to 2026-")
    page.bars.search.more.click()
    soon(
        lambda: page.bars.search.said.whole.startswith("600 events looked at") and not page.reader.is_looking
    )
    page.bars.search.more.click()
    page.bars.search.halt.click()
    soon(lambda: not page.reader.is_looking)
    assert page.reader.search.looked_at < 900
    while not page.reader.window.has_oldest:
        page.reader.look_on()
        soon(lambda: not page.reader.is_looking)

    assert page.bars.search.said.whole == "All 1,000 events there were to look at: 1 found."
    assert shown(page) == [events[499].event_id]


def test_the_id_the_payload_and_all_of_it_can_be_copied(page: EventsPage, desk: Desk, soon: Soon) -> None:
    made = desk.create_link("https://example.com/", slug="one")
    page.go_to(Target(Kind.EVENT, made.event_id))
    soon(lambda: page.panel.detail)
    clipboard = QGuiApplication.clipboard()

    page.panel.copy_id.click()
    assert clipboard.text() == made.event_id
    assert page.panel.copy_id.text() == "Copied"
    page.panel.copy_payload.click()
    assert json.loads(clipboard.text())["slug"] == "one"
    press(page.table, "c")
    copied = json.loads(clipboard.text())
    assert (copied["id"], copied["data"]["slug"]) == (made.event_id, "one")

    page.panel.only_link.click()
    soon(lambda: page.bars.filter.text == f"link:{made.link_id}" and page.reader.wanted.link == made.link_id)


def test_a_very_long_payload_is_shown_in_full_only_when_asked_for(qtbot: QtBot, qapp: QApplication) -> None:
    view = PayloadView(Theme(qapp, Choice.LIGHT))
    qtbot.addWidget(view)
    view.show()

    view.show_text("x" * 60_000)
    assert len(view.field.toPlainText()) == 8_000
    assert view.all.text() == "Show all 60,000 characters"
    view.all.click()

    assert len(view.field.toPlainText()) == 60_000
    assert not view.all.isVisible()


def test_a_dead_letter_is_reached_from_its_event(
    page: EventsPage, frame: MainWindow, desk: Desk, soon: Soon
) -> None:
    (event,) = commit_old(desk, 1)
    store = store_of(desk.settings.data_dir, "qr")
    store.reached(event.partition, event.position)
    store.bury(event)
    store.database.close()
    page.go_to(Target(Kind.EVENT, event.event_id))
    soon(page.panel.to_help.isVisible)

    assert page.panel.consumers.texts["qr"].startswith("dead, ")
    assert page.panel.to_help.text() == "Dead letters of qr"
    page.panel.to_help.click()
    assert frame.pages.number == place_for(Kind.DEAD_LETTERS)


def test_an_id_that_is_gone_to_from_elsewhere_is_opened_among_all_events(
    page: EventsPage, frame: MainWindow, desk: Desk, soon: Soon
) -> None:
    events = commit_old(desk, 300)
    page.bars.filter.field.setText("link-299")
    soon(lambda: len(shown(page)) == 1)

    frame.go_to(Target(Kind.EVENT, events[9].event_id))

    soon(lambda: page.table.current_row and page.table.current_row.event_id == events[9].event_id)
    soon(lambda: page.panel.facts.texts.get("Event") == events[9].event_id)
    assert page.bars.filter.text == ""
    assert page.drawer.is_open


# Taking away


def begin_export(page: EventsPage, path: Path) -> Any:
    page.take_away.click()
    dialog = page.export
    assert dialog is not None
    assert dialog.isVisible()
    dialog.path.setText(str(path))
    dialog.go.click()
    return dialog


def test_what_fits_the_filter_is_exported(page: EventsPage, desk: Desk, soon: Soon, tmp_path: Path) -> None:
    commit_old(desk, 250)
    page.bars.filter.choose("Type", "LinkCreated.v1")
    soon(lambda: len(shown(page)) == 25)
    file = tmp_path / "events.jsonl"

    dialog = begin_export(page, file)
    soon(lambda: dialog.said.text() == f"25 events written to {file}")
    dialog.leave.click()
    assert len(file.read_text().splitlines()) == 25

    again = begin_export(page, file)
    soon(lambda: again.go.text() == "Replace the file")
    assert again.go.objectName() == "danger"
    again.go.click()
    soon(lambda: again.said.text().startswith("25 events written"))
    again.reject()


def test_an_export_that_is_stopped_leaves_no_file(
    page: EventsPage, desk: Desk, soon: Soon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_old(desk, 100)
    monkeypatch.setattr("core.operating.events.browser._EXPORT_AT_ONCE", 10)
    reached, go = threading.Event(), threading.Event()
    older = desk.reading_room.events.pages.older

    def slowly(*args: Any, **words: Any) -> Any:
        reached.set()
        assert go.wait(10)
        return older(*args, **words)

    monkeypatch.setattr(desk.reading_room.events.pages, "older", slowly)
    file = tmp_path / "events.jsonl"

    dialog = begin_export(page, file)
    soon(reached.is_set)
    assert not dialog.go.isEnabled()
    assert dialog.leave.text() == "Stop"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    go.set()
    soon(lambda: dialog.said.text() == "Stopped: there is no file.")

    assert list(tmp_path.glob("events*")) == []
    dialog.reject()
    assert not dialog.isVisible()


# The page itself


def test_a_page_that_is_left_reads_nothing_and_goes_on_when_it_is_looked_at(
    page: EventsPage, frame: MainWindow, desk: Desk, soon: Soon
) -> None:
    frame.go(0)
    made = desk.create_link("https://example.com/", slug="one").event_id
    assert not page.reader.is_looking
    assert shown(page) == []

    frame.go(EVENTS)

    soon(lambda: shown(page) == [made])


def test_without_a_desk_it_says_so_and_reads_as_soon_as_there_is_one(
    qtbot: QtBot, qapp: QApplication, fonts: None, attached: Desk, tmp_path: Path, soon: Soon
) -> None:
    made = attached.create_link("https://example.com/", slug="one").event_id
    bridge = Bridge()
    frame = MainWindow(Theme(qapp, Choice.LIGHT), bridge, PROGRAM.consumers, open_preferences(tmp_path))
    qtbot.addWidget(frame)
    frame.show()
    frame.go(EVENTS)
    page = frame.pages.looked_at
    assert isinstance(page, EventsPage)
    assert page.stage.blank is not None
    assert page.stage.blank.title == "The desk is not open yet"

    bridge.use(attached)

    soon(lambda: shown(page) == [made])
    frame.close()
    bridge.close()


def test_the_model_stays_sound_whatever_comes_and_goes(page: EventsPage, desk: Desk, soon: Soon) -> None:
    commit_old(desk, 20)
    page.reader.begin()
    soon(lambda: len(shown(page)) == 20)
    page.reader.rest()
    tester = QAbstractItemModelTester(page.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal)
    chance, lines = random.Random(3), list(page.reader.window.lines)

    for _ in range(12):
        kept = sorted(chance.sample(lines, chance.randrange(12)), key=lambda line: -line.row)
        shown_lines = [replace(line, is_published=chance.random() < 0.5) for line in kept]
        page.table.show_rows(shown_lines, in_place=chance.random() < 0.5)
        assert list(page.table.rows.rows) == shown_lines
    assert tester.model() is page.table.rows


def test_everything_on_the_page_has_a_name(page: EventsPage, desk: Desk, soon: Soon) -> None:
    made = desk.create_link("https://example.com/", slug="one")
    page.go_to(Target(Kind.EVENT, made.event_id))
    soon(lambda: page.panel.detail)
    press(page.table, "e")
    assert page.export is not None

    for root in (page, page.export):
        parts: Sequence[Any] = [*root.findChildren(QAbstractButton), *root.findChildren(QLineEdit)]
        for part in parts:
            if part.isVisible() and not isinstance(part.parent(), QLineEdit):
                spoken = QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
                assert spoken, part
    table = QAccessible.queryAccessibleInterface(page.table)
    assert table.text(QAccessible.Text.Name) == "Events"
    page.export.reject()
