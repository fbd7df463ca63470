"""The line that says how far events were looked through for what no index tells, with the way on and the way to stop."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.events.search import Search
from gui.fonts import words
from gui.formatting import count, moment, plural
from gui.parts.controls import button
from gui.parts.text import ElidedLabel
from gui.theme import Theme


class SearchBar(QWidget):
    """Shown only while events are wanted that have to be looked for."""

    go_on = Signal()
    stop = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.said = ElidedLabel(words(12), "muted")
        self.more = button(theme, "Look further", "chevron-down", name="Look through older events")
        self.more.clicked.connect(self.go_on)
        self.halt = button(theme, "Stop", "square", name="Stop looking")
        self.halt.clicked.connect(self.stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.said, 1)
        row.addWidget(self.more)
        row.addWidget(self.halt)
        self.hide()

    def show_search(self, search: Search, found: int, *, is_looking: bool, is_end: bool) -> None:
        """Say how far it has come."""
        self.said.show_text(search_words(search, found, is_looking=is_looking, is_end=is_end))
        self.halt.setVisible(is_looking)
        self.more.setVisible(not is_looking and not is_end)
        self.show()


def search_words(search: Search, found: int, *, is_looking: bool, is_end: bool) -> str:
    """Say how many events were looked at, back to when, and how many of them fit."""
    back = "" if search.reached is None else f", back to {moment(search.reached)}"
    if is_end and not is_looking:
        return f"All {plural(search.looked_at, 'event')} there were to look at: {count(found)} found."
    verb = "Looking: " if is_looking else ""
    return f"{verb}{plural(search.looked_at, 'event')} looked at{back}: {count(found)} found."
