"""How long pages take to open, seen from inside of the window: from the wish to the frame that shows what was read.

Every page is opened for the first time, which makes it, and then once more. `painted_ms` is the page's first frame,
`shown_ms` the one that shows the first that was read for it (the same, where nothing is), `filled_ms` the one after the
last reading that its opening has asked for, such as the end of a long list; `processor_ms` is what the window's thread has
taken until then.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer

from gui.application import Window
from gui.pages import PAGES

#: A page that asks for nothing more within this time has been filled, in milliseconds.
_QUIET_MS = 60
#: A page that is not filled by then is told with this time, in milliseconds.
_LONGEST_MS = 10_000


class PageOpening(QObject):
    """Opens pages one after the other; counts the readings that go through the window's bridge meanwhile."""

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self._waiting: deque[tuple[str, int]] = deque()
        self._answer: Callable[[dict[str, dict[str, float]]], None] = lambda _found: None
        self._found: dict[str, dict[str, float]] = {}
        self._readings = 0
        #: Whether something was delivered that no frame has shown yet, and whether anything was at all.
        self._is_new = self._has_come = False
        self._is_opening = False
        self._began = self._taken_before = 0.0
        self._times: dict[str, float] = {}
        self._quiet = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._quiet.timeout.connect(self._end_one)
        self._patience = QTimer(self, singleShot=True, interval=_LONGEST_MS)
        self._patience.timeout.connect(self._give_up)
        window.bridge.read = self._counted(window.bridge.read)  # type: ignore[method-assign]
        window.frame.installEventFilter(self)

    def open_all(self, answer: Callable[[dict[str, dict[str, float]]], None]) -> None:
        """Open all but the first one, which is there already, then all once more; `answer` gets the times by title."""
        numbers = range(len(PAGES))
        self._waiting.extend([("first", number) for number in numbers[1:]])
        self._waiting.extend([("again", number) for number in numbers])
        self._answer = answer
        self._open_next()

    def _open_next(self) -> None:
        if not self._waiting:
            self._answer(self._found)
            return
        self._times, self._is_new, self._has_come, self._is_opening = {}, True, False, True
        self._patience.start()
        self._began, self._taken_before = time.perf_counter(), time.thread_time()
        self._window.frame.go(self._waiting[0][1])
        self._window.frame.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Note each frame, once it has been dealt with."""
        if self._is_opening and event.type() == QEvent.Type.UpdateRequest:
            QTimer.singleShot(0, self, self._note_frame)
        return super().eventFilter(watched, event)

    def _note_frame(self) -> None:
        taken = (time.perf_counter() - self._began) * 1000
        self._times.setdefault("painted_ms", taken)
        if self._has_come or self._readings == 0:
            self._times.setdefault("shown_ms", taken)
        if self._is_new and self._readings == 0:
            self._times["filled_ms"], self._is_new = taken, False
            self._times["processor_ms"] = (time.thread_time() - self._taken_before) * 1000
            self._quiet.start()

    def _end_one(self) -> None:
        self._is_opening = False
        self._patience.stop()
        which, number = self._waiting.popleft()
        times = self._found.setdefault(PAGES[number].title, {})
        times.update({f"{which}_{name}": taken for name, taken in self._times.items()})
        QTimer.singleShot(0, self, self._open_next)

    def _give_up(self) -> None:
        self._times["filled_ms"] = float(_LONGEST_MS)
        for name in ("painted_ms", "shown_ms"):
            self._times.setdefault(name, float(_LONGEST_MS))
        self._quiet.stop()
        self._readings = 0
        self._end_one()

    def _counted(self, read: Callable[..., bool]) -> Callable[..., bool]:
        """Count a reading from its being asked for to its being delivered."""

        def counted(
            call: Any, on_done: Callable[[Any], None], on_error: Callable[[BaseException], None]
        ) -> bool:
            is_taken = read(call, self._delivered(on_done), self._delivered(on_error))
            if is_taken:
                self._readings += 1
                self._quiet.stop()
            return is_taken

        return counted

    def _delivered(self, receiver: Callable[[Any], None]) -> Callable[[Any], None]:
        def deliver(value: Any) -> None:
            receiver(value)
            self._readings = max(0, self._readings - 1)
            self._is_new = self._has_come = True
            if self._is_opening:
                self._window.frame.update()

        return deliver
