"""The window's life: painted first, then the desk opens behind it; closing stops everything that was started.

Closing order: refuse new commands, take no more snapshots, close the desk, quit.
"""

import gc
import logging
import sys
import threading

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from core.errors import DataDirInUse
from core.operating.desk import Desk, is_owned
from core.operating.doorbell import Doorbell, ring
from core.operating.logs import log_to_file
from core.operating.program import Program
from core.settings import Settings
from gui.bridge import Bridge
from gui.desk_room import DeskRoom
from gui.fonts import load_fonts
from gui.icons import application_icon
from gui.interrupts import Interrupts
from gui.main_window import MainWindow, kept_choice, open_preferences
from gui.notifier import Notifier
from gui.theme import Theme

log = logging.getLogger(__name__)

#: A busy Python thread may hold the interpreter this long before the window's thread gets it, in seconds.
_SWITCH_INTERVAL_S = 0.0002
#: How often, and how many times, a first window that is still opening is rung, in seconds.
_RING_EVERY_S, _RINGS = 0.1, 20


def build_application() -> QApplication:
    """Give the application with its name, fonts and icon."""
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication(["signalbox"])
    application.setApplicationName("signalbox")
    application.setApplicationDisplayName("Signalbox")
    application.setDesktopFileName("signalbox")
    application.setWindowIcon(application_icon())
    load_fonts(application)
    return application


class Window(QObject):
    """One window with its desk, from the first painting to the last stopped process."""

    _rung = Signal()
    finished = Signal()

    def __init__(self, application: QApplication, settings: Settings, program: Program) -> None:
        super().__init__()
        preferences = open_preferences(settings.data_dir)
        self.theme = Theme(application, kept_choice(preferences))
        self._settings = settings
        self.bridge = Bridge(is_read_only=settings.read_only)
        self.frame = MainWindow(self.theme, self.bridge, program.consumers, preferences, program.command)
        self.frame.show_name(settings.name, settings.colour)
        self.notifier = Notifier(self.bridge, self.frame.kept)
        self.frame.ledger.reported.connect(self.notifier.take_ledger)
        self.room = DeskRoom(settings, program)
        self.exit_code = 0
        self._doorbell = Doorbell(settings.data_dir)
        self.is_closing = False
        self.room.opened.connect(self._use)
        self.room.failed.connect(self._fail)
        self.room.closed.connect(self.finished)
        self.frame.closing.connect(self.close)
        self.frame.try_again.connect(self.room.open)
        self._rung.connect(self.frame.come_forward)
        self.notifier.wanted.connect(self.frame.come_forward_to)

    def show(self) -> None:
        """Paint the window, then open the desk."""
        self.frame.show()
        QTimer.singleShot(0, self.room.open)

    def _use(self, desk: Desk) -> None:
        if self.is_closing:
            return
        self.exit_code = 0
        self.bridge.use(desk)
        self.frame.show_ready()
        if self._settings.read_only:
            return  # A second start is answered by whoever owns the data dir.
        try:
            self._doorbell.listen(self._rung.emit)
        except OSError as error:
            log.warning("a second start can't be heard: %s", error)

    def _fail(self, error: Exception) -> None:
        self.exit_code = 1
        text = str(error)
        if isinstance(error, DataDirInUse):
            text += " A worker without a window may be running there; stop it, and this window takes over."
        self.frame.show_error(text)

    def close(self) -> None:
        """Stop everything; `finished` tells when nothing is left."""
        if self.is_closing:
            return
        self.is_closing = True
        self.frame.hide()
        self.bridge.close()
        self.notifier.close()
        self._doorbell.close()
        self.room.close()


def run_window(settings: Settings, program: Program) -> int:
    """Run the window until it is closed; gives the exit code.

    On a data dir that has a window already, that one is shown, and this call ends with 0.
    """
    if not settings.read_only and _has_window(settings):
        sys.stdout.write(
            f"Signalbox is open on {settings.data_dir} already; its window was brought to the front.\n"
        )
        return 0
    log_to_file(settings.data_dir, "looking" if settings.read_only else "window")
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    application = build_application()
    application.setQuitOnLastWindowClosed(False)
    window = Window(application, settings, program)
    window.finished.connect(application.quit)
    interrupts = Interrupts(window.frame.close)
    window.show()
    _calm_collector()
    application.exec()
    interrupts.close()
    return window.exit_code


def _calm_collector() -> None:
    """Keep what is there for good out of the garbage collector's sight: a full round stopped the window for 100 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _has_window(settings: Settings) -> bool:
    """Ring at whoever owns the data dir; a first window that is still opening is given a moment."""
    pause = threading.Event()
    for _ in range(_RINGS):
        if ring(settings.data_dir):
            return True
        if not is_owned(settings):
            return False
        pause.wait(_RING_EVERY_S)
    return False
