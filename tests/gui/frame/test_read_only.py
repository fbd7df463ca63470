"""What a window is called, and a window that only looks: its controls stay disabled and say why."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from core.operating.desk import Desk
from core.settings import Colour, Settings
from gui.bridge import Bridge
from gui.main_window import MainWindow, open_preferences
from gui.parts.lock import WHY_LOCKED, lock
from gui.theme import Choice, Theme
from tests.gui.conftest import PROGRAM


@pytest.fixture
def looking(qtbot: QtBot, qapp: QApplication, short_dir: Path) -> Iterator[MainWindow]:
    """Give a window that only looks, over a data dir that nobody runs."""
    Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM).close()
    desk = Desk.attach(Settings.load(data_dir=short_dir, read_only=True), program=PROGRAM)
    bridge = Bridge(is_read_only=True)
    made = MainWindow(Theme(qapp, Choice.LIGHT), bridge, PROGRAM.consumers, open_preferences(short_dir))
    qtbot.addWidget(made)
    made.show()
    bridge.use(desk)
    made.show_ready()
    yield made
    made.close()
    bridge.close()
    desk.close()


def test_a_name_stands_above_every_page_and_in_the_title(looking: MainWindow) -> None:
    looking.show_name("production", Colour.RED)

    assert looking.windowTitle() == "production (read only) — Signalbox"
    assert looking.band.isVisible()
    assert (looking.band.name.whole, looking.band.reading.whole) == ("production", "Read only")
    assert looking.band.accessibleName() == "production · read only"
    corner = looking.band.grab().toImage().pixelColor(4, 4)
    assert corner.red() > 150 > corner.green()


def test_without_a_name_there_is_no_band(qapp: QApplication, tmp_path: Path) -> None:
    bridge = Bridge()
    made = MainWindow(Theme(qapp, Choice.LIGHT), bridge, (), open_preferences(tmp_path))
    made.show()
    made.show_name("", Colour.GREY)

    assert made.windowTitle() == "Signalbox"
    assert not made.band.isVisible()
    made.close()
    bridge.close()


def test_controls_that_act_are_disabled_and_say_why(looking: MainWindow, qtbot: QtBot) -> None:
    bar = looking.overview.create_bar
    qtbot.waitUntil(lambda: bar.team.count() > 0)
    for number in (1, 2, 3, 4):
        looking.go(number)
    acts = (
        "Create link",
        "Pause qr",
        "Break qr",
        "Rebuild qr",
        "Retry all",
        "Discard all",
        "Clear all faults",
        *(
            always := (
                "Archive the selected links (a)",
                "Restore the selected links (r)",
                "Publish this event again (R)",
            )
        ),
    )
    found = {one.accessibleName(): one for one in looking.findChildren(QPushButton)}

    for name in acts:
        control = found.get(name)
        if control is not None:
            assert not control.isEnabled(), name
            assert control.toolTip() == WHY_LOCKED
    assert {"Create link", "Retry all", "Discard all", "Clear all faults", *always} <= set(found)


def test_a_locked_control_stays_locked_whatever_its_page_does(qtbot: QtBot) -> None:
    bridge, control = Bridge(is_read_only=True), QPushButton("Act")
    qtbot.addWidget(control)
    lock(bridge, control)

    control.setEnabled(True)
    control.setToolTip("Acts")

    assert (control.isEnabled(), control.toolTip()) == (False, WHY_LOCKED)
    bridge.close()
