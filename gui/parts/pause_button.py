"""The button that pauses or resumes one consumer, and turns into the outcome: sent, obeyed, and then the opposite act."""

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from core.operating.desk import Desk
from core.operating.snapshot import ConsumerHealth
from gui.bridge import Bridge
from gui.formatting import one_line
from gui.icons import BESIDE_TEXT, icon
from gui.parts.command_face import Face, Sent, face, settle
from gui.parts.controls import icon_button
from gui.parts.lock import lock
from gui.theme import Theme

_CHOICES = (
    ("for 1 minute", 60.0),
    ("for 10 minutes", 600.0),
    ("for 1 hour", 3600.0),
    ("until resumed", None),
)


class PauseButton(QWidget):
    """Sends the act, and shows by the snapshots what has become of it; `failed` tells why it could not be sent."""

    failed = Signal(str)

    def __init__(self, theme: Theme, bridge: Bridge, consumer: str) -> None:
        super().__init__()
        self._theme, self._bridge, self._consumer = theme, bridge, consumer
        self._health: ConsumerHealth | None = None
        self._sent: Sent | None = None
        self._face: Face | None = None
        self.act = QPushButton()
        self.act.setIconSize(BESIDE_TEXT)
        self.act.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.act.clicked.connect(self._click)
        self.choose = icon_button(theme, "chevron-down", f"Pause {consumer} for a time")
        self.choose.clicked.connect(self._open_menu)
        self.menu = self._build_menu()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.act, 1)
        layout.addWidget(self.choose)
        self._show()
        lock(bridge, self.act, self.choose)

    def _build_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAccessibleName(f"Pause {self._consumer} for")
        for words, seconds in _CHOICES:
            menu.addAction(f"Pause {words}").triggered.connect(partial(self._pause, seconds))
        return menu

    def _open_menu(self) -> None:
        self.menu.popup(self.choose.mapToGlobal(QPoint(0, self.choose.height() + 2)))

    def refresh(self, health: ConsumerHealth) -> None:
        """Show how things stand now."""
        self._health = health
        self._sent = settle(self._sent, health, time.monotonic())
        self._show()

    def _show(self) -> None:
        new = face(self._sent, self._health)
        if new == self._face:
            return
        self._face = new
        had_focus = self.act.hasFocus()
        self.act.setText(new.text)
        self.act.setIcon(icon(self._theme, new.icon, "text"))
        self.act.setEnabled(new.enabled or had_focus)
        self.act.setToolTip(new.tip)
        self.act.setAccessibleName(f"{new.text} {self._consumer}")
        self.choose.setEnabled(self._health is not None)

    def _click(self) -> None:
        if self._face is None or not self._face.enabled:
            return
        if self._face.act == "pause":
            self._pause(None)
        else:
            self._send("resume", lambda desk: desk.resume(self._consumer))

    def _pause(self, seconds: float | None, _checked: bool = False) -> None:
        self._send("pause", lambda desk: desk.pause(self._consumer, seconds=seconds))

    def _send(self, act: str, call: Callable[[Desk], int]) -> None:
        if self._bridge.run(call, self._noted, self._refused):
            self._sent = Sent(act, time.monotonic())
            self._show()

    def _noted(self, version: int) -> None:
        if self._sent is not None:
            self._sent = Sent(self._sent.act, self._sent.at, version)
        self._show()

    def _refused(self, error: BaseException) -> None:
        self._sent = None
        self._show()
        self.failed.emit(one_line(str(error)))
