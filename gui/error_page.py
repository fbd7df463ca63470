"""What is shown instead of the pages when the desk can't be opened: why, and what to do."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.fonts import strong, words
from gui.icons import icon
from gui.parts.controls import button
from gui.parts.text import label
from gui.theme import Theme


class ErrorPage(QWidget):
    """Offers to try again, or to quit."""

    again = Signal()
    leave = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("page")
        self._theme = theme
        self._sign = QLabel()
        self.reason = label("", words(14))
        self.reason.setWordWrap(True)
        self.reason.setFixedWidth(560)
        self.reason.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.retry = button(theme, "Try again", "refresh-cw", colour="on_accent")
        self.retry.setObjectName("primary")
        self.quit = button(theme, "Quit")
        self.retry.clicked.connect(self.again)
        self.quit.clicked.connect(self.leave)
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.retry)
        row.addWidget(self.quit)
        row.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self._sign)
        column.addWidget(label("The desk can't be opened", strong(20)))
        column.addWidget(self.reason)
        column.addSpacing(4)
        column.addLayout(row)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addLayout(column)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)

    def show_reason(self, reason: str) -> None:
        """Say why."""
        picture = icon(self._theme, "circle-alert", "bad")
        self._sign.setPixmap(picture.pixmap(QSize(32, 32), self.devicePixelRatioF()))
        self.reason.setText(reason)
        self.reason.setAccessibleName(reason)
        self.retry.setFocus()
