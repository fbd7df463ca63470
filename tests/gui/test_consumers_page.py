"""The Consumers page with a real desk and worker: what is so with each, and acts that turn into their outcomes."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QCursor, QShortcut
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.snapshot import ConsumerHealth, ConsumerState
from gui.application import Window
from gui.consumers.detail_tables import FLIGHTS_TAB, KEYS_TAB
from gui.consumers.page import ConsumersPage
from gui.main_window import MainWindow
from gui.page import Tools
from gui.pages import PAGES
from gui.targets import Kind, Target
from tests.gui.pictures import consumer, snapshot

Soon = Callable[[Callable[[], object]], None]
NUMBER = [place.title for place in PAGES].index("Consumers")


@pytest.fixture
def page(opened: Window) -> ConsumersPage:
    """Give the page, looked at in the open window."""
    frame = opened.frame
    frame.activateWindow()
    # No row moves under the pointer, wherever on the screen it happens to be.
    QCursor.setPos(frame.status.mapToGlobal(frame.status.rect().center()))
    frame.go(NUMBER)
    page = frame.pages.looked_at
    assert isinstance(page, ConsumersPage)
    return page


def health(desk: Desk, name: str) -> ConsumerHealth:
    snapshot = desk.snapshot
    assert snapshot is not None
    return next(one for one in snapshot.consumers if one.name == name)


def names(page: ConsumersPage) -> list[str]:
    return [group.name for group in page.table.rows.rows]


def look_at(page: ConsumersPage, name: str, soon: Soon) -> None:
    soon(lambda: name in names(page))
    page.table.select(name)
    assert page.detail.name == name


def park(desk: Desk, name: str, slug: str, soon: Soon) -> str:
    """Create a link that a consumer fails at; gives its id."""
    desk.pause(name, by="ana@desk")
    soon(lambda: health(desk, name).state is ConsumerState.PAUSED)
    link = desk.create_link("https://example.com/", slug=slug)
    desk.faults.set(name, FaultKind.FAIL_LINK, Figures(link=slug, transient=True), by="ana@desk")
    desk.resume(name, by="ana@desk")
    return link.link_id


def test_what_waits_in_a_paused_group_is_shown_by_partition_beside_the_brokers_figures(
    page: ConsumersPage, desk: Desk, soon: Soon
) -> None:
    look_at(page, "qr", soon)
    QTest.keyClicks(page.table, "p")
    soon(lambda: page.detail.badge.word == "paused")
    soon(lambda: page.detail.bar.pause.act.text() == "Resume")
    for number in range(3):
        desk.create_link(f"https://example.com/{number}")
    soon(lambda: health(desk, "qr").lag == 3)
    tables = page.detail.tables
    soon(lambda: tables.detail and sum(part.lag for part in tables.detail.partitions) == 3)

    parts = tables.partitions.rows.rows
    assert [part.partition for part in parts] == list(range(8))
    assert {part.owner for part in parts} == set(health(desk, "qr").workers)
    assert all(part.is_owner_alive and part.epoch >= 1 for part in parts)
    assert sum(part.by_broker.lag for part in parts) == 3
    assert page.table.rows.rows[0].lag == 3
    assert "Paused by" in page.detail.standing.whole
    assert "pause at" in page.detail.lag.accessibleName()

    QTest.keyClicks(page.table, "p")
    soon(lambda: health(desk, "qr").lag == 0 and page.detail.badge.word == "running")
    soon(lambda: not page.detail.standing.whole)


def test_a_break_says_what_it_does_shows_what_is_in_flight_and_is_repaired(
    page: ConsumersPage, desk: Desk, soon: Soon
) -> None:
    look_at(page, "webhook", soon)
    bar = page.detail.bar
    soon(bar.breaking.isEnabled)
    assert not bar.repairing.isEnabled()
    assert bar.repairing.toolTip() == "Nothing of this consumer is broken on purpose."

    (hang,) = [action for action in bar.break_menu.actions() if action.text() == "Hang"]
    assert hang.toolTip().startswith("It stands still with events in hand")
    hang.trigger()
    assert bar.said.whole == "Hang: sent"
    soon(lambda: bar.said.whole.startswith("Hang: Set as fault "))
    soon(lambda: bar.repairing.isEnabled() and "webhook hangs" in page.detail.standing.whole)
    # A worker that has obeyed another wish has looked since the fault was set, and knows of it.
    for version in (desk.pause("webhook", by="ben@night"), desk.resume("webhook", by="ben@night")):
        soon(lambda version=version: (health(desk, "webhook").obeyed_version or 0) >= version)  # type: ignore[misc]
    link = desk.create_link("https://example.com/", slug="in-flight")
    tables = page.detail.tables
    soon(lambda: tables.flights.rows.rows)

    tables.turn_to(FLIGHTS_TAB)
    (flight,) = tables.flights.rows.rows
    cells = [tables.flights.rows.index(0, number).data() for number in range(7)]
    assert flight.event is not None
    assert flight.event.event_id == link.event_id
    assert cells[2:6] == ["1", "in the stream", "LinkCreated.v1", "in-flight"]
    assert "target_url: https://example.com/" in cells[6]
    assert tables.tabs[FLIGHTS_TAB].accessibleName() == "In flight: 1"

    QTest.keyClicks(page.table, "c")
    soon(lambda: "1 fault cleared." in bar.said.whole)
    soon(lambda: tables.stages[FLIGHTS_TAB].blank is not None)
    assert not desk.faults.active()


def test_a_fault_is_told_of_for_as_long_as_it_stands(page: ConsumersPage, desk: Desk, soon: Soon) -> None:
    look_at(page, "webhook", soon)
    bar = page.detail.bar
    soon(bar.breaking.isEnabled)

    (hang,) = [action for action in bar.break_menu.actions() if action.text() == "Hang"]
    hang.trigger()
    soon(lambda: bar.said.whole.startswith("Hang: Set as fault 1"))
    soon(lambda: "webhook hangs" in page.detail.standing.whole)
    desk.faults.clear("webhook", by="ben@night")

    soon(lambda: bar.said.whole == "Hang: it is over")
    assert [entry.why for entry in desk.journal.newest(2)] == ["", ""]


def test_parked_links_are_retried_at_once_and_each_has_its_outcome(
    page: ConsumersPage, desk: Desk, soon: Soon
) -> None:
    look_at(page, "billing", soon)
    assert page.detail.rows.retry.toolTip() == "Nothing is parked here, so there is nothing to retry."
    link_id = park(desk, "billing", "stuck", soon)
    tables = page.detail.tables
    soon(lambda: tables.keys.rows.rows)

    tables.turn_to(KEYS_TAB)
    (waiting,) = tables.keys.rows.rows
    key = waiting.key
    assert waiting.slug == tables.keys.rows.index(0, 0).data() == "stuck"
    assert (key.link_id, key.error_class, key.events) == (link_id, "transient", 1)
    assert "wants this to fail" in key.error
    QTest.keyClicks(page.table, "r")
    dialog = page.detail.rows.dialog
    assert dialog is not None
    assert dialog.windowTitle() == "Retry 1 parked link of billing now?"
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    soon(lambda: dialog.results.rows.rows)
    (result,) = dialog.results.rows.rows
    assert (result.name, result.ok, result.text[:15]) == ("stuck", False, "Failed (attempt")
    dialog.reject()

    desk.faults.clear("billing", by="ana@desk")
    page.detail.rows.ask_retry()
    again = page.detail.rows.dialog
    assert again is not None
    QTest.mouseClick(again.go, Qt.MouseButton.LeftButton)
    soon(lambda: again.results.rows.rows)
    # Its own next attempt may have come first.
    applied = "Applied; nothing of it waits any more."
    assert again.results.rows.rows[0].text in {applied, "Nothing of this link waits for an attempt."}
    soon(lambda: tables.stages[KEYS_TAB].blank is not None)
    again.reject()


def test_a_rebuild_says_what_it_does_and_asks_for_the_name_where_it_cannot_be_taken_back(
    page: ConsumersPage, desk: Desk, soon: Soon
) -> None:
    desk.create_link("https://example.com/", slug="again")
    look_at(page, "billing", soon)
    soon(lambda: page.detail.bar.rebuilding.isEnabled() and health(desk, "billing").rate_out is not None)

    QTest.keyClick(page.table, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    dialog = page.detail.bar.dialog
    assert dialog is not None
    assert not dialog.go.isEnabled()
    assert dialog.go.toolTip() == "Type billing first: this can't be undone."
    QTest.keyClicks(dialog.typed, "billing")
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    soon(lambda: dialog.results.rows.rows)

    (result,) = dialog.results.rows.rows
    assert (result.ok, result.text) == (
        True,
        "Emptied; it applies all events again from the first one on.",
    )
    dialog.reject()
    soon(lambda: health(desk, "billing").lag == 0)


def test_the_worst_comes_first_a_card_leads_here_and_a_refresh_moves_neither_selection_nor_tab(
    frame: MainWindow, page: ConsumersPage, desk: Desk, soon: Soon
) -> None:
    tester = QAbstractItemModelTester(
        page.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal, page
    )
    soon(lambda: len(names(page)) == 5)
    assert page.head.badge.word == "all five running"
    assert page.detail.name == names(page)[0]
    frame.go_to(Target(Kind.CONSUMER, "webhook"))
    assert page.detail.name == "webhook"
    frame.go(0)
    QTest.mouseClick(frame.overview.cards["analytics"], Qt.MouseButton.LeftButton)
    assert frame.pages.looked_at is page
    assert page.detail.name == "analytics"
    tables = page.detail.tables
    soon(lambda: tables.detail)
    tables.turn_to(KEYS_TAB)
    before = tables.detail

    desk.pause("webhook", by="ana@desk")
    soon(lambda: tables.detail is not before and names(page)[0] == "webhook")

    assert page.table.rows.rows[0].state in (ConsumerState.PAUSING, ConsumerState.PAUSED)
    assert "ana@desk" in page.table.rows.rows[0].reason
    assert page.detail.name == page.table.current_row.name == "analytics"
    assert tables.tab == KEYS_TAB
    assert tester.model() is page.table.rows


def test_every_control_has_a_name_and_every_key_is_on_the_map(qtbot: QtBot, tools_alone: Tools) -> None:
    page = ConsumersPage(tools_alone)
    qtbot.addWidget(page)
    page.resize(1_100, 720)
    page.show()
    page._refresh_groups(snapshot(), 0.0)
    page._refresh_detail(snapshot(), 0.0)
    assert page.detail.name

    controls = [each for each in page.findChildren(QAbstractButton) if each.isVisible()]
    assert len(controls) >= 9
    for control in controls:
        interface = QAccessible.queryAccessibleInterface(control)
        assert interface.text(QAccessible.Text.Name), control
    told = " ".join(words.key for words in page.keys).replace("R", "Shift+R").upper().split()
    assert {key.key().toString().upper() for key in page.findChildren(QShortcut)} == set(told)


def test_dead_letters_are_a_click_away_where_there_are_any(qtbot: QtBot, tools_alone: Tools) -> None:
    page = ConsumersPage(tools_alone)
    qtbot.addWidget(page)
    wanted: list[Target] = []
    page.wanted.connect(wanted.append)
    for dead, text, is_offered in ((0, "0 dead letters", False), (6, "6 dead letters", True)):
        picture = snapshot(consumers=(consumer("billing", dead=dead),))
        page._refresh_groups(picture, 0.0)
        page._refresh_detail(picture, 0.0)
        assert (page.detail.dead.text(), page.detail.dead.isEnabled()) == (text, is_offered)
        page.detail.dead.click()

    assert wanted == [Target(Kind.DEAD_LETTERS, "billing", "billing")]


def test_without_consumers_the_page_says_why(qtbot: QtBot, tools_alone: Tools) -> None:
    page = ConsumersPage(tools_alone)
    qtbot.addWidget(page)
    for picture, title in (
        (snapshot(consumers=()), "No consumer is known yet"),
        (snapshot(consumers=(), database_error="It is locked."), "The consumers can't be read"),
    ):
        page._refresh_groups(picture, 0.0)
        assert page.stage.blank is not None
        assert page.stage.blank.title == title
