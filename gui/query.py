"""One question to the desk, asked again and again: never two under way, and never an answer to an older question.

A page asks while it is shown. What it can't get is told once per failure, and asked again at the next round.
"""

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer

from core.operating.desk import Desk
from gui.bridge import Bridge

T = TypeVar("T")

#: No page reads more often than this, in milliseconds.
SHORTEST_MS = 250


class NoDesk(Exception):
    """There is no desk to ask: it is opening, or it could not be opened. Say so; the next round asks again."""


class Query(QObject, Generic[T]):
    """Asks `call` of the desk; `on_answer` and `on_error` hear of the newest question only."""

    def __init__(
        self,
        bridge: Bridge,
        on_answer: Callable[[T], None],
        on_error: Callable[[BaseException], None],
        parent: QObject,
        *,
        every_ms: int = 0,
        is_act: bool = False,
    ) -> None:
        """Repeat every so many milliseconds while it runs; 0 = only when asked. An act goes in the lanes of commands."""
        super().__init__(parent)
        self._send_off = bridge.run if is_act else bridge.read
        self._on_answer, self._on_error = on_answer, on_error
        self._call: Callable[[Desk], T] | None = None
        self._is_under_way = self._is_stale = False
        #: When the shown answer was asked for, in Unix seconds; None = there is none yet.
        self.answered_at: float | None = None
        self._asked_at = 0.0
        self._bridge, self._every_ms = bridge, max(every_ms, SHORTEST_MS)
        # Coarse timers wake all at the same moments, so that answers come on top of each other and are painted at once.
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._repeats = every_ms > 0
        self._timer.timeout.connect(self._round)

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is waited for."""
        return self._is_under_way

    def ask(self, call: Callable[[Desk], T]) -> None:
        """Ask this from now on, at once; an answer to what was asked before is dropped."""
        self._call = call
        self._is_stale = self._is_under_way
        if not self._is_under_way:
            self._send()
        if self._repeats:
            self._timer.start(self._pace_ms)

    def change(self, call: Callable[[Desk], T]) -> None:
        """Ask this from the next round on; an answer that is under way is taken."""
        self._call = call

    def again(self) -> None:
        """Ask the same once more, now."""
        if self._call is not None:
            self.ask(self._call)

    def stop(self) -> None:
        """Ask no more, and drop what is under way."""
        self._timer.stop()
        self._call = None
        self._is_stale = self._is_under_way

    @property
    def _pace_ms(self) -> int:
        """How long a round is: as its page wants it, and no shorter than the operator does."""
        return max(self._every_ms, round(1_000 / self._bridge.refresh_hz))

    def _round(self) -> None:
        if self._timer.interval() != self._pace_ms:
            self._timer.start(self._pace_ms)
        if not self._is_under_way:
            self._send()

    def _send(self) -> None:
        if self._call is None:
            return
        self._is_stale, self._asked_at, self._is_under_way = False, time.time(), True
        if not self._send_off(self._call, self._answer, self._fail):
            self._is_under_way = False
            self._on_error(NoDesk("The desk is not open."))

    def _answer(self, answer: Any) -> None:
        self._is_under_way = False
        if self._is_stale:
            self._send()
            return
        self.answered_at = self._asked_at
        self._on_answer(answer)

    def _fail(self, error: BaseException) -> None:
        self._is_under_way = False
        if self._is_stale:
            self._send()
        else:
            self._on_error(error)
