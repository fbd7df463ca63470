"""The frame: the rail, the page that is looked at, the status bar. It hands out snapshots and remembers its place."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from core.operating.snapshot import Snapshot
from core.settings import Colour
from gui.bridge import Bridge
from gui.error_page import ErrorPage
from gui.fault_strip import FaultStrip
from gui.icons import application_icon
from gui.kept import Kept
from gui.keys import Acts, Keys
from gui.ledger.rounds import LedgerRounds
from gui.name_band import NameBand
from gui.overview.page import OverviewPage
from gui.page import Page, Step, Tools
from gui.page_stack import PageStack
from gui.pages import PAGES, place_of
from gui.parts.controls import named
from gui.rail import Rail
from gui.refreshing import kept_refresh_hz
from gui.status_bar import StatusBar
from gui.targets import Kind, Target
from gui.theme import Choice, Theme
from gui.turns import Turns
from gui.window_place import FRAMED_MS, fit_screen, keep_place, restore_place

#: How often the age of the figures is looked at, in milliseconds.
_AGE_EVERY_MS = 1_000
#: An age below this is told by the next snapshot, in seconds; they come once a second or more often.
_FRESH_S = 1.25


def open_preferences(data_dir: Path) -> QSettings:
    """Open what the window remembers; it lies beside the data that it belongs to."""
    return QSettings(str(data_dir / "window.ini"), QSettings.Format.IniFormat)


class MainWindow(QMainWindow):
    """The window; `closing` asks for everything to be stopped."""

    closing = Signal()
    try_again = Signal()

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        consumers: Sequence[str],
        preferences: QSettings,
        command: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._theme, self._preferences = theme, preferences
        self._turns = Turns((), self)
        self._snapshot: Snapshot | None = None
        self.setWindowTitle("Signalbox")
        self.setWindowIcon(application_icon())
        self.setMinimumSize(1080, 700)
        self.kept = Kept(preferences)
        self.ledger = LedgerRounds(bridge, self.kept, tuple(command))
        tools = Tools(theme, bridge, self.kept, tuple(consumers), self.ledger)
        bridge.set_refresh_hz(kept_refresh_hz(self.kept))
        self.pages = PageStack(tools, PAGES)
        self.pages.whenever_made(self._welcome)
        self.overview = self._first_page()
        self.error_page = ErrorPage(theme)
        self.pages.addWidget(self.error_page)
        self.rail = Rail(theme, PAGES)
        self.status = StatusBar(theme)
        self.band = NameBand()
        self._is_read_only = bridge.is_read_only
        self.faults = FaultStrip(theme, bridge)
        self.keys = Keys(self, self.pages, tools, Acts(self.go, self.go_to, self.new_link, self.close))
        self._lay_out()
        self._connect(bridge)
        self._restore()

    def _first_page(self) -> OverviewPage:
        page = self.pages.page(0)
        assert isinstance(page, OverviewPage)
        return page

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(self.pages, 1)
        frame = named(QWidget(), "window")
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.band)
        column.addWidget(self.faults)
        column.addLayout(middle, 1)
        column.addWidget(self.status)
        self.setCentralWidget(frame)

    def _connect(self, bridge: Bridge) -> None:
        self._use_steps()
        bridge.snapshot.connect(self.take)
        self.pages.turned.connect(self._turned)
        self.rail.chosen.connect(self.go)
        self.status.wanted.connect(self.go_to)
        self.faults.wanted.connect(self.go_to)
        self.faults.left.connect(self._focus_page)
        self.rail.theme_chosen.connect(self._choose_theme)
        self.ledger.noticed.connect(self._note_ledger)
        self.error_page.again.connect(self._ask_again)
        self.error_page.leave.connect(self.close)
        self._ageing = QTimer(self, interval=_AGE_EVERY_MS)
        self._ageing.timeout.connect(self._show_age)
        self._ageing.start()

    def _restore(self) -> None:
        restore_place(self, self.kept)
        self.kept.keep("split", self.overview.split)

    # Pages

    def go(self, number: int) -> None:
        """Look at a page, by its number in the rail; while there is no desk, there is nothing to see."""
        if number < len(PAGES) and self.pages.currentWidget() is not self.error_page:
            self.pages.turn_to(number).focus_content()
            self.kept.put("page", PAGES[number].title)

    def go_to(self, target: Target) -> bool:
        """Look at the page that shows this; False = none does."""
        number = place_of(target)
        if number is None:
            return False
        self.go(number)
        if target.kind is not Kind.PAGE:
            self.pages.page(number).go_to(target)
        return True

    def _focus_page(self) -> None:
        page = self.pages.looked_at
        if page is not None:
            page.focus_content()

    def _note_ledger(self) -> None:
        self.overview.show_ledger(self.ledger.notice)
        if self._snapshot is not None and self.pages.looked_at is self.overview:
            self.take(self._snapshot)

    def _welcome(self, page: Page) -> None:
        page.wanted.connect(self.go_to)

    def _turned(self, number: int) -> None:
        self.rail.mark(number)
        self._use_steps()
        if self._snapshot is not None:
            self.take(self._snapshot)

    # The desk

    def show_name(self, name: str, colour: Colour) -> None:
        """Show above every page and in the title what this installation is called."""
        self.band.show_name(name, colour, is_read_only=self._is_read_only)
        called = f"{name} (read only)" if self._is_read_only else name
        self.setWindowTitle(f"{called} — Signalbox".strip(" —") if called.strip() else "Signalbox")

    def show_ready(self) -> None:
        """There is a desk: take commands, on the page that was looked at last."""
        self.pages.setCurrentWidget(self.overview)
        self.ledger.open()
        self.overview.create_bar.set_ready(True)
        self.overview.create_bar.focus_url()
        titles = [place.title for place in PAGES]
        kept = self.kept.value("page")
        if kept in titles[1:]:
            self.go(titles.index(kept))

    def show_error(self, reason: str) -> None:
        """There is no desk: say why."""
        self.error_page.show_reason(reason)
        self.pages.setCurrentWidget(self.error_page)
        self.status.broker.show_text("No desk")

    def refresh(self, snapshot: Snapshot) -> None:
        """Show a snapshot at once."""
        self._snapshot = snapshot
        for step in self._steps:
            step()

    def take(self, snapshot: Snapshot) -> None:
        """Show a snapshot part by part; a hidden window keeps it for later."""
        self._snapshot = snapshot
        if self.isVisible() and not self.isMinimized():
            self._turns.start()

    def _use_steps(self) -> None:
        steps = (self.status.refresh, self.faults.refresh, *self.pages.steps)
        self._steps = tuple(partial(self._step, step) for step in steps)
        self._turns.use(self._steps)

    def _step(self, step: Step) -> None:
        if self._snapshot is not None:
            step(self._snapshot, time.time() - self._snapshot.taken_at)

    def _show_age(self) -> None:
        snapshot = self._snapshot
        if snapshot is None or not self.isVisible():
            return
        age_s = time.time() - snapshot.taken_at
        if age_s > _FRESH_S:
            self.status.show_age(snapshot, age_s)
            if self.pages.looked_at is not None:
                self.pages.looked_at.show_age(snapshot, age_s)

    # The frame

    def come_forward(self) -> None:
        """Show the window above the others."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def come_forward_to(self, target: Target | None) -> None:
        """Show the window, at the page that has more of what a notification has told; None = as it was left."""
        self.come_forward()
        if target is not None:
            self.go_to(target)

    def new_link(self) -> None:
        """Put the keyboard into the field for a new link."""
        self.go(0)
        self.overview.create_bar.focus_url()

    def _ask_again(self) -> None:
        self.pages.setCurrentWidget(self.overview)
        self.try_again.emit()

    def _choose_theme(self, choice: Choice) -> None:
        self._theme.choose(choice)
        self.kept.put("theme", choice.value)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            QTimer.singleShot(FRAMED_MS, self, partial(fit_screen, self))
        if self._snapshot is not None:
            self.take(self._snapshot)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._ageing.stop()
        self._turns.stop()
        self.pages.close_all()
        self.ledger.end()
        keep_place(self, self.kept)
        self.kept.save()
        event.accept()
        self.closing.emit()


def kept_choice(preferences: QSettings) -> Choice:
    """Give the operator's last choice of colours."""
    kept = str(preferences.value("theme", Choice.SYSTEM.value))
    return Choice(kept) if kept in set(Choice) else Choice.SYSTEM
