"""The editor of a dead letter's data: what is written is checked as it is written, and nothing happens before it fits."""

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.operating.dead_letters.rows import DeadLetter
from core.operating.dead_letters.words import edit_lines, effect_words
from core.operating.desk import Desk
from core.operating.links.slugs import slug_of
from core.operating.logs import redact
from core.operating.outcomes import Asked, Outcome
from gui.dead_letters.letter_words import pretty_data
from gui.dead_letters.rows import told
from gui.fonts import strong, words
from gui.formatting import one_line
from gui.page import Tools
from gui.parts.code_box import CodeBox
from gui.parts.controls import button
from gui.parts.lock import lock
from gui.parts.text import label, set_role
from gui.query import Query

#: It is checked when nobody has typed for so long, in milliseconds.
_REST_MS = 250
_UNCHANGED = "The data stays as it is."
_DOES = (
    "A new event with this data takes its place, for {consumer} alone; the dead letter is discarded in its favour, "
    "and the original event stays as it is. This can't be undone."
)
Done = tuple[list[Asked], list[Outcome]]


class Editor(QDialog):
    """Edits one dead letter's data; `acted` comes with what was asked for and its outcome."""

    acted = Signal(object, object)

    def __init__(self, tools: Tools, letter: DeadLetter, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dialog")
        self.letter = letter
        title = f"Edit {letter.event.type} of {slug_of(letter.event)} for {letter.consumer}"
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(720, 560)
        self._fits = False
        self._checks: Query[list[str]] = Query(tools.bridge, self._accept, self._refuse, self)
        self._looks: Query[str] = Query(tools.bridge, self._show_effects, self._show_no_effects, self)
        self._work: Query[Done] = Query(tools.bridge, self._finish, self._fail, self)
        self.box = CodeBox("The event's data, as JSON", lines=12, is_written=True)
        self.box.setPlainText(pretty_data(letter.event))
        self.effects, self.said = label("", words(13), "muted"), label("", words(13), "muted")
        self.why = QLineEdit()
        self.why.setAccessibleName("Why")
        self.why.setPlaceholderText("Why, for the journal (may be left empty)")
        self.leave = button(tools.theme, "Cancel")
        self.go = button(tools.theme, "Publish in its place", "send")
        lock(tools.bridge, self.go)
        self.go.setObjectName("primary")
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._lay_out(title)
        self._connect()
        self._check()
        self._looks.ask(partial(_effects, letter))

    def _lay_out(self, title: str) -> None:
        does = label(_DOES.format(consumer=self.letter.consumer), words(13))
        for part in (does, self.effects, self.said):
            part.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(title, strong(16)))
        column.addWidget(does)
        column.addWidget(self.effects)
        column.addWidget(self.box, 1)
        column.addWidget(self.said)
        column.addWidget(self.why)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.leave)
        foot.addWidget(self.go)
        column.addLayout(foot)

    def _connect(self) -> None:
        self._rest.timeout.connect(self._check)
        self.box.textChanged.connect(self._typed)
        self.leave.clicked.connect(self.reject)
        self.go.clicked.connect(self._publish)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.go.click)

    # Checking

    def _typed(self) -> None:
        """What was said of the text before does not hold any more."""
        self._offer(False, "It is being checked.")
        self._rest.start()

    def _check(self) -> None:
        self._checks.ask(partial(_check, self.letter, self.box.toPlainText().encode()))

    def _accept(self, lines: list[str]) -> None:
        if self._rest.isActive():
            return
        if lines == [_UNCHANGED]:
            self._say(f"It fits {self.letter.event.type}, and nothing is changed.", "muted")
            self._offer(False, "Nothing is changed: retry it instead.")
            return
        self._say(f"It fits {self.letter.event.type}. Changed: {redact('; '.join(lines))}", "ok")
        self._offer(True, "")

    def _refuse(self, error: BaseException) -> None:
        if not self._rest.isActive():
            self._say(redact(one_line(str(error))), "bad")
            self._offer(False, "The data does not fit: nothing would be written.")

    def _offer(self, fits: bool, why_not: str) -> None:
        self._fits = fits
        self.go.setEnabled(fits)
        self.go.setToolTip(why_not or "Publish it, and discard the dead letter (Ctrl+Enter)")

    def _show_effects(self, text: str) -> None:
        self.effects.setText(text)

    def _show_no_effects(self, error: BaseException) -> None:
        self.effects.setText(f"Who has the event is unknown: {one_line(str(error))}")

    # Publishing

    def _publish(self) -> None:
        if not self._fits:
            return
        self._offer(False, "It was sent.")
        self.box.setReadOnly(True)
        self.why.setEnabled(False)
        self._say("Published in its place: sent", "muted")
        text, why = self.box.toPlainText().encode(), self.why.text().strip()
        self._work.ask(partial(_edit, self.letter, text, why))

    def _finish(self, done: Done) -> None:
        asked, outcomes = done
        self._say(told(outcomes[0]), "bad" if outcomes[0].failed else "ok")
        self.go.hide()
        self.leave.setText("Close")
        self.leave.setAccessibleName("Close")
        self.leave.setFocus()
        self.acted.emit(asked, outcomes)

    def _fail(self, error: BaseException) -> None:
        self._say(f"Not done: {one_line(str(error))}", "bad")
        self.box.setReadOnly(False)
        self.why.setEnabled(True)
        self._offer(True, "")

    def reject(self) -> None:
        """An event that is being published is waited for."""
        if not self._work.is_under_way:
            super().reject()

    def done(self, result: int) -> None:
        """Nobody listens any more to what is under way."""
        for query in (self._checks, self._looks, self._work):
            query.stop()
        super().done(result)

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setAccessibleName(text)


def _check(letter: DeadLetter, text: bytes, desk: Desk) -> list[str]:
    desk.dead_letters.check_edit(letter, text)
    return edit_lines(letter, text)


def _effects(letter: DeadLetter, desk: Desk) -> str:
    (one,) = desk.dead_letters.preview([letter])
    return f"{effect_words('edit', one)}."


def _edit(letter: DeadLetter, text: bytes, why: str, desk: Desk) -> Done:
    _, asked = desk.dead_letters.edit(letter, text, why=why)
    return asked, desk.dead_letters.outcomes(asked)
