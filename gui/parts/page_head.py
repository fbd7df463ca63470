"""The head of a page: its title, what is so in one badge, and from where and how old its figures are."""

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.fonts import strong, words
from gui.formatting import clock, duration
from gui.parts.badge import Badge
from gui.parts.text import ElidedLabel, label, set_role
from gui.theme import Theme

_TICK_MS = 1_000
_MINUTE_S = 60
#: Figures older than this are told in warning colour, in seconds.
_OLD_S = 5.0


class PageHead(QWidget):
    """A page adds its own buttons at the right."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self.badge = Badge(theme)
        self.source = ElidedLabel(words(12), "muted")
        self._where, self._old_s = "", _OLD_S
        self._read_at: float | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(14)
        self._row.addWidget(label(title, strong(20)))
        self._row.addWidget(self.badge)
        self._row.addStretch(1)
        self._row.addWidget(self.source)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self.show_age)

    def add(self, widget: QWidget) -> None:
        """Put a widget to the right end."""
        self._row.addWidget(widget)

    def show_source(self, where: str, read_at: float | None, *, old_s: float = _OLD_S) -> None:
        """Say where the figures are from and when they were read; after `old_s` seconds that is a warning."""
        self._where, self._read_at, self._old_s = where, read_at, old_s
        self.show_age()

    def show_age(self) -> None:
        """Say how old the figures are now."""
        if self._read_at is None:
            self.source.show_text(f"{self._where}: not read yet" if self._where else "")
            return
        age_s = max(0.0, time.time() - self._read_at)
        set_role(self.source, "warn" if age_s > self._old_s else "muted")
        age = f"{round(age_s)} s" if age_s < _MINUTE_S else duration(age_s)
        age = "just now" if age_s < 1 else f"{age} ago"
        self.source.show_text(f"{self._where}, read {age}", f"Read at {clock(self._read_at)}")

    def tick(self, on: bool) -> None:
        """Let the age go on, or rest while nobody looks."""
        if on:
            self._tick.start()
            self.show_age()
        else:
            self._tick.stop()
