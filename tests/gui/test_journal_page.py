"""The Journal page through the real window: acts of everybody, filtered, opened and undone."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QAbstractItemModelTester, QTest
from sqlalchemy import insert

from core.consuming.control_tables import journal
from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.snapshot import ConsumerState
from gui.application import Window
from gui.journal.page import ActsPage
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.targets import Kind, Target
from tests.gui.pictures import NOW
from tests.gui.settling import pause

Soon = Callable[[Callable[[], object]], None]


JOURNAL = [place.title for place in PAGES].index("Journal")


def looked_at(frame: MainWindow) -> ActsPage:
    """Turn to the Journal page."""
    frame.go(JOURNAL)
    made = frame.pages.looked_at
    assert isinstance(made, ActsPage)
    return made


@pytest.fixture
def page(light_frame: MainWindow) -> ActsPage:
    """Give the Journal page over a desk that only commands."""
    return looked_at(light_frame)


@pytest.fixture
def desk(attached: Desk) -> Desk:
    """Give that desk."""
    return attached


def _acts(page: ActsPage) -> list[str]:
    return [entry.act for entry in page.table.rows.rows]


def test_an_empty_journal_says_what_will_be_in_it(page: ActsPage, soon: Soon) -> None:
    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "Nobody has done anything yet")


def test_who_looks_at_an_empty_journal_has_the_keyboard_in_the_table_once_there_is_one(
    page: ActsPage, desk: Desk, soon: Soon
) -> None:
    soon(lambda: page.stage.blank is not None and page.stage.blank.title.startswith("Nobody"))
    assert page.stage.hasFocus()

    desk.pause("qr", by="ann@desk")

    soon(page.table.hasFocus)
    QTest.keyClick(page.table, Qt.Key.Key_Home)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert page.drawer.is_open


def test_acts_appear_while_it_is_looked_at_newest_first(page: ActsPage, desk: Desk, soon: Soon) -> None:
    tester = QAbstractItemModelTester(page.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal)
    desk.pause("qr", by="ann@desk", why="maintenance")
    soon(lambda: _acts(page) == ["pause"])

    desk.resume("qr", by="ben@night")

    soon(lambda: _acts(page) == ["resume", "pause"])
    assert page.filter.figure.whole == "2 of 2 shown"
    assert page.head.source.whole.startswith("From the journal and the links' history, read ")
    assert tester.model() is page.table.rows


def test_a_filter_narrows_and_says_how_many_are_left(page: ActsPage, desk: Desk, soon: Soon) -> None:
    desk.pause("qr", by="ann@desk", why="new disk")
    desk.pause("billing", by="ben@night")
    desk.resume("billing", by="ben@night")
    soon(lambda: len(_acts(page)) == 3)

    page.filter.choose("Operator", "ben@night")
    soon(lambda: page.filter.figure.whole == "2 of 3 shown")
    page.filter.choose("Act", "pause")
    soon(lambda: [entry.subject for entry in page.table.rows.rows] == ["billing"])
    QTest.keyClicks(page.filter.field, "disk")
    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "No act fits the filter")
    assert page.filter.words == 'text "disk", operator ben@night, act pause'

    QTest.mouseClick(page.stage.act, Qt.MouseButton.LeftButton)
    soon(lambda: page.filter.figure.whole == "3 of 3 shown")


def test_a_pause_is_opened_by_keys_and_undone(opened: Window, soon: Soon) -> None:
    page, desk = looked_at(opened.frame), opened.room.desk
    assert desk is not None
    desk.pause("qr", by="ann@desk", why="new disk")
    soon(lambda: len(_acts(page)) == 1)
    page.table.setFocus()

    QTest.keyClicks(page.table, "j")
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    soon(page.detail.undo.isEnabled)
    assert page.detail.facts.texts["Before"] == "running"
    assert page.detail.facts.texts["Why"] == "new disk"
    assert page.detail.undo.text() == "Undo: Resume qr"
    page.detail.undo.setFocus()
    QTest.keyClick(page.detail.undo, Qt.Key.Key_Space)

    soon(lambda: page.detail.said.text() == "Undone; the journal has it as an act of its own.")
    assert page.detail.undo.hasFocus()
    soon(lambda: _acts(page) == ["resume", "pause"])
    assert page.table.rows.rows[0].why == "undo of act 1"
    soon(lambda: _state(desk, "qr") is ConsumerState.RUNNING)
    soon(lambda: page.detail.undo.toolTip().startswith("It is over: resume by "))
    assert page.detail.undo.hasFocus()
    assert page.detail.entry is not None
    assert page.detail.entry.act == "pause"

    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.drawer.is_open


def _state(desk: Desk, name: str) -> ConsumerState:
    assert desk.snapshot is not None
    return next(health.state for health in desk.snapshot.consumers if health.name == name)


def test_a_fault_is_cleared_from_its_entry(page: ActsPage, desk: Desk, soon: Soon) -> None:
    desk.faults.set("billing", FaultKind.TWICE, Figures(), by="ann@desk")
    soon(lambda: len(_acts(page)) == 1)
    page.table.step(1)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    soon(lambda: page.detail.undo.text() == "Undo: Clear fault 1" and page.detail.undo.isEnabled())

    QTest.mouseClick(page.detail.undo, Qt.MouseButton.LeftButton)

    soon(lambda: not desk.faults.active())


def test_what_was_done_to_a_link_is_told_and_taken_back(page: ActsPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/a", slug="sale", by="ann@desk")
    desk.edit_link("sale", title="Sale", tags=["a", "b"], why="no title")
    desk.archive_link("sale")
    soon(lambda: _acts(page) == ["archive link", "edit link"])
    page.table.setFocus()

    QTest.keyClicks(page.table, "j")
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    soon(lambda: page.detail.undo.text() == "Undo: Restore sale" and page.detail.undo.isEnabled())
    assert page.drawer.title.whole == "Act 3 on sale"
    assert page.detail.facts.texts["Before"] == "live"
    assert page.detail.facts.texts["After"].startswith("archived since ")
    QTest.keyClicks(page.table, "j")
    soon(lambda: page.detail.undo.toolTip() == "The link is archived: restore it first.")
    QTest.keyClicks(page.table, "k")
    soon(page.detail.undo.isEnabled)
    QTest.keyClicks(page.table, "u")

    soon(lambda: _acts(page)[0] == "restore link")
    assert page.table.rows.rows[0].why == "undo of act 3 on sale"
    assert desk.links.one("sale").archived_at is None


def test_what_operators_did_is_not_buried_below_the_creations_of_links(
    page: ActsPage, desk: Desk, soon: Soon
) -> None:
    for number in range(3):
        desk.create_link("https://example.com/", slug=f"made-{number}")
    soon(lambda: page.stage.blank is not None and page.stage.blank.act == "Show creations")

    QTest.mouseClick(page.stage.act, Qt.MouseButton.LeftButton)
    soon(lambda: _acts(page) == ["create link"] * 3)
    assert page.filter.choice("Act") == "create link"

    desk.pause("qr", by="ann@desk")
    page.filter.clear()
    soon(lambda: _acts(page) == ["pause"])
    assert page.filter.figure.whole == "1 of 1 shown, without 3 creations of links"
    QTest.keyClicks(page.filter.field, "made-1")
    soon(lambda: [entry.subject for entry in page.table.rows.rows] == ["made-1"])
    assert page.filter.figure.whole == "1 of 4 shown"


def test_an_edit_is_edited_back_after_a_look_at_what_was_before(
    page: ActsPage, desk: Desk, soon: Soon
) -> None:
    desk.create_link("https://example.com/a", slug="sale", tags=["old"])
    desk.edit_link("sale", url="https://example.com/b", tags=["a", "b"])
    page.filter.choose("Act", "edit link")
    soon(lambda: _acts(page) == ["edit link"])
    page.table.step(1)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    soon(lambda: page.detail.undo.text() == "Undo: Edit target, tags of sale back")
    assert page.detail.facts.texts["Before"] == "target: https://example.com/a\ntags: old"
    assert page.detail.facts.texts["After"] == "target: https://example.com/b\ntags: a, b"

    QTest.mouseClick(page.detail.undo, Qt.MouseButton.LeftButton)

    soon(lambda: desk.links.one("sale").tags == ("old",))
    assert desk.links.one("sale").target_url == "https://example.com/a"
    soon(lambda: len(_acts(page)) == 2)
    soon(lambda: page.detail.undo.toolTip().startswith("It is over: target changed again by "))


def test_it_reads_more_when_the_end_comes_in_sight(page: ActsPage, desk: Desk, soon: Soon) -> None:
    rows = [{"at": NOW + n, "by": "ann", "act": "pause", "subject": "qr", "why": str(n)} for n in range(450)]
    with desk._installation.control.transaction() as db:
        db.execute(insert(journal), rows)
    soon(lambda: len(_acts(page)) == 200)
    assert page.filter.figure.whole == "450 of 450 shown"

    page.table.scrollToBottom()
    soon(lambda: len(_acts(page)) == 400)

    assert page.table.verticalScrollBar().value() > 100


def test_another_page_can_ask_for_the_acts_on_a_consumer(page: ActsPage, desk: Desk, soon: Soon) -> None:
    desk.pause("qr", by="ann@desk")
    desk.pause("billing", by="ann@desk")
    soon(lambda: len(_acts(page)) == 2)

    page.go_to(Target(Kind.CONSUMER, "billing"))

    soon(lambda: [entry.subject for entry in page.table.rows.rows] == ["billing"])


def test_while_nobody_looks_nothing_is_read_and_then_all_is_there(
    page: ActsPage, light_frame: MainWindow, desk: Desk, soon: Soon
) -> None:
    soon(lambda: page.stage.blank is not None and page.stage.blank.title.startswith("Nobody"))
    light_frame.go(0)
    desk.pause("qr", by="ann@desk")
    pause(50)
    assert _acts(page) == []

    light_frame.go(JOURNAL)

    soon(lambda: _acts(page) == ["pause"])


def test_a_screen_reader_is_told_who_did_what(page: ActsPage, desk: Desk, soon: Soon) -> None:
    desk.pause("qr", by="ann@desk")
    soon(lambda: len(_acts(page)) == 1)

    table = QAccessible.queryAccessibleInterface(page.table)
    said = [table.child(number).text(QAccessible.Text.Name) for number in range(table.childCount())]

    assert table.text(QAccessible.Text.Name) == "Acts"
    assert {"Who", "Act", "ann@desk", "pause", "qr"} <= set(said)
    for part in (page.filter.field, page.detail.undo, page.drawer.shut_button):
        assert QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
