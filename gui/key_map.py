"""The map of keys: what each key does, here and everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.fonts import code, strong, words
from gui.page import KeyWords
from gui.parts.controls import button, named
from gui.parts.text import label
from gui.theme import Theme

_FOOT = (
    "Capital letters are kept for what can't be undone.\n"
    "While you type: Ctrl with a digit, with G or with F, and F1 for these keys."
)


@dataclass(frozen=True, slots=True)
class KeySection:
    """Keys that belong together."""

    title: str
    keys: tuple[KeyWords, ...]


class KeyMap(QDialog):
    """Shows sections beside each other; any of Esc, Enter and `?` closes it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dialog")
        self.setWindowTitle("Keys")
        self.setAccessibleName("Keys")
        self._columns = QHBoxLayout()
        self._columns.setSpacing(36)
        self.shut = button(theme, "Close")
        self.shut.clicked.connect(self.accept)
        QShortcut(QKeySequence("?"), self, self.accept)
        foot = QHBoxLayout()
        foot.addWidget(label(_FOOT, words(12), "muted"))
        foot.addStretch(1)
        foot.addWidget(self.shut)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 18)
        layout.setSpacing(18)
        layout.addWidget(label("Keys", strong(18)))
        layout.addLayout(self._columns)
        layout.addLayout(foot)

    def show_sections(self, sections: Sequence[KeySection]) -> None:
        """Open it with these."""
        while (old := self._columns.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.deleteLater()
        for section in sections:
            self._columns.addWidget(_section(section), alignment=Qt.AlignmentFlag.AlignTop)
        self.open()
        self.shut.setFocus()

    @property
    def texts(self) -> list[str]:
        """All that is said."""
        return [shown.text() for shown in self.findChildren(QLabel)]


def _section(section: KeySection) -> QWidget:
    widget = QWidget()
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(7)
    grid.addWidget(label(section.title, strong(13)), 0, 0, 1, 2)
    for row, (key, meaning) in enumerate(section.keys, start=1):
        cap = named(label(key, code(12)), "key")
        cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(cap, row, 0)
        grid.addWidget(label(meaning, words(13)), row, 1)
    return widget
