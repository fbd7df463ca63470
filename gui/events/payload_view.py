"""The data of an event, to be read and selected; of very long data the beginning, until all of it is asked for."""

from PySide6.QtGui import QFontMetrics, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from gui.events.matches import spots
from gui.fonts import code
from gui.formatting import count
from gui.parts.controls import button, named
from gui.theme import Theme, colour_of

#: Characters shown at first: a browser of events stood still for 15 s over 325 KB.
_FIRST = 8_000
_MOST_LINES, _PADDING = 22, 20
#: So many places are marked at most.
_MOST_MARKS = 200
#: About so many characters are in a line.
_IN_LINE = 42


class PayloadView(QWidget):
    """What is selected stays so while the text does not change."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._whole, self._shows_all, self._marked = "", False, ""
        self.field = named(QPlainTextEdit(), "code")
        self.field.setReadOnly(True)
        self.field.setAccessibleName("Payload")
        self.field.setFont(code(12))
        self.field.setFrameShape(QFrame.Shape.NoFrame)
        self.field.setTabChangesFocus(True)
        self.all = button(theme, "")
        self.all.clicked.connect(self._show_all)
        theme.changed.connect(self._draw_marks)
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

    def mark(self, text: str) -> None:
        """Mark this text wherever it is, from now on; empty = nothing."""
        if text != self._marked:
            self._marked = text
            self._draw_marks()

    def _draw_marks(self) -> None:
        text = self.field.toPlainText()
        found = [
            (_units(text, begin), _units(text, end)) for begin, end in spots(text, self._marked, _MOST_MARKS)
        ]
        self.field.setExtraSelections([self._mark_at(begin, end) for begin, end in found])
        if found:
            self.field.setTextCursor(self._cursor(found[0][0], found[0][0]))

    def _mark_at(self, begin: int, end: int) -> QTextEdit.ExtraSelection:
        tokens, mark = self._theme.tokens, QTextEdit.ExtraSelection()
        mark.cursor = self._cursor(begin, end)
        mark.format.setBackground(colour_of(tokens.accent_soft))
        mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        mark.format.setUnderlineColor(colour_of(tokens.accent))
        return mark

    def _cursor(self, begin: int, end: int) -> QTextCursor:
        cursor = self.field.textCursor()
        cursor.setPosition(begin)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _show_all(self) -> None:
        self._shows_all = True
        self._draw()

    def _draw(self) -> None:
        shown = self._whole if self._shows_all else self._whole[:_FIRST]
        self.field.setPlainText(shown)
        self._draw_marks()
        self.all.setText(f"Show all {count(len(self._whole))} characters")
        self.all.setAccessibleName(self.all.text())
        self.all.setVisible(len(shown) < len(self._whole))
        lines = sum(1 + len(line) // _IN_LINE for line in shown[: _MOST_LINES * _IN_LINE].split("\n"))
        self.field.setFixedHeight(
            min(lines, _MOST_LINES) * QFontMetrics(self.field.font()).lineSpacing() + _PADDING
        )


def _units(text: str, at: int) -> int:
    """Give a place as Qt counts: a character beyond the first 65,536 is two."""
    return len(text[:at].encode("utf-16-le", "replace")) // 2
