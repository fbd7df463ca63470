"""The drawer of one event: all that is known of it, copied, and followed to where something can be done about it."""

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from core.operating.desk import Desk
from gui.events.page import EventsPage
from gui.events.payload_view import PayloadView
from gui.main_window import MainWindow
from gui.pages import place_for
from gui.targets import Kind, Target
from gui.theme import Choice, Theme
from tests.gui.events.looking import (
    EVENTS,
    Soon,
    commit_old,
    press,
)
from tests.support.burying import store_of


def test_the_id_the_payload_and_all_of_it_can_be_copied(page: EventsPage, desk: Desk, soon: Soon) -> None:
    made = desk.create_link("https://example.com/", slug="one")
    page.go_to(Target(Kind.EVENT, made.event_id))
    soon(lambda: page.panel.detail)
    clipboard = QGuiApplication.clipboard()

    page.panel.copies.id.click()
    assert clipboard.text() == made.event_id
    assert page.panel.copies.id.text() == "Copied"
    page.panel.copies.payload.click()
    assert json.loads(clipboard.text())["slug"] == "one"
    press(page.table, "c")
    copied = json.loads(clipboard.text())
    assert (copied["id"], copied["data"]["slug"]) == (made.event_id, "one")

    page.panel.only_link.click()
    soon(lambda: page.bars.filter.text == f"link:{made.link_id}" and page.reader.wanted.link == made.link_id)


def test_what_the_drawer_offers_is_done_by_mouse_and_by_key(
    page: EventsPage, frame: MainWindow, desk: Desk, soon: Soon
) -> None:
    made = desk.create_link("https://example.com/", slug="one")
    page.go_to(Target(Kind.EVENT, made.event_id))
    soon(lambda: page.panel.detail)
    clipboard, panel = QGuiApplication.clipboard(), page.panel

    for key, shown_by in (("i", panel.copies.id), ("p", panel.copies.payload), ("c", panel.copies.object)):
        clipboard.setText("")
        press(page.table, key)
        by_key = clipboard.text()
        clipboard.setText("")
        QTest.mouseClick(shown_by, Qt.MouseButton.LeftButton)
        assert made.event_id in by_key or made.link_id in by_key, key
        assert clipboard.text() == by_key, key
    QTest.mouseClick(panel.export, Qt.MouseButton.LeftButton)
    assert page.dialogs.export is not None
    assert page.dialogs.export.isVisible()
    QTest.keyClick(page.dialogs.export, Qt.Key.Key_Escape)
    QTest.mouseClick(panel.republish, Qt.MouseButton.LeftButton)
    soon(lambda: page.dialogs.republish is not None and page.dialogs.republish.isVisible())
    assert page.dialogs.republish is not None
    QTest.keyClick(page.dialogs.republish, Qt.Key.Key_Escape)

    why = panel.consumers.whys["webhook"]
    assert why.accessibleName() == "Why has webhook this of it?"
    why.setFocus()
    QTest.keyClick(why, Qt.Key.Key_Space)
    assert frame.pages.number == place_for(Kind.QUESTION)
    frame.go(EVENTS)
    QTest.mouseClick(panel.to_trace, Qt.MouseButton.LeftButton)
    assert frame.pages.number == place_for(Kind.TRACE)


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


def test_everything_on_the_page_has_a_name(page: EventsPage, desk: Desk, soon: Soon) -> None:
    made = desk.create_link("https://example.com/", slug="one")
    page.go_to(Target(Kind.EVENT, made.event_id))
    soon(lambda: page.panel.detail)
    press(page.table, "e")
    assert page.dialogs.export is not None

    for root in (page, page.dialogs.export):
        parts: Sequence[Any] = [*root.findChildren(QAbstractButton), *root.findChildren(QLineEdit)]
        for part in parts:
            if part.isVisible() and not isinstance(part.parent(), QLineEdit):
                spoken = QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
                assert spoken, part
    table = QAccessible.queryAccessibleInterface(page.table)
    assert table.text(QAccessible.Text.Name) == "Events"
    page.dialogs.export.reject()
