"""The frame around the pages: made when first seen, reached by keys, silent while not looked at, remembered."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.settings import Settings
from gui.application import Window
from gui.bridge import Bridge
from gui.journal.page import ActsPage
from gui.main_window import MainWindow, open_preferences
from gui.page import Page, Tools
from gui.page_stack import PageStack
from gui.pages import PAGES, Place, place_for
from gui.targets import Kind, Target, find_target
from gui.theme import Choice, Theme
from tests.gui.conftest import PROGRAM, activate, close
from tests.gui.pictures import NAMES, snapshot
from tests.support.operated import operated

Soon = Callable[[Callable[[], object]], None]
JOURNAL = [place.title for place in PAGES].index("Journal")


@pytest.fixture
def frame(qtbot: QtBot, qapp: QApplication, fonts: None, tmp_path: Path) -> Iterator[MainWindow]:
    """Give a frame that no desk stands behind; it is shown pictures by hand."""
    bridge = Bridge()
    made = MainWindow(Theme(qapp, Choice.LIGHT), bridge, NAMES, open_preferences(tmp_path))
    qtbot.addWidget(made)
    made.show()
    activate(qtbot, made)
    yield made
    bridge.close()


class Watched(Page):
    """A page that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def shown(self) -> None:
        self.told.append("shown")

    def hidden(self) -> None:
        self.told.append("hidden")


def test_a_page_is_made_when_it_is_first_looked_at_and_told_when_it_is_left(
    qtbot: QtBot, tools_alone: Tools
) -> None:
    made: list[Watched] = []

    def make(_tools: Tools) -> Page:
        made.append(Watched())
        return made[-1]

    stack = PageStack(tools_alone, [Place("One", "link", make), Place("Two", "link", make)])
    qtbot.addWidget(stack)

    first = stack.turn_to(0)
    assert made == [first]
    assert stack.number == 0
    assert made[0].told == []
    stack.show()
    stack.turn_to(1)
    stack.turn_to(0)
    stack.close_all()

    assert len(made) == 2
    assert [page.told for page in made] == [["shown", "hidden", "shown", "hidden"], ["shown", "hidden"]]
    assert stack.number == -1


def test_a_window_that_is_hidden_is_looked_at_by_nobody(qtbot: QtBot, tools_alone: Tools) -> None:
    page = Watched()
    stack = PageStack(tools_alone, [Place("One", "link", lambda _tools: page)])
    qtbot.addWidget(stack)
    stack.turn_to(0)

    stack.show()
    stack.hide()
    stack.show()

    assert page.told == ["shown", "hidden", "shown"]


@pytest.mark.parametrize("title", [place.title for place in PAGES])
def test_every_control_of_every_page_has_a_name(light_frame: MainWindow, title: str) -> None:
    light_frame.go([place.title for place in PAGES].index(title))
    page = light_frame.pages.looked_at
    assert page is not None
    light_frame.refresh(snapshot())

    # A sign inside a field is no control: the field has the name.
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView)
    nameless = [
        widget
        for widget in page.findChildren(QWidget)
        if isinstance(widget, kinds) and widget.isVisible() and not widget.accessibleName()
        if not widget.objectName().startswith("qt_") and not isinstance(widget.parent(), QLineEdit)
    ]

    assert nameless == []


