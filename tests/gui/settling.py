"""Waiting in the window's own thread, with the window alive and all other threads at work."""

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QGuiApplication

from core.operating.desk import Desk

#: Laying out can ask for laying out again; nothing in the window asks more often.
_ROUNDS = 3


def settle() -> None:
    """Let the window and the display do all that is due, however long that takes."""
    for _ in range(_ROUNDS):
        QGuiApplication.sync()


def pause(ms: int) -> None:
    """Let the window live for a while; unlike QTest.qWait this lets the other threads have the interpreter."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def pause_consumer(
    desk: Desk, name: str, soon: Callable[[Callable[[], object]], None], why: str = ""
) -> None:
    """Pause a consumer, and wait until its worker has obeyed."""
    desk.pause(name, why=why)

    def is_obeyed() -> bool:
        seen = desk.snapshot
        return seen is not None and {one.name: one.state for one in seen.consumers}[name] == "paused"

    soon(is_obeyed)
