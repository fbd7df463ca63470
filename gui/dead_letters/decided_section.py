"""What was decided about dead letters: being retried, applied since, or discarded. They stay on record."""

from collections.abc import Callable
from functools import partial
from typing import Any

from core.operating.dead_letters.pages import DECIDED
from core.operating.desk import Desk
from gui.dead_letters.columns import DECIDED_COLUMNS
from gui.dead_letters.reading import FoundLetters, LettersAnswer, Wanted, read_letters
from gui.dead_letters.section import NOTHING_LEFT, Section
from gui.fonts import words
from gui.formatting import count, plural
from gui.page import Tools
from gui.parts.data_table import DataTable
from gui.parts.stage import Blank, Why
from gui.parts.text import ElidedLabel

_NOTHING = Blank(
    Why.EMPTY,
    "Nothing has been decided yet",
    "Dead letters that were retried or discarded are kept here, with who decided, when, and why.",
)


class DecidedSection(Section):
    """Shows them, those that failed last first; nothing can be done about them any more."""

    def __init__(self, tools: Tools) -> None:
        self.said = ElidedLabel(words(13, words().Weight.Medium))
        table = DataTable(tools.theme, "Decided dead letters", DECIDED_COLUMNS, key=lambda row: row.name)
        super().__init__(tools, table, (self.said,), name="decided dead letters")
        self.found: FoundLetters | None = None

    def question(self, wanted: Wanted) -> Callable[[Desk], Any]:
        known = None if self.found is None else self.found.stamp
        return partial(read_letters, wanted.letters(DECIDED), known, ())

    def forget(self) -> None:
        self.found = None

    def take(self, answer: LettersAnswer) -> None:
        found = answer.found or self.found
        if found is None or found is self.found:
            return
        self.found = found
        more = found.matching > len(found.rows)
        newest = f", the newest {count(len(found.rows))} are listed" if more else ""
        self.said.show_text(f"{plural(found.matching, 'dead letter')} decided about{newest}")
        self.table.show_rows(found.rows)
        if found.rows:
            self.stage.show_content()
        else:
            self.stage.show_blank(NOTHING_LEFT if found.total else _NOTHING)

    @property
    def figures(self) -> tuple[int | None, int | None]:
        return (None, None) if self.found is None else (self.found.matching, self.found.total)
