"""Fixtures for the window: a real desk with a real worker behind it, driven by mouse and keyboard as a person does."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from consumers import NAMES, build_consumers
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from gui.application import Window
from gui.bridge import Bridge
from gui.fonts import load_fonts
from gui.kept import Kept
from gui.main_window import MainWindow, open_preferences
from gui.overview.page import OverviewPage
from gui.page import Tools
from gui.theme import Choice, Theme
from tests.support.programs import MAIN

PROGRAM = Program((sys.executable, str(MAIN)), NAMES, build_consumers)


@pytest.fixture
def settings(short_dir: Path) -> Settings:
    """Give the settings of a new data dir."""
    return Settings.load(data_dir=short_dir)


@pytest.fixture
def fonts(qapp: QApplication) -> None:
    """Give the application its own fonts."""
    load_fonts(qapp)


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, fonts: None, settings: Settings) -> Iterator[Window]:
    """Give a window whose desk is open; it is closed at the end, and nothing is left of it."""
    qapp.setQuitOnLastWindowClosed(False)
    window = Window(qapp, settings, PROGRAM)
    window.show()
    activate(qtbot, window.frame)
    qtbot.waitUntil(lambda: window.frame.overview.health.word == "all five running", timeout=60_000)
    yield window
    close(qtbot, window)


def activate(qtbot: QtBot, window: QWidget) -> None:
    """Give a window the keyboard, as a click on it does; without a window manager nobody else will."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=60_000)


def close(qtbot: QtBot, window: Window) -> None:
    """Close a window, once, and wait until everything behind it is gone."""
    if not window.is_closing:
        with qtbot.waitSignal(window.finished, timeout=60_000):
            window.frame.close()
    window.frame.deleteLater()


@pytest.fixture
def attached(settings: Settings) -> Iterator[Desk]:
    """Give a desk that only commands: real databases, and no process behind it."""
    made = Desk.attach(settings, program=PROGRAM)
    yield made
    made.close()


@pytest.fixture
def tools_alone(qapp: QApplication, fonts: None, tmp_path: Path) -> Iterator[Tools]:
    """Give what a page is given, without a desk."""
    bridge = Bridge()
    yield Tools(Theme(qapp, Choice.LIGHT), bridge, Kept(open_preferences(tmp_path)), NAMES)
    bridge.close()


@pytest.fixture
def tools(attached: Desk, tools_alone: Tools) -> Tools:
    """Give what a page is given, over a desk that only commands."""
    tools_alone.bridge.use(attached)
    return tools_alone


@pytest.fixture
def light_frame(qtbot: QtBot, qapp: QApplication, fonts: None, attached: Desk) -> Iterator[MainWindow]:
    """Give the frame of a window over that desk; it is much sooner there than a whole window with its worker."""
    bridge = Bridge()
    preferences = open_preferences(attached.settings.data_dir)
    made = MainWindow(Theme(qapp, Choice.LIGHT), bridge, NAMES, preferences, PROGRAM.command)
    qtbot.addWidget(made)
    made.show()
    activate(qtbot, made)
    bridge.use(attached)
    made.show_ready()
    yield made
    made.close()
    bridge.close()


@pytest.fixture
def frame(opened: Window) -> MainWindow:
    """Give the frame of the open window."""
    return opened.frame


@pytest.fixture
def overview(frame: MainWindow) -> OverviewPage:
    """Give the Overview page of the open window."""
    return frame.overview


@pytest.fixture
def desk(opened: Window) -> Desk:
    """Give the desk behind the open window."""
    assert opened.room.desk is not None
    return opened.room.desk


@pytest.fixture
def soon(qtbot: QtBot) -> Callable[[Callable[[], object]], None]:
    """Wait, with the window alive, until something is true."""

    def wait(check: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(check()), timeout=60_000)

    return wait
