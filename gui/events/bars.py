"""The lines above the events: what is wanted, where to go, and how far was looked."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.events.types import EVENT_TYPES
from gui.events.jump_field import JumpField
from gui.events.reader import EventReader
from gui.events.search_bar import SearchBar
from gui.events.wanted import Wanted, wanted
from gui.fonts import words
from gui.formatting import count, one_line
from gui.parts.filter_bar import FilterBar
from gui.parts.text import ElidedLabel
from gui.theme import Theme

_TYPE = "Type"
_OFFER = "Text in the payload, link:SLUG, trace:ID  ( / )"


class EventBars(QWidget):
    """Says what operators want; the page reads it."""

    #: Something else is wanted.
    changed = Signal()
    #: A time, a place or an id shall be gone to.
    jumped = Signal(str)
    #: The keyboard shall go to the rows.
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.filter = FilterBar(theme, "events")
        self.filter.add_choice(_TYPE, tuple(EVENT_TYPES))
        self.filter.field.setPlaceholderText(_OFFER)
        self.filter.field.setToolTip(_OFFER)
        self.jump = JumpField(theme)
        self.complaint = ElidedLabel(words(12), "bad")
        self.complaint.hide()
        self.search = SearchBar(theme)
        self.filter.changed.connect(self.changed)
        self.jump.wanted.connect(self.jumped)
        self.jump.left.connect(self.left)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.filter, 1)
        row.addWidget(self.jump)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(row)
        column.addWidget(self.complaint)
        column.addWidget(self.search)

    @property
    def wanted(self) -> Wanted:
        """What is wanted now."""
        return wanted(self.filter.text, self.filter.choice(_TYPE))

    def want_everything(self) -> None:
        """Clear the filter, and tell nobody: all events are shown already."""
        self.filter.blockSignals(True)
        self.filter.clear()
        self.filter.blockSignals(False)

    def complain(self, error: BaseException | None) -> None:
        """Say why a jump leads nowhere; None = it does not."""
        self.complaint.show_text("" if error is None else one_line(str(error)))
        self.complaint.setVisible(error is not None)

    def show_state(self, reader: EventReader) -> None:
        """Say how many are shown, and how far was looked."""
        window = reader.window
        more = "" if window.has_oldest else "; older ones follow"
        self.filter.figure.show_text(f"{count(len(window.lines))} shown{more}" if reader.has_begun else "")
        self.search.setVisible(reader.wanted.needs_looking)
        if reader.wanted.needs_looking:
            self.search.show_search(
                reader.search, len(window.lines), is_looking=reader.is_looking, is_end=window.has_oldest
            )
