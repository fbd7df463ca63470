"""Ctrl+C and SIGTERM close the window in order: the signal writes a byte, the byte wakes Qt; nothing polls."""

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier

#: The last one comes from a terminal that closes; Windows does not have it.
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupts(QObject):
    """Calls back at each of the signals, in the window's thread."""

    def __init__(self, on_signal: Callable[[], object]) -> None:
        super().__init__()
        self._on_signal = on_signal
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _leave_it_to_qt) for number in _SIGNALS}
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)

    def _wake(self) -> None:
        self._ours.recv(64)
        self._on_signal()

    def close(self) -> None:
        """Leave the signals to whoever had them before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._ours.close()
        self._theirs.close()


def _leave_it_to_qt(_number: int, _frame: FrameType | None) -> None:
    """Python needs a handler, or it would end the process; the byte that it writes does the rest."""
