"""The pages on top of each other: each is made when it is looked at for the first time, and told when it is left.

A minimized or hidden window is looked at by nobody.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget

from gui.page import Page, Step, Tools
from gui.pages import Place


class PageStack(QStackedWidget):
    """Shows one page, by its number in the rail, or a widget that is no page, such as the one that tells an error."""

    #: The number of the page that is looked at now; -1 = it is none of them.
    turned = Signal(int)

    def __init__(self, tools: Tools, places: Sequence[Place]) -> None:
        super().__init__()
        self.setObjectName("pages")
        self._tools, self._places = tools, tuple(places)
        self._made: dict[int, Page] = {}
        self._looked_at: Page | None = None
        #: The page that was told last that somebody sees it.
        self._attended: Page | None = None
        self._is_seen = False
        self._on_made: Callable[[Page], None] = lambda _page: None
        self.currentChanged.connect(self._turn)

    def whenever_made(self, call: Callable[[Page], None]) -> None:
        """Tell of every page that is made from now on."""
        self._on_made = call

    def page(self, number: int) -> Page:
        """Give a page; it is made if nobody has looked at it yet."""
        if number not in self._made:
            page = self._places[number].make(self._tools)
            self._made[number] = page
            self.addWidget(page)
            self._on_made(page)
        return self._made[number]

    def turn_to(self, number: int) -> Page:
        """Look at a page."""
        page = self.page(number)
        self.setCurrentWidget(page)
        return page

    @property
    def looked_at(self) -> Page | None:
        """The page that is looked at; None = what is shown is no page."""
        return self._looked_at

    @property
    def number(self) -> int:
        """The number of the page that is looked at; -1 = it is none of them."""
        return next((number for number, page in self._made.items() if page is self._looked_at), -1)

    @property
    def steps(self) -> Sequence[Step]:
        """The parts of a refresh of the page that is looked at."""
        return () if self._looked_at is None else self._looked_at.steps

    def close_all(self) -> None:
        """Nobody will look at any page any more."""
        self._looked_at = None
        self._attend()
        for page in self._made.values():
            page.ended()

    def _turn(self, _index: int) -> None:
        widget = self.currentWidget()
        page = widget if isinstance(widget, Page) else None
        if page is self._looked_at:
            return
        self._looked_at = page
        self._attend()
        self.turned.emit(self.number)

    def _attend(self) -> None:
        page = self._looked_at if self._is_seen else None
        if page is self._attended:
            return
        if self._attended is not None:
            self._attended.hidden()
        self._attended = page
        if page is not None:
            page.shown()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._is_seen = True
        self._attend()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._is_seen = False
        self._attend()