def test_digits_turn_pages_and_the_rail_shows_which(frame: MainWindow) -> None:
    QTest.keyClicks(frame, str(JOURNAL + 1))
    assert frame.pages.number == JOURNAL
    assert frame.rail.entry(JOURNAL).isChecked()

    QTest.keyClick(frame, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert frame.pages.looked_at is frame.overview
    assert not frame.rail.entry(JOURNAL).isChecked()


def test_keys_are_text_while_somebody_types(frame: MainWindow) -> None:
    frame.show_ready()
    url = frame.overview.create_bar.url

    QTest.keyClicks(url, "2g?/jk")

    assert url.text() == "2g?/jk"
    assert frame.pages.looked_at is frame.overview
    assert not frame.keys.map.isVisible()
    assert not frame.keys.go_to.isVisible()


def test_the_map_tells_the_keys_of_every_page_and_of_this_one(frame: MainWindow) -> None:
    frame.go(JOURNAL)

    QTest.keyClicks(frame, "?")

    assert frame.keys.map.isVisible()
    texts = frame.keys.map.texts
    assert {place.title for place in PAGES} <= set(texts)
    assert "Open the act, with its undo" in texts
    QTest.keyClick(frame.keys.map, Qt.Key.Key_Escape)
    assert not frame.keys.map.isVisible()


def test_a_slash_goes_to_the_filter_and_escape_back_to_the_rows(frame: MainWindow) -> None:
    frame.go(JOURNAL)
    page = frame.pages.looked_at
    assert isinstance(page, ActsPage)

    QTest.keyClicks(frame, "/")
    assert page.filter.field.hasFocus()
    QTest.keyClicks(page.filter.field, "pause")
    QTest.keyClick(page.filter.field, Qt.Key.Key_Escape)
    assert page.filter.text == ""
    QTest.keyClick(page.filter.field, Qt.Key.Key_Escape)

    assert not page.filter.field.hasFocus()


def test_escape_leaves_a_field_also_where_there_is_nothing_else_to_go_to(frame: MainWindow) -> None:
    for title in ("Trace", "Why?"):
        frame.go([place.title for place in PAGES].index(title))
        typed_in = frame.focusWidget()
        assert isinstance(typed_in, QLineEdit)

        QTest.keyClick(typed_in, Qt.Key.Key_Escape)
        QTest.keyClicks(frame, "9")

        assert isinstance(frame.pages.looked_at, ActsPage)


def test_a_page_that_is_not_looked_at_is_not_refreshed_and_is_at_once_when_it_is(
    frame: MainWindow, soon: Soon
) -> None:
    frame.refresh(snapshot())
    frame.go(JOURNAL)

    frame.refresh(snapshot(consumers=()))
    assert frame.overview.health.word == "all five running"
    frame.go(0)

    soon(lambda: frame.overview.health.word == "consumers unknown")


def test_without_a_desk_a_page_says_so_and_a_page_of_errors_is_not_left_by_keys(
    frame: MainWindow, soon: Soon
) -> None:
    frame.go(JOURNAL)
    page = frame.pages.looked_at
    assert isinstance(page, ActsPage)
    assert page.stage.blank is not None
    assert page.stage.blank.title == "The desk is not open yet"

    frame.show_error("The disk is full.")
    QTest.keyClicks(frame, "1")

    assert frame.error_page.isVisible()


def test_the_page_and_its_columns_are_remembered(
    qtbot: QtBot, qapp: QApplication, fonts: None, settings: Settings, soon: Soon
) -> None:
    qapp.setQuitOnLastWindowClosed(False)
    first = Window(qapp, settings, PROGRAM)
    first.show()
    soon(lambda: first.room.desk is not None and first.frame.pages.looked_at is first.frame.overview)
    first.frame.go(JOURNAL)
    page = first.frame.pages.looked_at
    assert isinstance(page, ActsPage)
    page.table.setColumnWidth(1, 133)
    page.table.horizontalHeader().moveSection(2, 0)
    page.table.sort_by(1)
    close(qtbot, first)

    second = Window(qapp, settings, PROGRAM)
    second.show()
    soon(lambda: isinstance(second.frame.pages.looked_at, ActsPage))
    again = second.frame.pages.looked_at
    assert isinstance(again, ActsPage)

    assert again.table.columnWidth(1) == 133
    assert again.table.horizontalHeader().visualIndex(2) == 0
    assert again.table.rows.headerData(1, Qt.Orientation.Horizontal) == "Who ↑"
    close(qtbot, second)


# Going to an id


def test_ids_names_and_addresses_are_told_apart(short_dir: Path) -> None:
    with operated(short_dir) as place:
        desk = place.desk
        made = desk.create_link("https://example.com/", slug="spring-sale")

        assert find_target(desk, " qr ", NAMES) == Target(Kind.CONSUMER, "qr", "qr")
        for text in ("spring-sale", made.link_id, f"{desk.settings.short_base}/spring-sale/"):
            assert find_target(desk, text, NAMES) == Target(Kind.LINK, made.link_id, text)
        assert find_target(desk, made.event_id, NAMES).kind is Kind.EVENT
        assert find_target(desk, made.trace_id.upper(), NAMES) == Target(
            Kind.TRACE, made.trace_id, made.trace_id.upper()
        )


def test_g_goes_to_a_consumer_from_anywhere(light_frame: MainWindow, soon: Soon) -> None:
    window = light_frame
    window.refresh(snapshot())
    window.overview.cards["qr"].button.act.setFocus()

    QTest.keyClicks(window.overview.cards["qr"].button.act, "g")
    box = window.keys.go_to
    assert box.isVisible()
    QTest.keyClicks(box.field, "billing")
    QTest.keyClick(box.field, Qt.Key.Key_Return)

    soon(lambda: not box.isVisible())
    assert window.pages.number == place_for(Kind.CONSUMER)


def test_what_is_called_nothing_is_said_in_the_box(light_frame: MainWindow, soon: Soon) -> None:
    box = light_frame.keys.go_to
    box.ask()

    QTest.keyClicks(box.field, "no-such-slug")
    QTest.keyClick(box.field, Qt.Key.Key_Return)

    soon(lambda: "is called 'no-such-slug'" in box.said.whole)
    assert box.isVisible()
    box.reject()
