"""What one consumer has, as tables behind tabs: partitions, in flight, parked keys, its own; each says why it is empty."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from core.operating.consumer_detail import ConsumerDetail, KeyDetail
from gui.consumers.detail_columns import FLIGHTS, KEYS, PARTITIONS
from gui.consumers.own_table import OwnTable
from gui.fonts import words
from gui.formatting import count, duration, one_line, short_count
from gui.page import Tools
from gui.parts.controls import named
from gui.parts.data_table import DataTable
from gui.parts.stage import LOADING, Blank, Stage, Why, blank_of
from gui.parts.text import ElidedLabel, set_role

PARTITIONS_TAB, FLIGHTS_TAB, KEYS_TAB, OWN_TAB = range(4)
_TITLES = ("Partitions", "In flight", "Parked links")
_NO_PARTITIONS = Blank(
    Why.EMPTY, "No partitions yet", "They are there as soon as the desk has been open once."
)
_NO_FLIGHTS = Blank(Why.EMPTY, "Nothing is in flight", "All that the broker has delivered is acknowledged.")
_NO_KEYS = Blank(
    Why.EMPTY,
    "No link is parked",
    "When an event fails, its link waits here with its later events, in order.",
)
#: Figures older than this are told in warning colour, in seconds.
_OLD_S = 5.0


class DetailTables(QWidget):
    """Shows what was read; what is there stays while a later look fails, and grows old."""

    #: A row shall be opened: an entry in flight, or a key.
    opened = Signal(object)
    acted = Signal()
    #: Another tab is looked at, or other keys are selected.
    changed = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.partitions = DataTable(tools.theme, _TITLES[0], PARTITIONS, key=lambda part: part.partition)
        self.flights = DataTable(
            tools.theme, _TITLES[1], FLIGHTS, key=lambda flight: (flight.partition, flight.position)
        )
        self.keys = DataTable(tools.theme, _TITLES[2], KEYS, key=lambda one: one.key.link_id)
        self.tables = (self.partitions, self.flights, self.keys)
        self.stages = tuple(Stage(tools.theme, table) for table in self.tables)
        self.tabs = tuple(self._build_tab(number, title) for number, title in enumerate(_TITLES))
        #: For what the consumer shows of its own; hidden while it shows nothing.
        self.own_tab = self._build_tab(OWN_TAB, "")
        self.own: OwnTable | None = None
        self.source = ElidedLabel(words(12), "muted")
        self.detail: ConsumerDetail | None = None
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect(tools)
        self.turn_to(PARTITIONS_TAB)

    def _build_tab(self, number: int, title: str) -> QToolButton:
        tab = named(QToolButton(), "navigation")
        tab.setText(title)
        tab.setAccessibleName(title)
        tab.setCheckable(True)
        tab.setFixedHeight(28)
        tab.clicked.connect(partial(self.turn_to, number))
        return tab

    def _lay_out(self) -> None:
        group = QButtonGroup(self)
        self.row = QHBoxLayout()
        self.row.setSpacing(4)
        for tab in (*self.tabs, self.own_tab):
            group.addButton(tab)
            self.row.addWidget(tab)
        self.own_tab.hide()
        self.row.addSpacing(8)
        self.row.addWidget(self.source, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(self.row)
        for stage in self.stages:
            stage.setObjectName("blank")
            self._stack.addWidget(stage)
        self._owns = QStackedWidget()
        self._stack.addWidget(named(self._owns, "blank"))
        layout.addWidget(self._stack, 1)

    def _connect(self, tools: Tools) -> None:
        for table, title in zip(self.tables, _TITLES, strict=True):
            table.keep(tools.kept, f"consumers/{title.lower()}")
        self.flights.opened.connect(self.opened)
        self.keys.opened.connect(self.opened)
        self.keys.selectionModel().selectionChanged.connect(self.changed)
        for stage in self.stages:
            stage.acted.connect(self.acted)

    # Tabs

    @property
    def tab(self) -> int:
        """The number of the tab that is looked at."""
        return self._stack.currentIndex()

    def turn_to(self, number: int, _checked: bool = False) -> None:
        """Look at a tab; that of its own only if the consumer shows something of its own."""
        if number == OWN_TAB and self.own is None:
            number = PARTITIONS_TAB
        self._stack.setCurrentIndex(number)
        (*self.tabs, self.own_tab)[number].setChecked(True)
        self._offer_own()
        self.changed.emit()

    def turn(self, by: int) -> None:
        """Look at the next tab, or the one before, and go on with the keyboard there."""
        self.turn_to((self.tab + by) % (len(self.tabs) + (self.own is not None)))
        (self.stages[self.tab] if self.own is None or self.tab != OWN_TAB else self.own.stage).focus()

    # What the consumer shows of its own

    def add_own(self, own: OwnTable) -> None:
        """Take in what a consumer shows of its own; it is shown from `show_own` on."""
        self._owns.addWidget(own)
        own.counted.connect(partial(self._count_own, own))
        for act in own.acts:
            self.row.addWidget(act)
            act.hide()

    def show_own(self, own: OwnTable | None) -> None:
        """Offer this beside the tables that all have, or nothing."""
        before, self.own = self.own, own
        for act in () if before is None else before.acts:
            act.hide()
        self.own_tab.setVisible(own is not None)
        if own is not None:
            self._owns.setCurrentWidget(own)
            self._entitle(self.own_tab, own.title, own.count)
        self.turn_to(self.tab)

    def _count_own(self, own: OwnTable, number: int) -> None:
        if own is self.own:
            self._entitle(self.own_tab, own.title, number)

    def _offer_own(self) -> None:
        for act in () if self.own is None else self.own.acts:
            act.setVisible(self.tab == OWN_TAB)

    # Content

    def forget(self) -> None:
        """Show nothing any more: it was another consumer's."""
        self.detail = None
        self.source.show_text("")
        for tab, stage, table, title in zip(self.tabs, self.stages, self.tables, _TITLES, strict=True):
            table.show_rows(())
            stage.show_blank(LOADING)
            self._entitle(tab, title, None)

    def show_detail(self, detail: ConsumerDetail) -> None:
        """Show what was read."""
        self.detail = detail
        self._entitle(self.tabs[0], _TITLES[0], len(detail.partitions))
        self._entitle(self.tabs[1], _TITLES[1], detail.in_flight_total)
        self._entitle(self.tabs[2], _TITLES[2], detail.keys_total)
        self._fill(PARTITIONS_TAB, detail.partitions, _NO_PARTITIONS)
        title = "The broker does not answer" if detail.in_flight is None else "Not all partitions answer"
        away = Blank(Why.DISCONNECTED, title, detail.broker_error, "Try again")
        self._fill(FLIGHTS_TAB, detail.in_flight or (), away if detail.broker_error else _NO_FLIGHTS)
        self._fill(KEYS_TAB, detail.keys, _NO_KEYS)
        self.changed.emit()

    def show_error(self, error: BaseException) -> None:
        """Say why it can't be read; what is there stays."""
        if self.detail is None:
            for stage in self.stages:
                stage.show_blank(blank_of(error, "This consumer"))

    def show_age(self, now: float) -> None:
        """Say where the figures are from, and how old they are."""
        if self.tab == OWN_TAB and self.own is not None:
            source, read_at = self.own.source, self.own.read_at
        elif self.detail is not None:
            source, read_at = _source_of(self.tab, self.detail), self.detail.read_at
        else:
            return
        if read_at is None:
            return
        age_s = max(0.0, now - read_at)
        age = "just now" if age_s < 2 else f"{duration(float(round(age_s)))} ago"
        set_role(self.source, "warn" if age_s > _OLD_S else "muted")
        self.source.show_text(f"{source}, read {age}")

    @property
    def chosen_keys(self) -> Sequence[KeyDetail]:
        """The keys that are selected, or all that are shown."""
        return self.selected_keys or tuple(self.keys.rows.rows)

    @property
    def selected_keys(self) -> Sequence[KeyDetail]:
        """The keys that are selected."""
        return tuple(self.keys.selected_rows)

    def _fill(self, number: int, rows: Sequence[Any], blank: Blank) -> None:
        self.tables[number].show_rows(rows)
        if rows:
            self.stages[number].show_content()
        else:
            self.stages[number].show_blank(blank)

    @staticmethod
    def _entitle(tab: QToolButton, title: str, number: int | None) -> None:
        tab.setText(f"{title}  {short_count(number)}")
        tab.setAccessibleName(f"{title}: {count(number)}")


def _away(detail: ConsumerDetail) -> str:
    """Say what of the broker could not be asked, while the rest could."""
    return f" (without {one_line(detail.broker_error)})" if detail.broker_error else ""


def _source_of(tab: int, detail: ConsumerDetail) -> str:
    """Say where a tab's figures are from, and what is not shown of them."""
    if tab == FLIGHTS_TAB:
        shown, total = len(detail.in_flight or ()), detail.in_flight_total
        where = f"From the broker{_away(detail)}; payloads from the outbox"
    elif tab == KEYS_TAB:
        shown, total = len(detail.keys), detail.keys_total
        where = f"From the database of {detail.name}"
    else:
        shown = total = len(detail.partitions)
        away = " (the broker does not answer)" if detail.in_flight is None else _away(detail)
        where = f"From outbox, database of {detail.name} and broker{away}"
    return (
        where if total is None or shown >= total else f"The first {count(shown)} of {count(total)}. {where}"
    )
