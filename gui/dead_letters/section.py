"""A section of the page: a table with its acts, or a blank. The page asks for it, and hands it the answers."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTabBar, QVBoxLayout, QWidget

from core.operating.desk import Desk
from gui.dead_letters.reading import Wanted
from gui.page import Tools
from gui.parts.data_table import DataTable
from gui.parts.stage import Blank, Stage, Why, blank_of
from gui.parts.text import ElidedLabel

NOTHING_LEFT = Blank(Why.FILTERED, "Nothing fits the filter", "There are others.", "Show all")


class Section(QWidget):
    """The base of the sections; each knows what to ask of the desk, and what an answer means."""

    #: What its figures count, where that is not what its tab counts.
    counted = ""
    #: A row shall be opened in the drawer; one that is looked at, None = none is.
    opened = Signal(object)
    looked_at = Signal(object)
    #: What is shown is not what is wanted any more: ask now.
    changed = Signal()

    def __init__(self, tools: Tools, table: DataTable, bar: Sequence[QWidget], *, name: str) -> None:
        super().__init__()
        self.tools, self.table, self.name = tools, table, name
        self.content = QWidget()
        self.content.setFocusProxy(table)
        self.bar = act_bar(bar)
        self.lay_out_content()
        self.stage = Stage(tools.theme, self.content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stage)
        table.opened.connect(self.opened)
        table.looked_at.connect(self.looked_at)
        table.keep(tools.kept, f"dead letters/{name}")

    def lay_out_content(self) -> None:
        """Put acts and table under each other."""
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.table, 1)

    # What the page asks for

    def question(self, wanted: Wanted) -> Callable[[Desk], Any]:
        """Give what to ask of the desk."""
        raise NotImplementedError

    def forget(self) -> None:
        """Whatever is known is not what is wanted now: the next question is about all of it."""

    def take(self, answer: Any) -> None:
        """Show an answer."""
        raise NotImplementedError

    @property
    def figures(self) -> tuple[int | None, int | None]:
        """How many are shown, of how many; None = unknown."""
        raise NotImplementedError

    def fail(self, error: BaseException) -> None:
        """What is shown stays, and grows old; without anything to show, the reason takes its place."""
        if not self.table.rows.rows:
            self.stage.show_blank(blank_of(error, f"The {self.name}"))


def act_bar(parts: Sequence[QWidget], *, below: int = 6) -> QWidget:
    """Put widgets into a line, with so many pixels below; a label takes what room there is."""
    bar = QWidget()
    row = QHBoxLayout(bar)
    row.setContentsMargins(11, 8, 11, below)
    row.setSpacing(8)
    for part in parts:
        row.addWidget(part, 1 if isinstance(part, ElidedLabel) else 0)
    return bar


def make_tabs() -> QTabBar:
    """Make the line that the sections are chosen in."""
    tabs = QTabBar()
    tabs.setAccessibleName("Sections")
    tabs.setDrawBase(False)
    tabs.setExpanding(False)
    return tabs


def offer(button: QPushButton, text: str, why_not: str, tip: str = "") -> None:
    """Let a button say what it does to how many, or why it can't."""
    if button.text() != text:
        button.setText(text)
        button.setAccessibleName(text)
    button.setEnabled(not why_not)
    button.setToolTip(why_not or tip)
    button.setAccessibleDescription(why_not or tip)
