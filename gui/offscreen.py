"""Draws the window into a file where there is no display."""

import os
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QThread

from core.operating.desk import Desk
from core.operating.snapshot import Snapshot
from gui.application import build_application
from gui.bridge import Bridge
from gui.main_window import MainWindow, open_preferences
from gui.theme import Choice, Theme

_WIDTH, _HEIGHT = 1280, 800
#: Rounds of the event loop: the QR images come through other threads.
_ROUNDS = 60
_ROUND_MS = 20


def draw_window(desk: Desk, snapshot: Snapshot, file: Path, scheme: Choice = Choice.LIGHT) -> None:
    """Draw the window as it would show this snapshot; the desk is asked for the QR images and stays open.

    Raises:
        OSError: the file can't be written.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = build_application()
    bridge = Bridge()
    consumers = [health.name for health in snapshot.consumers]
    window = MainWindow(
        Theme(application, scheme), bridge, consumers, open_preferences(desk.settings.data_dir)
    )
    window.resize(_WIDTH, _HEIGHT)
    window.show()
    bridge.use(desk)
    window.show_ready()
    window.pages.setCurrentWidget(window.overview)
    for _ in range(_ROUNDS):
        window.refresh(snapshot)
        QCoreApplication.processEvents()
        QThread.msleep(_ROUND_MS)
        if window.overview.qr.is_complete:
            break
    saved = window.grab().save(str(file))
    bridge.close()
    window.hide()
    window.deleteLater()
    QCoreApplication.processEvents()
    if not saved:
        raise OSError(f"{file} can't be written.")
