"""A frame that no desk stands behind: it is shown pictures by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QApplication,
)
from pytestqt.qtbot import QtBot

from gui.bridge import Bridge
from gui.main_window import MainWindow, open_preferences
from gui.theme import Choice, Theme
from tests.gui.pictures import NAMES


@pytest.fixture
def frame(qtbot: QtBot, qapp: QApplication, fonts: None, tmp_path: Path) -> Iterator[MainWindow]:
    """Give a frame that no desk stands behind yet; it is shown pictures by hand."""
    bridge = Bridge()
    shown = MainWindow(Theme(qapp, Choice.LIGHT), bridge, NAMES, open_preferences(tmp_path))
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    bridge.close()
