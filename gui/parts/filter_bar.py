"""The line above a table: a text, choices, and how much of all is shown."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from gui.fonts import words
from gui.formatting import count
from gui.icons import icon
from gui.parts.controls import Chooser, button
from gui.parts.text import ElidedLabel
from gui.theme import Theme

#: A text is asked for when nobody has typed for so long, in milliseconds.
_REST_MS = 180


class FilterField(QLineEdit):
    """The field for a text; Esc leaves it, and clears it first."""

    #: The keyboard shall go to the rows.
    left = Signal()

    def event(self, event: QEvent) -> bool:
        """Keep Esc for the field: the window would close something with it."""
        if isinstance(event, QKeyEvent) and _is_offered(event, Qt.Key.Key_Escape):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        leaves = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down)
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif leaves or event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def _is_offered(event: QKeyEvent, key: Qt.Key) -> bool:
    """Tell whether Qt asks by this event who wants the key, before the keys of the window have it."""
    return event.type() == QEvent.Type.ShortcutOverride and event.key() == key


class FilterBar(QWidget):
    """`changed` tells that something else is wanted now; whoever listens asks for `text` and `choice`."""

    changed = Signal()

    def __init__(self, theme: Theme, what: str) -> None:
        """`what` is filtered, such as "acts"."""
        super().__init__()
        self._theme, self._what = theme, what
        self._choices: dict[str, Chooser] = {}
        self.field = FilterField()
        self.field.setAccessibleName(f"Filter {what} by a text")
        self.field.setPlaceholderText(f"Filter {what} ( / )")
        self.field.addAction(icon(theme, "search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        for sign in self.field.findChildren(QToolButton):
            sign.setAccessibleName(f"Filter {what}")
        self.field.setMinimumWidth(240)
        self.field.setMaximumWidth(340)
        self.figure = ElidedLabel(words(12), "muted")
        self.reset = button(theme, "Show all", "x", name=f"Show all {what} again")
        self.reset.clicked.connect(self.clear)
        self.reset.hide()
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._tell)
        self.field.textChanged.connect(self._typed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self.field, 2)
        self._row.addWidget(self.reset)
        self._row.addStretch(1)
        self._row.addWidget(self.figure)

    def add_choice(self, name: str, offers: Sequence[str]) -> Chooser:
        """Add a choice; until one of the offers is taken it says its own name, and filters nothing."""
        chooser = Chooser(self._theme, f"Filter {self._what} by {name.lower()}")
        chooser.setMinimumSize(QSize(110, 0))
        self._choices[name] = chooser
        self.offer(name, offers)
        chooser.currentIndexChanged.connect(self._tell)
        self._row.insertWidget(len(self._choices), chooser)
        return chooser

    def offer(self, name: str, offers: Sequence[str]) -> None:
        """Change what a choice offers; what is chosen stays chosen."""
        chooser, chosen = self._choices[name], self.choice(name)
        wanted = [f"Any {name.lower()}", *offers, *([chosen] if chosen and chosen not in offers else [])]
        if wanted != [chooser.itemText(number) for number in range(chooser.count())]:
            chooser.blockSignals(True)
            chooser.clear()
            chooser.addItems(wanted)
            chooser.setCurrentIndex(wanted.index(chosen) if chosen else 0)
            chooser.blockSignals(False)

    @property
    def text(self) -> str:
        """What was typed."""
        return self.field.text().strip()

    def choice(self, name: str) -> str:
        """What was chosen; empty = anything."""
        chooser = self._choices[name]
        return chooser.currentText() if chooser.currentIndex() > 0 else ""

    def choose(self, name: str, offer: str) -> None:
        """Choose this, as an operator does; what is not offered is offered from now on."""
        chooser = self._choices[name]
        if chooser.findText(offer) < 0:
            chooser.addItem(offer)
        chooser.setCurrentText(offer)

    @property
    def is_active(self) -> bool:
        """Whether something is filtered out."""
        return bool(self.text) or any(self.choice(name) for name in self._choices)

    @property
    def words(self) -> str:
        """The filter in words, for whoever restates it before an act; empty = there is none."""
        parts = [f'text "{self.text}"'] if self.text else []
        parts += [f"{name.lower()} {self.choice(name)}" for name in self._choices if self.choice(name)]
        return ", ".join(parts)

    def clear(self) -> None:
        """Filter nothing."""
        self._rest.stop()
        self.field.blockSignals(True)
        self.field.clear()
        self.field.blockSignals(False)
        for chooser in self._choices.values():
            chooser.blockSignals(True)
            chooser.setCurrentIndex(0)
            chooser.blockSignals(False)
        self._tell()

    def show_count(self, shown: int | None, total: int | None, what: str = "") -> None:
        """Say how many of how many are shown, and perhaps of what; None = unknown."""
        of_all = f"{count(shown)} of {count(total)} {f'{what} ' if what else ''}shown"
        self.figure.show_text(of_all if shown is not None and total is not None else "count unknown")

    def focus(self) -> None:
        """Put the keyboard into the field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _typed(self) -> None:
        self._rest.start()

    def _tell(self) -> None:
        self._rest.stop()
        self.reset.setVisible(self.is_active)
        self.changed.emit()
