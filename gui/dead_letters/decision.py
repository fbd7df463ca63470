"""The dialog of an act on dead letters: first what it will touch and who has what, then what came of each.

Many are done in pieces, so that it can be stopped between them; outcomes stay until the operator closes the dialog.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from core.operating.dead_letters.acts import Affected
from core.operating.desk import Desk
from core.operating.outcomes import Asked, Outcome
from gui.dead_letters.decision_words import (
    DISCARD_WORD,
    DecisionRow,
    decision_rows,
    does,
    is_settled,
    is_skipped,
    scope_lines,
    summary,
    title_of,
    verb_of,
    with_outcomes,
)
from gui.dead_letters.rows import Name, asked_name
from gui.fonts import strong, words
from gui.formatting import count, one_line
from gui.page import Tools
from gui.parts.controls import button
from gui.parts.data_table import DataTable
from gui.parts.table_columns import TableColumn
from gui.parts.text import label, set_role
from gui.query import Query

#: So many are asked for at once; the act can be stopped between two pieces.
PIECE = 50
#: How long is waited for the outcomes of a piece, in seconds; not again once somebody has let us wait in vain.
_PATIENCE_S = 10.0

_PICTURES = {"": "", "ok": "circle-check", "bad": "circle-x", "skipped": "triangle-alert"}
_COLOURS = {"": "muted", "ok": "ok", "bad": "bad", "skipped": "warn"}
_COLUMNS = (
    TableColumn("Link", lambda row: row.link, width=110, code=True),
    TableColumn("Who has it, who will run", lambda row: row.effects, width=590),
    TableColumn(
        "Outcome",
        lambda row: row.outcome or "not asked for yet",
        width=190,
        picture=lambda row: _PICTURES[row.state],
        colour=lambda row: _COLOURS[row.state],
    ),
)
Piece = tuple[list[Asked], list[Outcome]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which dead letters are meant, in words."""

    what: str
    filter_words: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What an operator is about to decide."""

    #: "retry" or "discard".
    act: str
    #: As it was when the operator asked; the dialog counts anew.
    number: int
    scope: Scope
    find: Callable[[Desk], list[Affected]]


class DecisionDialog(QDialog):
    """Looks, asks, acts, and tells; `acted` comes with what was asked for and its outcomes, piece by piece."""

    acted = Signal(object, object)

    def __init__(self, tools: Tools, decision: Decision, idle: Collection[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dialog")
        self.resize(960, 520)
        self._decision, self._idle = decision, frozenset(idle)
        self._affected: list[Affected] = []
        self._rows: list[DecisionRow] = []
        self._waiting: list[Affected] = []
        self._total, self._patience_s = 0, _PATIENCE_S
        self._outcomes: dict[Name, Outcome] = {}
        self._has_begun = self._is_stopped = False
        self._look: Query[list[Affected]] = Query(tools.bridge, self._show_preview, self._fail, self)
        self._work: Query[Piece] = Query(tools.bridge, self._take, self._fail, self)
        self._make_parts(tools)
        self._lay_out()
        self._entitle(decision.number)
        self._say("Reading who has them", "muted")
        self._offer()
        self._look.ask(decision.find)

    def _make_parts(self, tools: Tools) -> None:
        act = self._decision.act
        self.title = label("", strong(16))
        self.does = _sentence(does(act), "text")
        self.scope = _sentence("", "muted")
        self.table = DataTable(tools.theme, "What it touches", _COLUMNS, key=lambda row: row.name)
        self.why = QLineEdit()
        self.why.setAccessibleName("Why")
        needed = "must be given" if act == "discard" else "may be left empty"
        self.why.setPlaceholderText(f"Why, for the journal ({needed})")
        self.typed = QLineEdit()
        self.typed.setAccessibleName(f"Type {DISCARD_WORD} to confirm")
        self.typed.setPlaceholderText(f"Type {DISCARD_WORD} to confirm")
        self.typed.setVisible(act == "discard")
        self.said = _sentence("", "muted")
        self.leave = button(tools.theme, "Cancel")
        self.leave.setAutoDefault(False)
        self.go = button(tools.theme, verb_of(act))
        self.go.setObjectName("danger" if act == "discard" else "primary")
        self.go.setDefault(True)
        self.why.textChanged.connect(self._offer)
        self.typed.textChanged.connect(self._offer)
        self.leave.clicked.connect(self._leave)
        self.go.clicked.connect(self._begin)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        for part in (self.title, self.does, self.scope):
            column.addWidget(part)
        column.addWidget(self.table, 1)
        fields = QHBoxLayout()
        fields.addWidget(self.why, 3)
        fields.addWidget(self.typed, 1)
        column.addLayout(fields)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.leave)
        foot.addWidget(self.go)
        column.addLayout(foot)

    # Before

    def _show_preview(self, affected: list[Affected]) -> None:
        decision = self._decision
        self._affected = affected
        self._rows = decision_rows(decision.act, affected)
        self._waiting = [one for one in affected if not is_skipped(decision.act, one)]
        self._total = len(self._waiting)
        self._entitle(self._total)
        lines = scope_lines(decision.scope.what, decision.scope.filter_words, affected, self._idle)
        self.scope.setText("\n".join(lines))
        self.table.show_rows(self._rows)
        self._say("" if self._waiting else "There is nothing to be done.", "muted")
        self._offer()
        (self.why if decision.act == "discard" else self.go).setFocus()

    def _entitle(self, number: int) -> None:
        title = title_of(self._decision.act, number)
        self.title.setText(title)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.go.setText(f"{verb_of(self._decision.act)} {count(number)}")
        self.go.setAccessibleName(self.go.text())

    def _offer(self) -> None:
        why_not = self._why_not()
        self.go.setEnabled(not why_not)
        self.go.setToolTip(why_not)

    def _why_not(self) -> str:
        if not self._waiting:
            return "There is nothing to be done, or it is not read yet."
        if self._decision.act == "discard" and not self.why.text().strip():
            return "Say why first: a discarded event never has its effect."
        if self._decision.act == "discard" and self.typed.text().strip() != DISCARD_WORD:
            return f"Type {DISCARD_WORD} first: this can't be undone."
        return ""

    # Acting

    def _begin(self) -> None:
        self._has_begun, self._is_stopped = True, False
        for part in (self.why, self.typed):
            part.setEnabled(False)
        self.go.hide()
        self._name_leave("Stop")
        self._send()

    def _send(self) -> None:
        act, why = self._decision.act, self.why.text().strip()
        self._show_progress()
        self._work.ask(partial(_do, act, self._waiting[:PIECE], why, self._patience_s))

    def _take(self, piece: Piece) -> None:
        asked, outcomes = piece
        self._waiting = self._waiting[len(asked) :]
        self._outcomes.update(zip(map(asked_name, asked), outcomes, strict=True))
        if not all(map(is_settled, outcomes)):
            self._patience_s = 0.0
        self._rows = with_outcomes(self._rows, self._outcomes)
        self.table.show_rows(self._rows)
        self.acted.emit(asked, outcomes)
        if self._waiting and not self._is_stopped:
            self._send()
        else:
            self._end()

    def _show_progress(self) -> None:
        done = list(self._outcomes.values())
        text, colour = summary(done, self._total, stopped=self._is_stopped)
        self._say(text, colour)

    def _end(self) -> None:
        self._has_begun = False
        self._show_progress()
        self._name_leave("Close")
        self.leave.setDefault(True)
        self.leave.setFocus()

    def _fail(self, error: BaseException) -> None:
        """Nothing is known to be done of this piece: let it be tried again."""
        self._say(f"Not done: {one_line(str(error))}", "bad")
        self._has_begun = False
        self._name_leave("Close")
        self.go.show()
        self._offer()

    def _leave(self) -> None:
        if self._has_begun:
            self._is_stopped = True
            self.leave.setEnabled(False)
        else:
            self.reject()

    def reject(self) -> None:
        """Esc stops an act that is under way, and closes the dialog once it is over."""
        if self._has_begun:
            self._is_stopped = True
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Nobody listens any more to what is under way."""
        self._look.stop()
        self._work.stop()
        super().done(result)

    def _name_leave(self, text: str) -> None:
        self.leave.setText(text)
        self.leave.setAccessibleName(text)
        self.leave.setEnabled(True)

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setAccessibleName(text)


def _sentence(text: str, role: str) -> QLabel:
    made = label(text, words(13), role)
    made.setWordWrap(True)
    return made


def _do(act: str, piece: Sequence[Affected], why: str, within_s: float, desk: Desk) -> Piece:
    """Ask for one piece, and wait a while for what comes of it."""
    letters = desk.dead_letters
    asked = letters.retry(piece, why=why) if act == "retry" else letters.discard(piece, why=why)
    return asked, letters.outcomes(asked, within_s=within_s)
