"""The strip above everything that says what is broken on purpose, on every page, with the one act that restores it."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from core.operating.actor import actor
from core.operating.desk import Desk
from core.operating.snapshot import FaultSet, Snapshot
from gui.bridge import Bridge
from gui.fonts import words
from gui.formatting import clock, one_line, plural
from gui.icons import icon
from gui.parts.controls import button
from gui.parts.lock import lock
from gui.parts.text import set_role
from gui.parts.way import WayLabel
from gui.targets import Kind, Target
from gui.theme import Theme

_CLEAR, _CLEARING = "Clear all", "Clearing"
_BROKER = "broker"


class FaultStrip(QFrame):
    """Takes no room while nothing is broken. A click on its words, or Enter, asks for what is broken first."""

    #: The consumer that is broken, or the page where the broker is looked into.
    wanted = Signal(object)
    #: It went while it had the keyboard.
    left = Signal()

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("faults")
        self._bridge = bridge
        self._faults: tuple[FaultSet, ...] = ()
        self._refusal = ""
        self._under_way = False
        self._picture = QLabel()
        self._sign = icon(theme, "unplug", "warn")
        theme.changed.connect(self._draw_sign)
        self.text = WayLabel(words(13, words().Weight.Medium), "warn")
        self.text.chosen.connect(self._ask_for_first)
        self.clear = button(theme, _CLEAR, "undo-2", name="Clear all faults")
        self.clear.setToolTip("Restore everything that was broken on purpose")
        self.clear.clicked.connect(self._clear_all)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 5, 14, 5)
        layout.setSpacing(9)
        layout.addWidget(self._picture)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.clear)
        lock(bridge, self.clear)
        self.hide()

    def refresh(self, snapshot: Snapshot, _age_s: float) -> None:
        """Show what is broken now."""
        if snapshot.faults != self._faults:
            self._faults, self._refusal = snapshot.faults, ""
            self._draw_sign()
            self._show()
        self._offer()

    def _draw_sign(self) -> None:
        self._picture.setPixmap(self._sign.pixmap(QSize(16, 16), self.devicePixelRatioF()))

    def _show(self) -> None:
        listed = ", ".join(fault.words for fault in self._faults)
        said = f"{plural(len(self._faults), 'fault')} set: {listed}"
        set_role(self.text, "bad" if self._refusal else "warn")
        self.text.show_text(
            f"{said}. {self._refusal}" if self._refusal else said,
            "\n".join(_told(fault) for fault in self._faults),
        )
        had_keyboard = self.clear.hasFocus() or self.text.hasFocus()
        self.setVisible(bool(self._faults))
        if had_keyboard and not self._faults:
            self.left.emit()

    def _ask_for_first(self) -> None:
        targets = [fault.target for fault in self._faults if fault.target != _BROKER]
        kind, name = (Kind.CONSUMER, targets[0]) if targets else (Kind.PAGE, "Settings")
        self.wanted.emit(Target(kind, name, name))

    def _offer(self) -> None:
        self.clear.setText(_CLEARING if self._under_way else _CLEAR)
        # A disabled button hands the keyboard to whatever comes next in the window, which nobody has asked for.
        self.clear.setDisabled(self._under_way and not self.clear.hasFocus())

    def _clear_all(self) -> None:
        if self._under_way:
            return
        self._under_way = self._bridge.run(_clear_all, self._done, self._refused)
        self._offer()

    def _done(self, _nothing: None) -> None:
        """Claim nothing: the next snapshot shows what is so."""
        self._under_way = False

    def _refused(self, error: BaseException) -> None:
        self._under_way = False
        self._refusal = f"Not cleared: {one_line(str(error))}"
        self._show()
        self._offer()


def _clear_all(desk: Desk) -> None:
    desk.faults.clear(by=actor())


def _told(fault: FaultSet) -> str:
    """Say all that is known of a fault."""
    ends = "" if fault.ends_at is None else f", until {clock(fault.ends_at)}"
    return f"Fault {fault.fault_id}: {fault.words}; set by {fault.set_by} at {clock(fault.set_at)}{ends}"
