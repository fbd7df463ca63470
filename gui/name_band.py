"""The band above everything: what this installation is called, on its colour, and that nothing can be changed here."""

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout

from core.settings import Colour
from gui.fonts import strong, words
from gui.parts.lock import WHY_LOCKED
from gui.parts.text import ElidedLabel

_HEIGHT = 28
#: The grounds, the same in light and dark: white is read on each of them at 4.5 to 1 or better.
_GROUNDS = {
    Colour.GREY: "#5B6472",
    Colour.RED: "#B3261E",
    Colour.AMBER: "#8A5200",
    Colour.GREEN: "#0E6E4D",
    Colour.BLUE: "#2F4BC4",
    Colour.VIOLET: "#7A3FB0",
}
_WHITE = "#FFFFFF"


class NameBand(QFrame):
    """Takes no room where there is neither a name nor anything to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(_HEIGHT)
        self._ground = QColor(_GROUNDS[Colour.GREY])
        self.name, self.reading = ElidedLabel(strong(13)), ElidedLabel(words(12, words().Weight.DemiBold))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(16)
        row.addWidget(self.name, 1)
        row.addWidget(self.reading)
        self.hide()

    def show_name(self, name: str, colour: Colour, *, is_read_only: bool) -> None:
        """Show what it is called, on its colour."""
        self._ground = QColor(_GROUNDS[colour])
        for part, text in ((self.name, name), (self.reading, "Read only" if is_read_only else "")):
            part.setStyleSheet(f"color: {_WHITE};")
            part.show_text(text, WHY_LOCKED if part is self.reading else text)
        self.setAccessibleName(
            " · ".join(text for text in (name, "read only" if is_read_only else "") if text)
        )
        self.setVisible(bool(name) or is_read_only)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._ground)
