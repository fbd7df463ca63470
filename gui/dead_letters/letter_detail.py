"""The detail of one dead letter: what is known of it, who else has its event, its traceback, its data, and its acts."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.operating.dead_letters.rows import DeadLetter
from core.operating.dead_letters.words import effect_words
from core.operating.desk import Desk
from gui.dead_letters.letter_words import letter_facts, pretty_data, traceback_of, why_not
from gui.dead_letters.rows import LetterRow
from gui.dead_letters.section import offer
from gui.fonts import strong, words
from gui.formatting import one_line
from gui.page import Tools
from gui.parts.code_box import CodeBox
from gui.parts.controls import OutcomeButton, button
from gui.parts.facts import Facts
from gui.parts.layouts import row_of
from gui.parts.lock import lock
from gui.parts.text import label, set_role
from gui.query import Query


class LetterDetail(QWidget):
    """Shows one dead letter; `decided` comes with the act that is wanted: retry, discard or edit."""

    decided = Signal(str)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.row: LetterRow | None = None
        self._effects: Query[str] = Query(
            tools.bridge, self._show_effects, self._show_no_effects, self, every_ms=2_000
        )
        self.retry = button(tools.theme, "Retry", "refresh-cw")
        self.edit = button(tools.theme, "Edit", "pencil", name="Edit and republish")
        self.discard = button(tools.theme, "Discard", "mail-x")
        lock(tools.bridge, self.retry, self.edit, self.discard)
        self.outcome, self.effects = label("", words(13)), label("", words(13))
        self.facts = Facts("The dead letter")
        self.traceback = CodeBox("Traceback", lines=9)
        self.data = CodeBox("Data of the event", lines=9)
        self.copy_id = OutcomeButton(tools.theme, "Copy id", "copy", "Copy the event's id")
        self.copy_data = OutcomeButton(tools.theme, "Copy data", "copy", "Copy the event's data")
        self._lay_out()
        for act, part in (("retry", self.retry), ("edit", self.edit), ("discard", self.discard)):
            part.clicked.connect(partial(self.decided.emit, act))
        self.copy_id.clicked.connect(self._copy_id)
        self.copy_data.clicked.connect(self._copy_data)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 16)
        layout.setSpacing(10)
        layout.addLayout(row_of(self.retry, self.edit, self.discard))
        for text in (self.outcome, self.effects):
            text.setWordWrap(True)
            layout.addWidget(text)
        layout.addWidget(self.facts)
        layout.addWidget(label("Traceback", strong(13)))
        layout.addWidget(self.traceback)
        layout.addWidget(label("Data", strong(13)))
        layout.addWidget(self.data)
        layout.addLayout(row_of(self.copy_id, self.copy_data))
        layout.addStretch(1)

    @property
    def letter(self) -> DeadLetter | None:
        """The dead letter that is shown."""
        return None if self.row is None else self.row.letter

    def show_row(self, row: LetterRow) -> None:
        """Show this dead letter, and go on telling who else has its event."""
        is_other = self.row is None or row.name != self.row.name
        is_decided = self.row is not None and row.letter.state != self.row.letter.state
        self.row = row
        self.facts.show_facts(letter_facts(row))
        self.traceback.show_text(traceback_of(row.letter))
        self.data.show_text(pretty_data(row.letter.event))
        self.outcome.setVisible(bool(row.outcome))
        self.outcome.setText(f"Outcome: {row.outcome}")
        set_role(self.outcome, "bad" if row.failed else "ok")
        self._show_acts(why_not(row.letter))
        if is_other:
            self.effects.setText("Who else has it is being read.")
        if is_other or is_decided:
            self.go_on()

    def go_on(self) -> None:
        """Read again who else has its event, and go on doing so."""
        if self.row is not None:
            self._effects.ask(partial(_read_effects, self.row.letter))

    def rest(self) -> None:
        """Read no more for now."""
        self._effects.stop()

    def _show_acts(self, reason: str) -> None:
        offer(self.retry, "Retry", reason, "Let its consumer try it again (r)")
        offer(self.edit, "Edit", reason, "Put its data right, and publish it in its place (e)")
        offer(self.discard, "Discard", reason, "Give it up for good (D)")

    def _show_effects(self, text: str) -> None:
        if self.effects.text() != text:
            self.effects.setText(text)
            self.effects.setAccessibleName(text)

    def _show_no_effects(self, error: BaseException) -> None:
        self._show_effects(f"Who else has it is unknown: {one_line(str(error))}")

    def _copy_id(self) -> None:
        if self.row is not None:
            QGuiApplication.clipboard().setText(self.row.letter.event.event_id)
            self.copy_id.show_outcome("Copied")

    def _copy_data(self) -> None:
        QGuiApplication.clipboard().setText(self.data.toPlainText())
        self.copy_data.show_outcome("Copied")


def _read_effects(letter: DeadLetter, desk: Desk) -> str:
    (one,) = desk.dead_letters.preview([letter])
    act = "retry" if letter.state == "dead" else "discard" if letter.state == "discarded" else ""
    words = effect_words(act, one) if act else f"{letter.consumer}: {letter.state}"
    return f"{words}."
