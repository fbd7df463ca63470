"""Watches a window from inside: when it painted, how late its timers are, how long a repaint takes.

Takes orders as lines on the process's input, and answers each with a line of JSON on its output:
`tick SECONDS`, `repaint SECONDS`, `create SECONDS` (links at the steady rate, in a thread), `quit`.
`tests.bench.windows` gives the orders.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from core.operating.program import Program
from core.operating.snapshot import BrokerState, Snapshot
from core.settings import Settings
from gui.application import Window
from tests.bench.creating import RATE, offer
from tests.bench.seed import target_url

_TICK_MS = 16
_REPAINT_EVERY_MS = 100


class WatchedWindow(Window):
    """The program's window with a probe in it."""

    #: What happened before there was a window, as Unix seconds.
    marks: ClassVar[dict[str, float]] = {}

    def __init__(self, application: QApplication, settings: Settings, program: Program) -> None:
        self.marks["application and fonts"] = time.time()
        super().__init__(application, settings, program)
        self.marks["window built"] = time.time()
        self._probe = Probe(self, self.marks)


class Probe(QObject):
    """Lives in the window's thread, and measures there."""

    _ordered = Signal(str)

    def __init__(self, window: Window, marks: dict[str, float]) -> None:
        super().__init__()
        self._window, self._marks = window, marks
        self._is_live = False
        self._values: list[float] = []
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._last = 0.0
        window.frame.installEventFilter(self)
        window.bridge.snapshot.connect(self._look)
        self._ordered.connect(self._obey)
        threading.Thread(target=self._read_orders, daemon=True).start()

    # Start

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Note the first frame, and the first one that shows a ready broker."""
        if event.type() == QEvent.Type.Paint and "first frame" not in self._marks:
            self._note_after("first frame")
        if event.type() == QEvent.Type.UpdateRequest and self._is_live and "live frame" not in self._marks:
            self._note_after("live frame")
        return super().eventFilter(watched, event)

    def _note_after(self, mark: str) -> None:
        """Note a time once the event in hand has been dealt with: then the frame has been handed to the display."""
        self._marks[mark] = 0.0
        QTimer.singleShot(0, self, lambda: self._note(mark))

    def _note(self, mark: str) -> None:
        self._marks[mark] = time.time()
        if mark == "live frame":
            _answer("start", self._marks)

    def _look(self, snapshot: Snapshot) -> None:
        if not self._is_live and snapshot.broker.state is BrokerState.READY:
            self._marks["snapshot with a ready broker"] = time.time()
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

    def _tick(self) -> None:
        """Note how late this tick is, in milliseconds."""
        now = time.perf_counter()
        self._values.append(max(0.0, (now - self._last) * 1000 - _TICK_MS))
        self._last = now

    def _repaint(self) -> None:
        """Paint the whole Overview at once, and note how long it took, in milliseconds."""
        began = time.perf_counter()
        self._window.frame.overview.repaint()
        self._values.append((time.perf_counter() - began) * 1000)

    def _create(self, seconds: float) -> None:
        desk = self._window.room.desk
        assert desk is not None
        durations, _ = offer(lambda number: desk.create_link(target_url(number)), int(seconds * RATE))
        _answer("create", durations)


def _answer(word: str, value: Any) -> None:
    print(json.dumps({word: value}), flush=True)
