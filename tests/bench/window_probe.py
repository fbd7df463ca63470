"""Watches a window from inside: when it painted, how late its timers are, how long a repaint takes.

Takes orders as lines on the process's input, and answers each with a line of JSON on its output:
`tick SECONDS`, `repaint SECONDS` (of the page that is looked at), `create SECONDS` (links at the steady rate, in a
thread), `profile SECONDS` (what the window's thread does), `threads` (their names by the system's ids), `pages` (opens
them all), `go NUMBER` (looks at a page), `quit`.
`tests.bench.windows`, `tests.bench.window_drain` and `tests.bench.window_live` give the orders.
"""

import cProfile
import json
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from core.operating.program import Program
from core.operating.snapshot import BrokerState, Snapshot
from core.settings import Settings
from gui.application import Window
from gui.background import step_behind
from tests.bench.measuring import profile_lines
from tests.bench.offering import RATE, offer, target_url
from tests.bench.page_opening import PageOpening
from tests.bench.window_marks import Marks, mark

_TICK_MS = 16
_REPAINT_EVERY_MS = 100


class WatchedWindow(Window):
    """The program's window with a probe in it."""

    #: What happened before there was a window.
    marks: ClassVar[Marks] = {}

    def __init__(self, application: QApplication, settings: Settings, program: Program) -> None:
        mark(self.marks, "application and fonts")
        super().__init__(application, settings, program)
        mark(self.marks, "window built")
        self._probe = Probe(self, self.marks)


class Probe(QObject):
    """Lives in the window's thread, and measures there."""

    _ordered = Signal(str)

    def __init__(self, window: Window, marks: Marks) -> None:
        super().__init__()
        self._window, self._marks = window, marks
        self._is_painted = self._is_live = self._is_told = False
        self._values: list[float] = []
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._last = 0.0
        self._opening = PageOpening(window)
        window.frame.installEventFilter(self)
        window.bridge.snapshot.connect(self._look)
        self._ordered.connect(self._obey)
        threading.Thread(target=self._read_orders, daemon=True).start()

    # Start

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Note the first frame, and the first one that shows a ready broker."""
        if event.type() == QEvent.Type.Paint and not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self, lambda: mark(self._marks, "first frame"))
        if event.type() == QEvent.Type.UpdateRequest and self._is_live and not self._is_told:
            self._is_told = True
            # Once this event has been dealt with, the frame has been handed to the display.
            QTimer.singleShot(0, self, self._tell_start)
        return super().eventFilter(watched, event)

    def _tell_start(self) -> None:
        mark(self._marks, "live frame")
        _answer("start", self._marks)

    def _look(self, snapshot: Snapshot) -> None:
        if not self._is_live and snapshot.broker.state is BrokerState.READY:
            mark(self._marks, "snapshot with a ready broker")
            self._is_live = True
            self._window.frame.update()

    # Orders

    def _read_orders(self) -> None:
        for line in sys.stdin:
            self._ordered.emit(line.strip())
        self._ordered.emit("quit")

    def _obey(self, order: str) -> None:
        word, _, number = order.partition(" ")
        if word == "tick":
            self._measure(word, float(number), _TICK_MS, self._tick)
        elif word == "repaint":
            self._measure(word, float(number), _REPAINT_EVERY_MS, self._repaint)
        elif word == "create":
            threading.Thread(target=self._create, args=(float(number),), daemon=True).start()
        elif word == "profile":
            self._profile(float(number))
        elif word == "pages":
            self._opening.open_all(partial(_answer, word))
        elif word == "go":
            self._window.frame.go(int(number))
            _answer(word, self._window.frame.pages.number)
        elif word == "threads":
            _answer(word, {str(thread.native_id): thread.name for thread in threading.enumerate()})
        elif word == "quit":
            self._window.frame.close()

    def _measure(self, word: str, seconds: float, every_ms: int, measure: Callable[[], None]) -> None:
        def end() -> None:
            self._timer.stop()
            self._timer.timeout.disconnect(measure)
            _answer(word, self._values)

        self._values = []
        self._timer.timeout.connect(measure)
        self._last = time.perf_counter()
        self._timer.start(every_ms)
        QTimer.singleShot(int(seconds * 1000), self, end)

    def _profile(self, seconds: float) -> None:
        """Profile this thread, whatever comes to it."""
        profiler = cProfile.Profile()

        def end() -> None:
            profiler.disable()
            _answer("profile", profile_lines(profiler))

        QTimer.singleShot(int(seconds * 1000), self, end)
        profiler.enable()

    def _tick(self) -> None:
        """Note how late this tick is, in milliseconds."""
        now = time.perf_counter()
        self._values.append(max(0.0, (now - self._last) * 1000 - _TICK_MS))
        self._last = now

    def _repaint(self) -> None:
        """Paint the whole page that is looked at, at once, and note how long it took, in milliseconds."""
        page = self._window.frame.pages.currentWidget()
        assert page is not None
        began = time.perf_counter()
        page.repaint()
        self._values.append((time.perf_counter() - began) * 1000)

    def _create(self, seconds: float) -> None:
        """Create links as the program's window does: in a thread that comes after the window's."""
        step_behind()
        desk = self._window.room.desk
        assert desk is not None
        durations, _ = offer(lambda number: desk.create_link(target_url(number)), int(seconds * RATE))
        _answer("create", durations)


def _answer(word: str, value: Any) -> None:
    print(json.dumps({word: value}), flush=True)
