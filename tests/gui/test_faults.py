"""What is broken on purpose is always in sight, on every page, and one click restores it."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.snapshot import FaultSet
from core.settings import Settings
from gui.bridge import Bridge
from gui.fault_strip import FaultStrip
from gui.main_window import MainWindow
from gui.theme import Choice, Theme
from tests.gui.conftest import PROGRAM
from tests.gui.pictures import NOW, snapshot

Soon = Callable[[Callable[[], object]], None]


def fault(number: int, words: str, ends_at: float | None = None) -> FaultSet:
    return FaultSet(number, words.split(maxsplit=1)[0], "hang", words, "ann@desk", NOW, ends_at)


@pytest.fixture
def strip(qtbot: QtBot, qapp: QApplication, fonts: None) -> FaultStrip:
    made = FaultStrip(Theme(qapp, Choice.LIGHT), Bridge())
    qtbot.addWidget(made)
    return made


def test_it_takes_no_room_while_nothing_is_broken(strip: FaultStrip) -> None:
    strip.refresh(snapshot(), 0.0)

    assert strip.isHidden()


def test_it_says_what_is_broken_and_its_tip_by_whom(strip: FaultStrip) -> None:
    strip.refresh(snapshot(faults=(fault(1, "qr hangs"), fault(2, "billing hangs", NOW + 60))), 0.0)

    assert not strip.isHidden()
    assert strip.text.whole == "2 faults set: qr hangs, billing hangs"
    first, second = strip.text.toolTip().splitlines()[-2:]
    assert first.startswith("Fault 1: qr hangs; set by ann@desk at ")
    assert ", until " in second


def test_it_goes_when_all_is_well_again(strip: FaultStrip) -> None:
    strip.refresh(snapshot(faults=(fault(1, "qr hangs"),)), 0.0)
    assert strip.text.whole == "1 fault set: qr hangs"

    strip.refresh(snapshot(), 0.0)

    assert strip.isHidden()


def test_who_clears_all_by_the_keyboard_goes_on_in_the_page(
    light_frame: MainWindow, attached: Desk, soon: Soon
) -> None:
    light_frame.go(1)
    page, strip = light_frame.pages.looked_at, light_frame.faults
    assert page is not None
    attached.faults.set("qr", FaultKind.TWICE, Figures(), by="ann")
    strip.refresh(attached.look(), 0.0)
    strip.clear.setFocus()

    QTest.keyClick(strip.clear, Qt.Key.Key_Space)
    soon(lambda: not attached.faults.active())
    assert strip.clear.hasFocus()
    strip.refresh(attached.look(), 0.0)

    assert strip.isHidden()
    held = light_frame.focusWidget()
    assert held is page or page.isAncestorOf(held)


def test_one_click_restores_everything(frame: MainWindow, desk: Desk, soon: Soon) -> None:
    link = desk.create_link("https://example.com/")
    desk.faults.set("webhook", FaultKind.FAIL, Figures(share=0.1), by="ann")
    desk.faults.set("qr", FaultKind.FAIL_LINK, Figures(link=link.slug), by="ann")
    desk.faults.set("broker", FaultKind.FREEZE, Figures(), by="ann")
    soon(lambda: frame.faults.isVisible() and "frozen" in frame.faults.text.whole)
    assert frame.faults.text.whole == (
        f"3 faults set: webhook rejects 10 % of events, qr rejects link {link.slug}, the broker is frozen"
    )
    frame.pages.setCurrentWidget(frame.error_page)
    assert frame.faults.isVisible()

    QTest.mouseClick(frame.faults.clear, Qt.MouseButton.LeftButton)

    assert frame.faults.clear.text() == "Clearing"
    soon(frame.faults.isHidden)
    assert desk.faults.active() == ()
    assert [entry.act for entry in desk.journal.newest(3)] == [
        "clear fault 3",
        "clear fault 2",
        "clear fault 1",
    ]
    frame.pages.setCurrentWidget(frame.overview)
    soon(lambda: frame.overview.health.word == "all five running")


def test_what_can_not_be_cleared_stays_in_sight_with_the_reason(
    qtbot: QtBot, qapp: QApplication, fonts: None, settings: Settings, soon: Soon
) -> None:
    desk, bridge = Desk.attach(settings, program=PROGRAM), Bridge()
    bridge.use(desk)
    strip = FaultStrip(Theme(qapp, Choice.DARK), bridge)
    qtbot.addWidget(strip)
    desk.faults.set("qr", FaultKind.TWICE, Figures(), by="ann")
    strip.refresh(desk.look(), 0.0)
    with desk._installation.control.transaction() as db:
        db.execute(text("ALTER TABLE journal RENAME TO elsewhere"))

    QTest.mouseClick(strip.clear, Qt.MouseButton.LeftButton)

    soon(lambda: strip.text.whole.startswith("1 fault set: qr is given events twice. Not cleared: "))
    assert not strip.isHidden()
    with desk._installation.control.transaction() as db:
        db.execute(text("ALTER TABLE elsewhere RENAME TO journal"))
    QTest.mouseClick(strip.clear, Qt.MouseButton.LeftButton)
    soon(lambda: not desk.faults.active())
    strip.refresh(desk.look(), 0.0)
    assert strip.isHidden()
    bridge.close()
    desk.close()
