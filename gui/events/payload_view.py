"""The data of an event, to be read and selected; of very long data the beginning, until all of it is asked for."""

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from gui.fonts import code
from gui.formatting import count
from gui.parts.controls import button, named
from gui.theme import Theme

#: Characters shown at first: a browser of events stood still for 15 s over 325 KB.
_FIRST = 8_000
_MOST_LINES, _PADDING = 22, 20
#: About so many characters are in a line.
_IN_LINE = 42


class PayloadView(QWidget):
    """What is selected stays so while the text does not change."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._whole, self._shows_all = "", False
        self.field = named(QPlainTextEdit(), "code")
        self.field.setReadOnly(True)
        self.field.setAccessibleName("Payload")
        self.field.setFont(code(12))
        self.field.setFrameShape(QFrame.Shape.NoFrame)
        self.field.setTabChangesFocus(True)
        self.all = button(theme, "")
        self.all.clicked.connect(self._show_all)
        self.all.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.all)

    def show_text(self, text: str) -> None:
        """Show this."""
        if text != self._whole:
            self._whole, self._shows_all = text, False
            self._draw()

    def _show_all(self) -> None:
        self._shows_all = True
        self._draw()

    def _draw(self) -> None:
        shown = self._whole if self._shows_all else self._whole[:_FIRST]
        self.field.setPlainText(shown)
        self.all.setText(f"Show all {count(len(self._whole))} characters")
        self.all.setAccessibleName(self.all.text())
        self.all.setVisible(len(shown) < len(self._whole))
        lines = sum(1 + len(line) // _IN_LINE for line in shown[: _MOST_LINES * _IN_LINE].split("\n"))
        self.field.setFixedHeight(
            min(lines, _MOST_LINES) * QFontMetrics(self.field.font()).lineSpacing() + _PADDING
        )
