"""What each consumer has of an event, with the way to the reason beside it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from gui.fonts import words
from gui.parts.controls import icon_button
from gui.parts.facts import Fact
from gui.parts.text import label, set_role
from gui.theme import Theme


class ConsumerRows(QWidget):
    """A row for each; what is selected in one stays so while it does not change."""

    #: The reason shall be told of what this consumer has.
    asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._values: dict[str, QLabel] = {}
        #: The buttons, by consumer.
        self.whys: dict[str, QToolButton] = {}
        self.setAccessibleName("What the consumers have of it")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)

    @property
    def texts(self) -> dict[str, str]:
        """What is shown, by consumer."""
        return {name: value.text() for name, value in self._values.items()}

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these; consumers come in the order in which they were first shown."""
        for fact in facts:
            if fact.name not in self._values:
                self._add(fact.name)
            value, text = self._values[fact.name], fact.value or ""
            if value.text() != text:
                value.setText(text)
                value.setAccessibleName(f"{fact.name}: {text}")
            set_role(value, fact.role)

    def _add(self, name: str) -> None:
        row, top = len(self._values), Qt.AlignmentFlag.AlignTop
        value = label("", words(13))
        value.setWordWrap(True)
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        why = icon_button(self._theme, "circle-question-mark", f"Why has {name} this of it?", size=22)
        why.clicked.connect(partial(self.asked.emit, name))
        title = label(name, words(12), "muted")
        for text in (title, value):
            text.setContentsMargins(0, 3, 0, 0)
        self._grid.addWidget(title, row, 0, top)
        self._grid.addWidget(value, row, 1, top)
        self._grid.addWidget(why, row, 2, top)
        self._values[name], self.whys[name] = value, why
