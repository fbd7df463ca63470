"""What is dead now: the causes first, then the dead letters, and what can be done about them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from core.operating.dead_letters.causes import Cause
from core.operating.dead_letters.pages import DEAD
from core.operating.dead_letters.rows import DeadLetter
from core.operating.desk import Desk
from gui.dead_letters.columns import CAUSE_COLUMNS, LETTER_COLUMNS, OUTCOME
from gui.dead_letters.decision import Decision, Scope
from gui.dead_letters.reading import FoundLetters, LettersAnswer, Wanted, find_all, find_these, read_letters
from gui.dead_letters.rows import Followed, LetterRow
from gui.dead_letters.section import NOTHING_LEFT, Section, act_bar, offer
from gui.fonts import words
from gui.formatting import count, plural
from gui.page import Tools
from gui.parts.controls import button
from gui.parts.data_table import DataTable
from gui.parts.lock import lock
from gui.parts.stage import Blank, Why
from gui.parts.text import ElidedLabel

_NOTHING = Blank(
    Why.EMPTY,
    "No consumer has given up on anything",
    "An event that can't be handled is tried five times; then it comes here, with its error, until somebody decides.",
)
_NOBODY = Blank(
    Why.NO_WORKER,
    "Nothing is dead, and no worker runs",
    "Nothing is being handled either: start a worker with main.py worker, or open the window that owns the data.",
)
_FIRST_SELECT = "Select dead letters in the table first."
_NONE = "There are none."


class DeadSection(Section):
    """Shows causes and dead letters; `decided` asks the page to let an operator decide, `edited` to open the editor."""

    decided = Signal(object)
    edited = Signal(object)

    def __init__(self, tools: Tools, followed: Followed) -> None:
        theme = tools.theme
        self.causes = DataTable(theme, "Causes", CAUSE_COLUMNS, key=lambda cause: cause.name)
        self.causes.setSelectionMode(DataTable.SelectionMode.SingleSelection)
        self.scope = ElidedLabel(words(13, words().Weight.Medium))
        self.every_cause = button(theme, "All causes", "x", name="Show the dead letters of all causes")
        self.retry = button(theme, "Retry selected", "refresh-cw")
        self.edit = button(theme, "Edit", "pencil", name="Edit and republish")
        self.discard = button(theme, "Discard selected", "mail-x")
        self.retry_all = button(theme, "Retry all", "refresh-cw")
        self.discard_all = button(theme, "Discard all", "mail-x")
        self.clear = button(theme, "Clear outcomes", "x")
        table = DataTable(theme, "Dead letters", LETTER_COLUMNS, key=lambda row: row.name)
        bar = (self.retry, self.edit, self.discard, self.retry_all, self.discard_all)
        lock(tools.bridge, *bar)
        super().__init__(tools, table, (*bar, ElidedLabel(words(12))), name="dead letters")
        self.found: FoundLetters | None = None
        self.cause: tuple[str, str] | None = None
        self._followed, self._wanted, self._is_served = followed, Wanted(), True
        self.causes.keep(tools.kept, "dead letters/causes")
        self._connect()
        self._show_acts()

    def lay_out_content(self) -> None:
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(act_bar((self.scope, self.every_cause, self.clear), below=0))
        column.addWidget(self.bar)
        column.addWidget(self.table, 1)
        self.split.addWidget(self.causes)
        self.split.addWidget(below)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([168, 400])
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.split)
        self.tools.kept.keep("split/dead letters/causes", self.split)

    def _connect(self) -> None:
        self.causes.selectionModel().selectionChanged.connect(self._choose_cause)
        self.table.selectionModel().selectionChanged.connect(self._show_acts)
        self.every_cause.clicked.connect(self.show_every_cause)
        self.clear.clicked.connect(self._clear)
        self.retry.clicked.connect(partial(self.decide_selected, "retry"))
        self.discard.clicked.connect(partial(self.decide_selected, "discard"))
        self.retry_all.clicked.connect(partial(self.decide_all, "retry"))
        self.discard_all.clicked.connect(partial(self.decide_all, "discard"))
        self.edit.clicked.connect(self.edit_selected)

    # What the page asks for

    def question(self, wanted: Wanted) -> Callable[[Desk], Any]:
        self._wanted = wanted
        known = None if self.found is None else self.found.stamp
        return partial(read_letters, wanted.letters(DEAD, self.cause), known, self._followed.asked)

    def forget(self) -> None:
        self.found = None

    def take(self, answer: LettersAnswer) -> None:
        self._followed.learn(answer.asked, answer.outcomes)
        if answer.found is not None:
            self.found = answer.found
        self.show_rows()

    @property
    def figures(self) -> tuple[int | None, int | None]:
        return (None, None) if self.found is None else (self.found.matching, self.found.total)

    def serve(self, is_served: bool) -> None:
        """Know whether any worker runs."""
        if is_served != self._is_served:
            self._is_served = is_served
            self.show_rows()

    # Showing

    def show_rows(self) -> None:
        """Show what is known, with what came of acts."""
        found = self.found
        if found is None:
            return
        if self.cause is not None and self.cause not in {cause.name for cause in found.causes}:
            self.show_every_cause()
            return
        rows = self._followed.letters(found.rows)
        self.causes.show_rows(found.causes)
        self.table.setColumnHidden(OUTCOME, not self._followed.asked)
        self.table.show_rows(rows)
        self._show_acts()
        if rows:
            self.stage.show_content()
        elif found.total:
            self.stage.show_blank(NOTHING_LEFT)
        else:
            self.stage.show_blank(_NOTHING if self._is_served else _NOBODY)

    def _show_acts(self) -> None:
        found, chosen = self.found, self.selected
        some, every = len(chosen), 0 if found is None else found.matching
        why_not = "" if some else _FIRST_SELECT
        offer(
            self.retry,
            f"Retry {count(some)}" if some else "Retry selected",
            why_not,
            "Try the selected ones again (r)",
        )
        offer(
            self.edit,
            "Edit",
            "" if some == 1 else "Select one dead letter first.",
            "Put its data right, and publish it (e)",
        )
        offer(
            self.discard, f"Discard {count(some)}" if some else "Discard selected", why_not,
            "Give the selected ones up for good (D)",
        )  # fmt: skip
        tip = f"All that are listed here: {self.scope_words}"
        offer(
            self.retry_all,
            f"Retry all {count(every)}" if every else "Retry all",
            "" if every else _NONE,
            f"{tip} (a)",
        )
        offer(
            self.discard_all,
            f"Discard all {count(every)}" if every else "Discard all",
            "" if every else _NONE,
            tip,
        )
        followed = len(self._followed.asked)
        self.clear.setVisible(followed > 0)
        offer(self.clear, f"Clear {plural(followed, 'outcome')}", "", "Let go of those that are dead no more")
        self.every_cause.setVisible(self.cause is not None)
        self._show_scope(found)

    def _show_scope(self, found: FoundLetters | None) -> None:
        if found is None:
            return
        more = found.matching - len(found.rows)
        newest = f"the newest {count(len(found.rows))} of " if more > 0 else ""
        name = "" if self.cause is None else f": {self.cause[1]}"
        self.scope.show_text(f"{newest}{plural(found.matching, 'dead letter')}{name}", self.scope_words)

    @property
    def selected(self) -> list[LetterRow]:
        """The selected rows that are dead still."""
        return [row for row in self.table.selected_rows if not self._is_over(row)]

    def _is_over(self, row: LetterRow) -> bool:
        return self.found is not None and row.name not in {one.name for one in self.found.rows}

    @property
    def scope_words(self) -> str:
        """The filter in words, to restate it before an act."""
        wanted, parts = self._wanted, []
        if wanted.consumer:
            parts.append(f"consumer {wanted.consumer}")
        if wanted.error_class:
            parts.append(f"class {wanted.error_class}")
        if wanted.text:
            parts.append(f'text "{wanted.text}"')
        if self.cause is not None:
            parts.append(f"cause {self.cause[0]}, {self.cause[1]}")
        return "; ".join(parts) or "no filter, all that are dead"

    # Causes

    def _choose_cause(self) -> None:
        chosen: Cause | None = next(iter(self.causes.selected_rows), None)
        if chosen is not None and chosen.name != self.cause:
            self._narrow(chosen.name)

    def show_every_cause(self) -> None:
        """Show the dead letters of all causes."""
        flag = QItemSelectionModel.SelectionFlag
        self.causes.selectionModel().select(self.causes.currentIndex(), flag.Clear)
        self._narrow(None)

    def _narrow(self, cause: tuple[str, str] | None) -> None:
        self.cause = cause
        self.forget()
        self.changed.emit()

    def _clear(self) -> None:
        self._followed.clear()
        self.show_rows()

    # Acts

    def decide_selected(self, act: str) -> None:
        """Let the operator decide about the selected ones."""
        if self.selected:
            self.decide_letters(act, [row.letter for row in self.selected])

    def decide_letters(self, act: str, letters: list[DeadLetter]) -> None:
        """Let the operator decide about these."""
        scope = Scope("selected by hand", "") if len(letters) > 1 else Scope("this one alone", "")
        self.decided.emit(Decision(act, len(letters), scope, partial(find_these, letters)))

    def decide_all(self, act: str) -> None:
        """Let the operator decide about all that the filter shows."""
        if self.found is not None and self.found.matching:
            scope = Scope("all that the filter shows", self.scope_words)
            find = partial(find_all, self._wanted.letters(DEAD, self.cause))
            self.decided.emit(Decision(act, self.found.matching, scope, find))

    def edit_selected(self) -> None:
        """Open the editor with the selected one."""
        if len(self.selected) == 1:
            self.edited.emit(self.selected[0].letter)
