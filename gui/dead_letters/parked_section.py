"""The links that wait in a consumer: tried again by themselves, or at once when an operator says so."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from core.operating.desk import Desk
from core.operating.outcomes import Asked, Outcome
from gui.dead_letters.columns import KEY_COLUMNS
from gui.dead_letters.reading import KeysAnswer, Wanted, read_keys, retry_keys
from gui.dead_letters.rows import Followed, KeyRow
from gui.dead_letters.section import NOTHING_LEFT, Section, offer
from gui.fonts import words
from gui.formatting import count, one_line, plural
from gui.page import Tools
from gui.parts.controls import button
from gui.parts.data_table import DataTable
from gui.parts.lock import lock
from gui.parts.stage import Blank, Why
from gui.parts.text import ElidedLabel, set_role
from gui.query import Query

_NOTHING = Blank(
    Why.EMPTY,
    "Nothing waits for another attempt",
    "When an event fails, its link waits here and is tried again by itself, later and later; all other links go on.",
)
_FIRST_SELECT = "Select links that wait in the table first."
_GONE = "Nothing of it waits any more."
_HELD = "It waits behind a dead letter of its link: decide about that one."


class ParkedSection(Section):
    """Shows the keys, those that wait longest first."""

    counted = "links"

    def __init__(self, tools: Tools, followed: Followed) -> None:
        self.said = ElidedLabel(words(13, words().Weight.Medium))
        self.retry = button(tools.theme, "Retry now", "refresh-cw")
        lock(tools.bridge, self.retry)
        table = DataTable(tools.theme, "Links that wait", KEY_COLUMNS, key=lambda row: row.name)
        super().__init__(tools, table, (self.said, self.retry), name="waiting links")
        self.answer: KeysAnswer | None = None
        self._followed = followed
        self._sent_rows: tuple[KeyRow, ...] = ()
        self._work: Query[tuple[list[Asked], list[Outcome]]] = Query(
            tools.bridge, self._sent, self._refused, self
        )
        self.retry.clicked.connect(self.retry_selected)
        self.table.selectionModel().selectionChanged.connect(self._show_acts)
        self._show_acts()

    def question(self, wanted: Wanted) -> Callable[[Desk], Any]:
        return partial(read_keys, wanted, self._followed.asked)

    def take(self, answer: KeysAnswer) -> None:
        self.answer = answer
        self._followed.learn(answer.asked, answer.outcomes)
        self._show_rows()

    def _show_rows(self) -> None:
        if self.answer is None:
            return
        rows = self._followed.keys(self.answer.rows)
        waiting = [row for row in rows if not row.is_gone]
        held = sum(row.is_held for row in waiting)
        self._say(
            f"{plural(len(waiting), 'link')} waiting"
            + (f", {count(held)} behind dead letters" if held else "")
        )
        self.table.show_rows(rows)
        self._show_acts()
        if rows:
            self.stage.show_content()
        else:
            self.stage.show_blank(NOTHING_LEFT if self.answer.total else _NOTHING)

    @property
    def figures(self) -> tuple[int | None, int | None]:
        return (None, None) if self.answer is None else (len(self.answer.rows), self.answer.total)

    # Retrying

    def retry_selected(self) -> None:
        """Ask for the selected ones to be tried at once."""
        self.retry_rows([row for row in self.table.selected_rows if _may_retry(row)])

    def retry_rows(self, rows: Sequence[KeyRow]) -> None:
        """Ask for these to be tried at once; it needs no asking, since they would be tried anyway."""
        rows = tuple(row for row in rows if not row.is_gone)
        if rows and not self._work.is_under_way:
            self._sent_rows = rows
            self._work.ask(partial(retry_keys, self._sent_rows))
            self._show_acts()

    def _sent(self, done: tuple[list[Asked], list[Outcome]]) -> None:
        self._followed.add(*done)
        self._followed.note_keys(self._sent_rows)
        self._show_rows()
        self.changed.emit()

    def _refused(self, error: BaseException) -> None:
        self._show_acts()
        self._say(f"Not sent: {one_line(str(error))}", "bad")

    def _show_acts(self) -> None:
        chosen = self.table.selected_rows
        some = [row for row in chosen if _may_retry(row)]
        is_held = any(row.is_held and not row.is_gone for row in chosen)
        why_not = "" if some else _HELD if is_held else _GONE if chosen else _FIRST_SELECT
        if self._work.is_under_way:
            offer(self.retry, "Sent", "It is being asked for.")
        else:
            text = f"Retry {count(len(some))} now" if some else "Retry now"
            offer(self.retry, text, why_not, "Try them at once, instead of at their time (n)")

    def _say(self, text: str, role: str = "text") -> None:
        set_role(self.said, role)
        self.said.show_text(text)


def _may_retry(row: KeyRow) -> bool:
    return not (row.is_held or row.is_gone)
