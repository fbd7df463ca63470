"""A box for text of several lines in the font for code: a traceback to be read, or data to be written."""

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QPlainTextEdit

from gui.fonts import code
from gui.parts.controls import named

_PADDING = 20


class CodeBox(QPlainTextEdit):
    """Shows a text, and keeps selection and scroll while that stays the same; Tab goes on to the next control."""

    def __init__(self, name: str, *, lines: int, is_written: bool = False) -> None:
        """Room is made for so many lines at least."""
        super().__init__()
        named(self, "code")
        self.setAccessibleName(name)
        self.setFont(code(12))
        self.setReadOnly(not is_written)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(
            QPlainTextEdit.LineWrapMode.WidgetWidth if is_written else QPlainTextEdit.LineWrapMode.NoWrap
        )
        self.setMinimumHeight(QFontMetrics(self.font()).lineSpacing() * lines + _PADDING)

    def show_text(self, text: str) -> None:
        """Show this."""
        if text != self.toPlainText():
            self.setPlainText(text)
