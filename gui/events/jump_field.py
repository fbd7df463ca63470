"""The field for where to go among the events: a time, a place, or an id."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from gui.icons import icon
from gui.parts.filter_bar import FilterField
from gui.theme import Theme

_OFFER = "Go to 14:05, 3/120 or an id  ( t )"
_EXPLAINED = "A time such as 14:05 or 2026-11-23 14:05, a place as partition/position, or the id of an event"


class JumpField(QWidget):
    """Enter goes there; Esc clears the field, then leaves it."""

    wanted = Signal(str)
    #: The keyboard shall go to the rows.
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.field = FilterField()
        self.field.setAccessibleName("Go to a time, a place or an event id")
        self.field.setPlaceholderText(_OFFER)
        self.field.setToolTip(_EXPLAINED)
        self.field.addAction(icon(theme, "clock", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.setFixedWidth(250)
        self.field.left.connect(self._leave)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field)

    def focus(self) -> None:
        """Put the keyboard into the field."""
        self.field.setFocus()
        self.field.selectAll()

    def _leave(self) -> None:
        text = self.field.text().strip()
        if text:
            self.wanted.emit(text)
        else:
            self.left.emit()
