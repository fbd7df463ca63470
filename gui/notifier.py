"""Desktop notifications, off until somebody wants them: shown by an icon in the desktop's tray, where there is one."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from core.operating.snapshot import Snapshot
from gui.bridge import Bridge
from gui.icons import application_icon
from gui.kept import Kept
from gui.ledger.report import Report
from gui.news import Item, News

_KEPT, _SOUND, _ON, _OFF = "notifications", "notifications/sound", "on", "off"


def is_wanted(kept: Kept) -> bool:
    """Whether somebody wants to be notified."""
    return kept.value(_KEPT, _OFF) == _ON


def want(kept: Kept, wanted: bool) -> None:
    """Be notified from now on, or no more."""
    kept.put(_KEPT, _ON if wanted else _OFF)


def is_loud(kept: Kept) -> bool:
    """Whether each notification is to be heard too."""
    return kept.value(_SOUND, _OFF) == _ON


def be_loud(kept: Kept, loud: bool) -> None:
    """Let each notification be heard from now on, or not."""
    kept.put(_SOUND, _ON if loud else _OFF)


class Notifier(QObject):
    """Follows the snapshots and the ledger; `told` comes with each item, whether or not the desktop shows it."""

    told = Signal(object)
    #: The window is wanted: somebody has clicked.
    wanted = Signal()

    def __init__(self, bridge: Bridge, kept: Kept) -> None:
        super().__init__()
        self._kept = kept
        self._news = News()
        self._tray: QSystemTrayIcon | None = None
        bridge.snapshot.connect(self.take)

    def take(self, snapshot: Snapshot) -> None:
        """Tell what has become worse, if somebody wants to know."""
        items = self._news.take(snapshot)
        if not is_wanted(self._kept):
            self.close()
            return
        for item in items:
            self._tell(item)

    def take_ledger(self, report: Report) -> None:
        """Tell that the ledger has become red, if somebody wants to know."""
        item = self._news.take_ledger(report)
        if item is not None and is_wanted(self._kept):
            self._tell(item)

    def close(self) -> None:
        """Take the icon out of the tray."""
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None

    def _tell(self, item: Item) -> None:
        self.told.emit(item)
        if is_loud(self._kept):
            QApplication.beep()
        if self._tray is None and QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = QSystemTrayIcon(application_icon(), self)
            self._tray.setToolTip("Signalbox")
            self._tray.messageClicked.connect(self.wanted)
            self._tray.activated.connect(self.wanted)
            self._tray.show()
        if self._tray is not None:
            self._tray.showMessage(item.title, item.text, application_icon())
