"""The dialog before an act: what exactly will be done to how many, and by which filter; then what came of each.

What can't be undone is done only after its word was typed. Outcomes stay until the operator closes the dialog.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gui.fonts import strong, words
from gui.formatting import count, one_line
from gui.page import Tools
from gui.parts.controls import button
from gui.parts.data_table import DataTable
from gui.parts.lock import lock
from gui.parts.table_columns import TableColumn
from gui.parts.text import label, set_role
from gui.query import Query


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operator is asked to confirm."""

    #: The act with its count, such as "Discard 12 dead letters of webhook?"
    title: str
    #: What it does, exactly.
    does: str
    #: Scope and filter, a sentence each.
    scope: tuple[str, ...]
    #: What the button says.
    verb: str
    #: What must be typed first; empty = it can be undone, and Enter is enough.
    word: str = ""
    #: What a reason is asked for by, such as "Why they are given up"; empty = none is asked for.
    why: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one of them."""

    name: str
    ok: bool
    text: str


#: So that a sentence fits beside its name, in pixels.
_WIDTH = 620
_COLUMNS = (
    TableColumn("What", lambda row: row.name, width=150, code=True),
    TableColumn(
        "Outcome",
        lambda row: row.text,
        width=200,
        colour=lambda row: "ok" if row.ok else "bad",
        picture=lambda row: "circle-check" if row.ok else "circle-x",
    ),
)


class ActDialog(QDialog):
    """Asks, acts, and tells; `acted` comes with the results."""

    acted = Signal(object)

    def __init__(
        self, tools: Tools, plan: Plan, call: Callable[..., Sequence[Result]], parent: QWidget
    ) -> None:
        """The call is given the desk; before it the reason, where the plan asks for one."""
        super().__init__(parent)
        self.setObjectName("dialog")
        self.setWindowTitle(plan.title)
        self.setAccessibleName(plan.title)
        self.setMinimumWidth(_WIDTH)
        self._plan, self._call = plan, call
        self._query: Query[Sequence[Result]] = Query(
            tools.bridge, self._show_results, self._fail, self, is_act=True
        )
        self.typed = self._field(f"Type {plan.word} to confirm", is_wanted=bool(plan.word))
        self.why = self._field(plan.why, is_wanted=bool(plan.why))
        self.said = label("", words(13), "muted")
        self.said.setWordWrap(True)
        self.said.hide()
        self.results = DataTable(tools.theme, "Outcomes", _COLUMNS, key=lambda row: row.name)
        self.results.setMinimumHeight(180)
        self.results.hide()
        self.leave = button(tools.theme, "Cancel")
        self.leave.clicked.connect(self.reject)
        self.go = button(tools.theme, plan.verb)
        self.go.setObjectName("danger" if plan.word else "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._act)
        self._lay_out()
        self._offer()
        lock(tools.bridge, self.go)
        # Enter confirms what can be undone: on the button to cancel it would cancel.
        (self.typed if plan.word else self.why if plan.why else self.go).setFocus()

    def _field(self, name: str, *, is_wanted: bool) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(name)
        field.setVisible(is_wanted)
        field.textChanged.connect(self._offer)
        return field

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(self._plan.title, strong(16)))
        for sentence in (self._plan.does, *self._plan.scope):
            line = label(sentence, words(13), "text" if sentence is self._plan.does else "muted")
            line.setWordWrap(True)
            column.addWidget(line)
        for part in (self.why, self.typed, self.said, self.results):
            column.addWidget(part)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.leave)
        row.addWidget(self.go)
        column.addSpacing(6)
        column.addLayout(row)

    def _offer(self) -> None:
        missing = ""
        if self._plan.word and self.typed.text().strip() != self._plan.word:
            missing = f"Type {self._plan.word} first: this can't be undone."
        elif self._plan.why and not self.why.text().strip():
            missing = "Say why first: the reason is kept."
        self.go.setEnabled(not missing)
        self.go.setToolTip(missing)

    def _act(self) -> None:
        for part in (self.go, self.typed, self.why):
            part.setEnabled(False)
        self._say(f"{self._plan.verb}: sent", "muted")
        self._query.ask(partial(self._call, self.why.text().strip()) if self._plan.why else self._call)

    def _show_results(self, results: Sequence[Result]) -> None:
        failed = sum(not result.ok for result in results)
        self._say(
            f"{count(len(results) - failed)} done" + (f", {count(failed)} failed" if failed else ""),
            "bad" if failed else "ok",
        )
        self.results.show_rows(results)
        self.results.show()
        for part in (self.typed, self.why, self.go):
            part.hide()
        self.leave.setText("Close")
        self.leave.setAccessibleName("Close")
        self.leave.setFocus()
        self.adjustSize()
        self.acted.emit(results)

    def _fail(self, error: BaseException) -> None:
        """Nothing is known to be done: let it be tried again."""
        self._say(f"Not done: {one_line(str(error))}", "bad")
        self.typed.setEnabled(True)
        self.why.setEnabled(True)
        self._offer()

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setAccessibleName(text)
        self.said.show()
        self.adjustSize()
