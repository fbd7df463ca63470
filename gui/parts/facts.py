"""Facts under each other: a name, and what is known. What is not known is called unknown, never left out.

An id has a line of its own, where it is seen whole; what is longer than any line is cut, and its tooltip has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from gui.fonts import code, words
from gui.parts.text import label, set_role

UNKNOWN = "unknown"
#: A code with so long a word does not fit beside its name.
_LONG_WORD = 30


@dataclass(frozen=True, slots=True)
class Fact:
    """One of them; no value = it is unknown."""

    name: str
    value: str | None
    #: Colour of the value: text, muted, ok, warn or bad.
    role: str = "text"
    #: Whether it is an id or an address.
    is_code: bool = False

    def is_long(self, fits: int) -> bool:
        """Whether it needs a line of its own, where words of fewer characters fit beside its name."""
        words_of_it = (self.value or "").split()
        return self.is_code and max(map(len, words_of_it), default=0) >= fits


class Facts(QWidget):
    """Shows them; a value can be selected and copied, and stays selected while it does not change."""

    def __init__(self, name: str, *, fits: int = _LONG_WORD) -> None:
        """`fits` is how long a code's word has to be to need a line of its own, in characters."""
        super().__init__()
        self._fits = fits
        self.setAccessibleName(name)
        self._shown: tuple[Fact, ...] = ()
        self._values: list[QLabel] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)

    @property
    def texts(self) -> dict[str, str]:
        """What is shown, by name."""
        return {fact.name: value.text() for fact, value in zip(self._shown, self._values, strict=True)}

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these, in their order."""
        long, shown = self._long(facts), self._long(self._shown)
        if long != shown:
            self._rebuild(facts)
        self._shown = tuple(facts)
        for fact, value in zip(facts, self._values, strict=True):
            text = UNKNOWN if fact.value is None else fact.value
            if value.text() != text:
                value.setText(text)
                value.setAccessibleName(f"{fact.name}: {text}")
                value.setToolTip(text if fact.is_long(self._fits) else "")
            set_role(value, "muted" if fact.value is None else fact.role)

    def _long(self, facts: Sequence[Fact]) -> list[tuple[str, bool]]:
        return [(fact.name, fact.is_long(self._fits)) for fact in facts]

    def _rebuild(self, facts: Sequence[Fact]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self._values = []
        row = 0
        for fact in facts:
            value = label("", code(12) if fact.is_code else words(13))
            value.setWordWrap(True)
            # What can't be broken is cut: it must not make everything wider than its place.
            value.setMinimumWidth(1)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(label(fact.name, words(12), "muted"), row, 0, top)
            if fact.is_long(self._fits):
                row += 1
                self._grid.addWidget(value, row, 0, 1, 2, top)
            else:
                self._grid.addWidget(value, row, 1, top)
            self._values.append(value)
            row += 1
