"""One finds events by filters and by what names them; where no index helps, the page says how far it has looked."""

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from core.events.times import rfc3339
from core.operating.desk import Desk
from gui.events import reading, search
from gui.events.columns import WHAT
from gui.events.event_table import MatchDelegate
from gui.events.page import EventsPage
from gui.main_window import MainWindow
from gui.targets import Kind, Target
from tests.gui.events.looking import OLD_PARTITION, Soon, commit_old, is_looked_at, press, shown
from tests.support.events import AT


def test_one_goes_to_a_time_a_place_or_an_id_and_stays_there(
    page: EventsPage, frame: MainWindow, desk: Desk, soon: Soon
) -> None:
    events = commit_old(desk, 700)
    field = page.bars.jump.field

    press(page.table, "t")
    assert field.hasFocus()
    for typed, event in (
        (f"{OLD_PARTITION}/350", events[349]),
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


def test_what_was_found_is_in_sight_and_marked_in_its_cell_and_in_the_drawer(
    page: EventsPage, desk: Desk, soon: Soon
) -> None:
    desk.create_link(f"https://example.com/{'long/' * 40}needle/{'more/' * 40}", slug="one", title="🎯 first")
    field, table = page.bars.filter.field, page.table
    soon(lambda: len(shown(page)) == 1)
    before = table.rows.index(0, WHAT).data()

    field.setText("NEEDLE")
    soon(lambda: table.rows.rows and table.rows.rows[0].match is not None)
    line = table.rows.rows[0]
    delegate = table.itemDelegate()
    assert isinstance(delegate, MatchDelegate)
    cuts = {width: delegate.cut(line.match, width) for width in (40, 120, 200, 900)}
    image = table.viewport().grab().toImage()
    table.setCurrentIndex(table.rows.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    view = page.panel.payload.field
    soon(view.extraSelections)

    assert before.startswith("created for https://example.com/long")
    assert table.rows.index(0, WHAT).data().startswith("target_url: …")
    assert [text for _, text, _ in cuts.values()][1:] == ["needle"] * 3
    assert all(head.startswith("…") for head, _, _ in (cuts[120], cuts[200]))
    ground = QColor(page._tools.theme.tokens.accent_soft)
    place = table.visualRect(table.rows.index(0, WHAT))
    assert any(
        image.pixelColor(x, y) == ground
        for x in range(place.left(), place.right())
        for y in range(place.top(), place.bottom())
    )
    (mark,) = view.extraSelections()
    assert mark.cursor.selectedText() == "needle"
    page.bars.filter.clear()
    soon(lambda: table.rows.index(0, WHAT).data() == before and not view.extraSelections())
