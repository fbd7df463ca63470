"""Desktop notifications, off until somebody wants them: by the desktop's own service, or by an icon in its tray."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from core.operating.snapshot import BrokerState, Snapshot
from gui.bridge import Bridge
from gui.desktop import Bubble, Desktop, why_no_service
from gui.icons import application_icon
from gui.kept import Kept
from gui.ledger.report import Report
from gui.news import BROKER, LEDGER, Item, News
from gui.targets import Target

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


def why_not_here() -> str:
    """Say why nothing can be shown on this desktop, in a sentence; empty = it can."""
    why = why_no_service()
    if not why or _has_tray():
        return ""
    return f"Notifications can't be shown here: {why}, and there is no tray either."


class Notifier(QObject):
    """Follows the snapshots and the ledger; `told` comes with each item, whether or not the desktop shows it."""

    told = Signal(object)
    #: The window is wanted: somebody has clicked; with the target that has more, or None.
    wanted = Signal(object)

    def __init__(self, bridge: Bridge, kept: Kept) -> None:
        super().__init__()
        self._kept = kept
        self._news = News()
        self._desktop = Desktop(self)
        self._desktop.chosen.connect(self._choose)
        self._tray: QSystemTrayIcon | None = None
        self._targets: dict[str, Target] = {}
        self._last = ""
        bridge.snapshot.connect(self.take)

    def take(self, snapshot: Snapshot) -> None:
        """Tell what has become worse, if somebody wants to know."""
        items = self._news.take(snapshot)
        if not is_wanted(self._kept):
            self.close()
            return
        if snapshot.broker.state is BrokerState.READY:
            self._desktop.withdraw(BROKER)
        for item in items:
            self._tell(item)

    def take_ledger(self, report: Report) -> None:
        """Tell that the ledger has become red, if somebody wants to know."""
        item = self._news.take_ledger(report)
        if report.ok:
            self._desktop.withdraw(LEDGER)
        if item is not None and is_wanted(self._kept):
            self._tell(item)

    def close(self) -> None:
        """Show nothing more, and take the icon out of the tray."""
        self._desktop.close()
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None

    def _tell(self, item: Item) -> None:
        self.told.emit(item)
        self._targets[item.cause] = item.target
        if is_loud(self._kept):
            QApplication.beep()
        if not self._desktop.show(Bubble(item.cause, item.title, item.text, item.stays)):
            self._tell_by_tray(item)

    def _tell_by_tray(self, item: Item) -> None:
        if self._tray is None and _has_tray():
            self._tray = QSystemTrayIcon(application_icon(), self)
            self._tray.setToolTip("Signalbox")
            self._tray.messageClicked.connect(self._choose_last)
            self._tray.activated.connect(self._come)
            self._tray.show()
        if self._tray is not None:
            self._last = item.cause
            self._tray.showMessage(item.title, item.text, application_icon())

    def _choose(self, cause: str) -> None:
        self.wanted.emit(self._targets.get(cause))

    def _choose_last(self) -> None:
        """A tray does not say which message was clicked; it shows one at a time."""
        self._choose(self._last)

    def _come(self) -> None:
        self.wanted.emit(None)


def _has_tray() -> bool:
    return QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()
