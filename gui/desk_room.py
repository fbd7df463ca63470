"""Opens the desk and closes it, in threads of its own, so that the window is painted first and is gone at once."""

import logging
import threading

from PySide6.QtCore import QObject, Signal

from core.errors import SignalboxError
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from gui.background import step_behind

log = logging.getLogger(__name__)

#: What the desk may take to stop; the window promises three seconds in all.
_DEADLINE_S = 2.5


class DeskRoom(QObject):
    """Holds the one desk of the window."""

    opened = Signal(object)
    failed = Signal(object)
    closed = Signal()

    def __init__(self, settings: Settings, program: Program) -> None:
        super().__init__()
        self._settings, self._program = settings, program
        self._opening: threading.Thread | None = None
        self.desk: Desk | None = None

    def open(self) -> None:
        """Open the desk; `opened` or `failed` tells."""
        self._opening = threading.Thread(target=self._open, name="opening", daemon=True)
        self._opening.start()

    def _open(self) -> None:
        # Relay, monitor, broker and worker are started from here, and come after the window with it.
        step_behind()
        try:
            self.desk = self._desk()
        except (SignalboxError, OSError) as error:
            log.error("the desk can't be opened: %s", error)
            self.failed.emit(error)
        except Exception as error:  # This thread has nobody above it who could tell.
            log.exception("the desk can't be opened")
            self.failed.emit(error)
        else:
            self.opened.emit(self.desk)

    def _desk(self) -> Desk:
        """Own the data dir and run everything; read only, look on beside whoever does."""
        if not self._settings.read_only:
            return Desk.open(self._settings, program=self._program, run_worker=True)
        desk = Desk.attach(self._settings, program=self._program)
        desk.monitor.start()
        return desk

    def close(self) -> None:
        """Close the desk, also one that is still opening; `closed` tells."""
        threading.Thread(target=self._close, name="closing", daemon=True).start()

    def _close(self) -> None:
        if self._opening is not None:
            self._opening.join()
        unclean = self.desk.close(_DEADLINE_S) if self.desk is not None else []
        if unclean:
            log.warning("had to be left or killed: %s", ", ".join(unclean))
        self.closed.emit()
