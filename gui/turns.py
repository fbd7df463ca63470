"""Spreads a refresh over several turns of the event loop, so that no single one holds up mouse and keyboard."""

import time
from collections import deque
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

#: Between two steps: what a step has changed is painted, and whatever else waits has its turn, in milliseconds.
_PAUSE_MS = 8
#: A step that took less has changed next to nothing, and the next one follows at once, in seconds: at rest a refresh then
#: wakes the window once instead of once a step.
_NOTHING_S = 0.0004


class Turns(QObject):
    """Takes the steps one after the other; a step that still waits is not taken twice."""

    def __init__(self, steps: Sequence[Callable[[], None]], parent: QObject) -> None:
        super().__init__(parent)
        self._steps = tuple(steps)
        self._waiting: deque[Callable[[], None]] = deque()
        self._timer = QTimer(self, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._take_some)

    def use(self, steps: Sequence[Callable[[], None]]) -> None:
        """Take these from now on; what still waits of the others is left out."""
        self._steps = tuple(steps)
        self._waiting.clear()

    def start(self) -> None:
        """Take every step once more, beginning now."""
        self._waiting.extend(step for step in self._steps if step not in self._waiting)
        if not self._timer.isActive():
            self._timer.start()
            self._take_some()

    def stop(self) -> None:
        """Leave out what still waits."""
        self._waiting.clear()
        self._timer.stop()

    def _take_some(self) -> None:
        """Take the next step, and those behind it up to one that had something to do."""
        if not self._waiting:
            self._timer.stop()
        began = time.perf_counter()
        while self._waiting:
            self._waiting.popleft()()
            now = time.perf_counter()
            if now - began >= _NOTHING_S:
                break
            began = now
