"""The card with one answer: where the ladder ended, the sentence, and the one button that helps."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from core.operating.why.answer import Answer
from gui.fonts import words
from gui.page import Tools
from gui.parts.badge import Badge
from gui.parts.text import ElidedLabel, label
from gui.why.deed_button import DeedButton
from gui.why.deeds import deed_of
from gui.why.rows import TONES, AnswerRow, said


class AnswerCard(QFrame):
    """Shows the answer that is looked at; ages in its sentence go on, what was done about it stays said."""

    def __init__(self, tools: Tools, pages: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._pages = tuple(pages)
        self._key: object = None
        self.rung = Badge(tools.theme)
        self.about = ElidedLabel(words(12), "muted")
        self.sentence = label("", words(15))
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.deed = DeedButton(tools)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.rung)
        head.addWidget(self.about, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.sentence)
        column.addWidget(self.deed)
        self.hide()

    def show_row(self, row: AnswerRow, called: str) -> None:
        """Show one answer; `called` is how the link is called."""
        about = f"{row.consumer} · {row.event} of {called} · {row.event_id}"
        answer = Answer(row.rung, row.sentence, row.act)
        self._show(row.key, answer, about)

    def show_answer(self, name: str, answer: Answer) -> None:
        """Show why there is no event to explain."""
        self._show(name, answer, name)

    def _show(self, key: object, answer: Answer, about: str) -> None:
        if key != self._key:
            self._key = key
            self.deed.forget()
        self.rung.show_state(answer.rung.value, TONES[answer.standing], answer.standing.value)
        self.about.show_text(about)
        sentence = said(answer)
        if sentence != self.sentence.text():
            self.sentence.setText(sentence)
            self.sentence.setAccessibleName(f"Why: {sentence}")
        self.deed.show_deed(None if answer.act is None else deed_of(answer.act, self._pages))
        self.show()

    def clear(self) -> None:
        """Show no answer."""
        self._key = None
        self.hide()
