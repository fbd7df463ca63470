"""Asks at which link a consumer shall fail, and whether that passes; breaks nothing by itself."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.consuming.faults import FaultKind, Figures
from gui.consumers.acts import Breakage
from gui.fonts import strong, words
from gui.parts.controls import Chooser, button
from gui.parts.text import label
from gui.theme import Theme

_WAYS = (
    (
        "It passes once repaired",
        "Its events are parked and tried again and again: they are applied once it is repaired.",
    ),
    (
        "It is rejected for good",
        "Its events become dead letters after their attempts, also if it is repaired later.",
    ),
)


class LinkFault(QDialog):
    """Closed by Esc without a word."""

    #: What shall be broken: a `Breakage`.
    chosen = Signal(object)

    def __init__(self, theme: Theme, consumer: str, link: str, parent: QWidget) -> None:
        """`link` is the slug or id to begin with; empty = none."""
        super().__init__(parent)
        self.setObjectName("dialog")
        title = f"Let {consumer} fail at one link"
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setMinimumWidth(460)
        self.link = QLineEdit(link)
        self.link.setAccessibleName("Link, by its slug or id")
        self.link.setPlaceholderText("Slug or id of the link")
        self.way = Chooser(theme, "What becomes of its events")
        self.way.addItems([text for text, _ in _WAYS])
        self.does = label("", words(13))
        self.does.setWordWrap(True)
        self.leave = button(theme, "Cancel")
        self.go = button(theme, "Break")
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        self._lay_out(title)
        self.link.textChanged.connect(self._offer)
        self.way.currentIndexChanged.connect(self._offer)
        self.leave.clicked.connect(self.reject)
        self.go.clicked.connect(self._choose)
        self._offer()

    def _lay_out(self, title: str) -> None:
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.leave)
        foot.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(title, strong(16)))
        for part in (self.link, self.way, self.does):
            column.addWidget(part)
        column.addSpacing(6)
        column.addLayout(foot)

    def _offer(self) -> None:
        self.does.setText(f"{_WAYS[self.way.currentIndex()][1]} All other links go on.")
        named = bool(self.link.text().strip())
        self.go.setEnabled(named)
        self.go.setToolTip("" if named else "Say which link first.")

    def _choose(self) -> None:
        link, passes = self.link.text().strip(), self.way.currentIndex() == 0
        figures = Figures(link=link, transient=passes)
        self.chosen.emit(Breakage(f"Fail at {link}", self.does.text(), FaultKind.FAIL_LINK, figures))
        self.accept()
