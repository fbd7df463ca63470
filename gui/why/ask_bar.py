"""The one box: what to ask about, of which consumer, and what was asked lately."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from gui.icons import icon
from gui.kept import Kept
from gui.parts.controls import Chooser, button
from gui.theme import Theme
from gui.why.question import Question, read_question, read_recent, with_newest, write_recent

_OFFER = "Why? A slug or short URL, or the id of a link, event or trace"
_ALL, _RECENT = "All consumers", "Recent"
_KEPT = "why/recent"


class AskBar(QWidget):
    """`asked` comes with each question; it is kept among the recent ones."""

    asked = Signal(object)

    def __init__(self, theme: Theme, kept: Kept, consumers: Sequence[str]) -> None:
        super().__init__()
        self._kept, self._consumers = kept, tuple(consumers)
        self._recent = read_recent(kept.value(_KEPT))
        self.field = QLineEdit()
        self.field.setAccessibleName("What to ask about")
        self.field.setPlaceholderText(_OFFER)
        self.field.setToolTip(f"{_OFFER}; a consumer's name behind it asks of that one only")
        self.field.setMaxLength(300)
        self.field.addAction(icon(theme, "search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        for sign in self.field.findChildren(QToolButton):
            sign.setAccessibleName("Search")
        self.consumer = Chooser(theme, "Of which consumer")
        self.consumer.addItems([_ALL, *consumers])
        self.button = button(theme, "Ask", name="Ask why")
        self.button.setObjectName("primary")
        self.recent = Chooser(theme, "Ask again what was asked lately")
        self.recent.setFixedWidth(120)
        self._lay_out()
        self._offer_recent()
        self.field.returnPressed.connect(self._ask)
        self.button.clicked.connect(self._ask)
        self.consumer.activated.connect(self._ask)
        self.recent.activated.connect(self._ask_again)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        for part in (self.consumer, self.button, self.recent):
            row.addWidget(part)

    def focus(self) -> None:
        """Put the keyboard into the box; what was typed can be typed over."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def ask(self, question: Question) -> None:
        """Ask this as if somebody had typed it."""
        self.field.setText(question.name)
        self.field.setCursorPosition(0)
        self.consumer.setCurrentText(question.consumer or _ALL)
        self._recent = with_newest(self._recent, question.text)
        self._kept.put(_KEPT, write_recent(self._recent))
        self._offer_recent()
        self.asked.emit(question)

    def _ask(self) -> None:
        """Take what is in the box; a consumer's name that was typed goes before the one that was chosen."""
        question = read_question(self.field.text(), self._consumers)
        if question is None:
            self.field.setFocus()
        elif question.consumer is None and self.consumer.currentIndex() > 0:
            self.ask(Question(question.name, self.consumer.currentText()))
        else:
            self.ask(question)

    def _ask_again(self, number: int) -> None:
        text = self.recent.itemText(number)
        self.recent.setCurrentIndex(0)
        question = read_question(text, self._consumers) if number > 0 else None
        if question is not None:
            self.ask(question)

    def _offer_recent(self) -> None:
        self.recent.clear()
        self.recent.addItems([_RECENT, *self._recent])
        self.recent.setEnabled(bool(self._recent))
        self.recent.setToolTip("Ask again what was asked lately" if self._recent else "Nothing was asked yet")
