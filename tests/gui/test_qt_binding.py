"""The Qt binding itself: a version that loses references to None would end the program after some minutes."""

import sys

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot


def test_calls_that_return_none_keep_its_references(qtbot: QtBot) -> None:
    thing = QObject()
    before = sys.getrefcount(None)

    for _ in range(500):
        thing.setObjectName("x")

    assert abs(sys.getrefcount(None) - before) < 50
