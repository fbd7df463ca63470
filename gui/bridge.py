"""The one crossing between the window and the desk: snapshots come in by one signal, commands go out to an executor.

Results return by signal, so that every slot runs in the window's thread. Snapshots that the window was too busy to
take are left out: it always gets the newest.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from core.operating.desk import Desk
from core.operating.monitor import REFRESH_HZ
from core.operating.snapshot import Snapshot
from gui.background import step_behind

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Commands that may be under way at once; a slow one must not hold up a pause.
_LANES = 3
#: Readings that may be under way at once, beside the commands.
_READING_LANES = 3


class Bridge(QObject):
    """Carries commands to the desk and snapshots back; until `use` there is no desk, and commands are refused."""

    snapshot = Signal(object)
    _arrived = Signal()
    _finished = Signal(object, object)

    def __init__(self, *, is_read_only: bool = False) -> None:
        """Where it is read only, the desk refuses every act; controls ask here whether to offer theirs."""
        super().__init__()
        self.is_read_only = is_read_only
        self._desk: Desk | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._commands = ThreadPoolExecutor(_LANES, "command", initializer=step_behind)
        self._readings = ThreadPoolExecutor(_READING_LANES, "reading", initializer=step_behind)
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None
        self._closed = False
        #: How often a second the figures are refreshed.
        self.refresh_hz = REFRESH_HZ
        self._arrived.connect(self._take)
        # Queued also within one thread: a call that is done before `run` returns is told of after that, like all others.
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def use(self, desk: Desk) -> None:
        """Take commands to this desk, and its snapshots to the window."""
        self._desk = desk
        desk.monitor.refresh_hz = self.refresh_hz
        self._unsubscribe = desk.subscribe(self._put)
        if desk.snapshot is not None:
            self._put(desk.snapshot)

    def set_refresh_hz(self, hz: float) -> None:
        """Refresh so often a second from now on: the monitor's snapshots, and whatever pages read again and again."""
        self.refresh_hz = hz
        if self._desk is not None:
            self._desk.monitor.refresh_hz = hz

    def run(
        self,
        call: Callable[[Desk], T],
        on_done: Callable[[T], None],
        on_error: Callable[[BaseException], None],
    ) -> bool:
        """Run `call` in another thread; one of the two others is then called in this one. False = refused."""
        return self._submit(self._commands, call, on_done, on_error)

    def read(
        self,
        call: Callable[[Desk], T],
        on_done: Callable[[T], None],
        on_error: Callable[[BaseException], None],
    ) -> bool:
        """Do the same with a call that changes nothing, in lanes of their own: a long search holds up no command."""
        return self._submit(self._readings, call, on_done, on_error)

    def _submit(
        self,
        lanes: ThreadPoolExecutor,
        call: Callable[[Desk], T],
        on_done: Callable[[T], None],
        on_error: Callable[[BaseException], None],
    ) -> bool:
        desk = self._desk
        if desk is None or self._closed:
            return False
        future: Future[T] = lanes.submit(call, desk)
        future.add_done_callback(lambda done: self._report(done, on_done, on_error))
        return True

    def close(self) -> None:
        """Refuse new commands, and let no snapshot in any more."""
        self._closed = True
        if self._unsubscribe is not None:
            self._unsubscribe()
        for lanes in (self._commands, self._readings):
            lanes.shutdown(wait=False, cancel_futures=True)

    def _put(self, snapshot: Snapshot) -> None:
        """Called in the monitor's thread."""
        with self._lock:
            waiting, self._newest = self._newest is not None, snapshot
        if not waiting and not self._closed:
            self._arrived.emit()

    def _take(self) -> None:
        with self._lock:
            snapshot, self._newest = self._newest, None
        if snapshot is not None and not self._closed:
            self.snapshot.emit(snapshot)

    def _report(
        self, done: "Future[Any]", on_done: Callable[[Any], None], on_error: Callable[..., None]
    ) -> None:
        """Called in the executor's thread, or in this one when the call was done at once."""
        if done.cancelled() or self._closed:
            return
        error = done.exception()
        if error is None:
            self._finished.emit(on_done, done.result())
        else:
            log.info("a command was refused or failed: %s", error)
            self._finished.emit(on_error, error)

    def _deliver(self, receiver: Callable[[Any], None], value: object) -> None:
        if not self._closed:
            receiver(value)
