"""A page to browse: a table with a filter above it, and a drawer beside it that tells all of the row that is looked at."""

from dataclasses import dataclass
from typing import Any, Protocol

from gui.page import Page
from gui.parts.data_table import DataTable
from gui.parts.drawer import Drawer
from gui.parts.filter_bar import FilterBar
from gui.parts.page_head import PageHead
from gui.parts.stage import Stage


class Detail(Protocol):
    """What tells all of one row, in the drawer."""

    def go_on(self) -> None:
        """Read again what has become of it, and go on doing so."""
        ...

    def rest(self) -> None:
        """Read no more for now."""
        ...


@dataclass(frozen=True, slots=True)
class Browsed:
    """The parts of such a page."""

    head: PageHead
    filter: FilterBar
    table: DataTable
    stage: Stage
    drawer: Drawer
    detail: Detail


class BrowsePage(Page):
    """The base of such pages; each answers for what it reads, and for how a row is opened."""

    def browse(self, parts: Browsed) -> None:
        """Take the parts, once they are made."""
        self._parts = parts
        parts.filter.field.left.connect(self.focus_content)
        parts.table.opened.connect(self.open_row)
        parts.table.moved_to.connect(self._follow)
        parts.drawer.left.connect(self._leave_drawer)

    # What each page answers for

    def begin_reading(self) -> None:
        """Read what the table shows, from now on."""
        raise NotImplementedError

    def end_reading(self) -> None:
        """Read it no more."""
        raise NotImplementedError

    def open_row(self, row: Any) -> None:
        """Tell all of a row in the drawer."""
        raise NotImplementedError

    # What the frame asks for

    def shown(self) -> None:
        self._parts.head.tick(on=True)
        self.begin_reading()
        if self._parts.drawer.is_open:
            self._parts.detail.go_on()

    def hidden(self) -> None:
        self._parts.head.tick(on=False)
        self.end_reading()
        self._parts.detail.rest()

    def focus_filter(self) -> bool:
        self._parts.filter.focus()
        return True

    def focus_content(self) -> None:
        self._parts.stage.focus()

    def step_back(self) -> bool:
        return self._parts.drawer.shut()

    # The drawer

    def _follow(self, row: Any) -> None:
        """While the drawer is open it tells of the row that somebody moves to; one that has gone stays there to be read."""
        if self._parts.drawer.is_open and row is not None:
            self.open_row(row)

    def _leave_drawer(self) -> None:
        self._parts.detail.rest()
        self._parts.stage.focus()
