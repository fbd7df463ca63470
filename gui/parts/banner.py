"""Banners above a page: what is wrong with the whole, what still works, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from gui.fonts import words
from gui.icons import icon
from gui.parts.text import ElidedLabel
from gui.theme import Theme
from gui.tokens import Tone


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that an operator has to know."""

    tone: Tone
    text: str


class Banners(QWidget):
    """One line of all notices, side by side; none takes no room."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[Notice, ...] = ()
        self._lines: list[_Line] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What is shown, worst first."""
        return [notice.text for notice in self._shown]

    def show_notices(self, notices: Sequence[Notice]) -> None:
        """Show these, and no others."""
        if tuple(notices) == self._shown:
            return
        self._shown = tuple(notices)
        while len(self._lines) < len(notices):
            line = _Line(self._theme)
            self._lines.append(line)
            self._layout.addWidget(line, 1)
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(notices))
            if number < len(notices):
                line.show_notice(notices[number])
        self.setVisible(bool(notices))


class _Line(QFrame):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._theme = theme
        self._icon = QLabel()
        self._text = ElidedLabel(words(13, words().Weight.Medium))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)

    def show_notice(self, notice: Notice) -> None:
        picture = icon(self._theme, "triangle-alert", notice.tone.value)
        self._icon.setPixmap(picture.pixmap(QSize(16, 16), self.devicePixelRatioF()))
        self._text.show_text(notice.text)
        for widget, name in ((self, "tone"), (self._text, "role")):
            widget.setProperty(name, notice.tone.value)
            widget.style().unpolish(widget)
            widget.style().polish(widget)
