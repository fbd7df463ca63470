"""Events as they come: put on top, counted while they wait, and never more held than the window takes."""

import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.events.envelope import Event
from core.operating.desk import Desk
from gui.application import Window
from gui.bridge import Bridge
from gui.events.page import EventsPage
from gui.events.window import MOST, LineWindow
from gui.main_window import MainWindow, open_preferences
from gui.theme import Choice, Theme
from tests.gui.conftest import PROGRAM
from tests.gui.events.looking import EVENTS, Soon, commit_old, look, press, shown, top_row


def test_events_are_followed_and_the_drawer_tells_who_has_applied_them(opened: Window, soon: Soon) -> None:
    desk, page = opened.room.desk, look(opened.frame, soon)
    assert desk is not None
    assert page.stage.blank is not None
    assert page.stage.blank.title == "No events yet"
    QTest.mouseClick(page.stage.act, Qt.MouseButton.LeftButton)
    assert opened.frame.pages.looked_at is not page
    look(opened.frame, soon)

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
    soon(lambda: page.reader.waiting == 60)
    page.live.click()

    everything = [event.event_id for event in (*first, *rest)][::-1]
    soon(lambda: shown(page) == everything)


@pytest.mark.parametrize("is_frozen", [False, True])
def test_twenty_thousand_events_come_and_no_more_are_kept_than_the_window_takes(
    page: EventsPage, desk: Desk, soon: Soon, is_frozen: bool
) -> None:
    most = {"rows": 0, "waiting": 0}

    def note(_in_place: bool = False) -> None:
        most["rows"] = max(most["rows"], len(page.reader.window.lines), len(page.table.rows.rows))
        most["waiting"] = max(most["waiting"], len(page.reader._waiting))

    page.reader.lines_changed.connect(note)
    page.reader.state_changed.connect(note)
    (newest,) = commit_old(desk, 1)
    soon(lambda: len(shown(page)) == 1)
    if is_frozen:
        page.reader.freeze()
    for number in range(5):
        newest = commit_old(desk, 4_000, after=1 + number * 4_000)[-1]
        wanted = (number + 1) * 4_000
        if is_frozen:
            soon(partial(counted, page, wanted))
        else:
            soon(partial(is_on_top, page, newest))

    assert most["rows"] <= MOST
    assert most["waiting"] <= MOST
    if is_frozen:
        assert len(shown(page)) == 1
        assert page.table.chip.text() == "20,000 new"
        page.live.click()
        soon(partial(is_on_top, page, newest))
        assert len(shown(page)) <= MOST


def counted(page: EventsPage, number: int) -> bool:
    """Whether so many wait."""
    return page.reader.waiting == number


def is_on_top(page: EventsPage, event: Event) -> bool:
    """Whether this event is the first one."""
    return shown(page)[:1] == [event.event_id]


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
