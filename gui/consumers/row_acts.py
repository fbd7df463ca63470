"""The acts on rows of one consumer's tables: partitions, in flight, parked links. Each asks first, and tells after."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from core.operating.consumer_detail import FlightDetail, PartitionDetail
from gui.consumers.acts import retry_keys, retry_plan, why_no_retry
from gui.consumers.detail_tables import (
    FLIGHTS_TAB,
    KEYS_TAB,
    OWN_TAB,
    PARTITIONS_TAB,
    DetailTables,
)
from gui.consumers.giving_up import (
    flight_plan,
    give_up_flight,
    give_up_keys,
    keys_plan,
    why_no_flight,
    why_no_key,
)
from gui.consumers.moves import (
    release,
    release_plan,
    take_over,
    take_over_plan,
    why_no_release,
    why_no_take_over,
    workers_of,
)
from gui.page import Tools
from gui.parts.act_dialog import ActDialog, Plan, Result
from gui.parts.controls import button
from gui.parts.lock import lock

_RETRY_TIP = "Try parked links at once instead of at their next attempt. Asks first. (r)"
_DEAD_TIP = "Give up without further attempts; asks first, and why. (x)"
_RELEASE_TIP = (
    "Let owners give partitions up to other workers; a single one reads its state again. Asks first. (l)"
)
_TAKE_TIP = (
    "Let a worker of your choice own partitions, whoever has them: for owners that hang. Asks first. (o)"
)


class RowActs(QObject):
    """Offers the acts of the tab that is looked at, beside its title."""

    #: Something was done: read again.
    acted = Signal()
    #: Why nothing can be done, for whoever has asked by a key.
    refused = Signal(str)

    def __init__(self, tools: Tools, tables: DetailTables, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools, self._tables, self._parent = tools, tables, parent
        #: The consumer that is shown; empty = none yet.
        self.name = ""
        self.retry = button(tools.theme, "Retry now", "refresh-cw", name="Retry parked links now")
        self.bury = button(tools.theme, "Dead-letter now", "mail-x")
        self.take = button(tools.theme, "Take over", "users", name="Let a worker take partitions over")
        self.release = button(tools.theme, "Release", "arrow-right", name="Release partitions")
        lock(tools.bridge, self.retry, self.bury, self.take, self.release)
        self.menu = QMenu(parent)
        self.menu.setAccessibleName("The worker that takes over")
        self.dialog: ActDialog | None = None
        self._acts = (
            (self.take, self.ask_take_over),
            (self.release, self.ask_release),
            (self.bury, self.ask_bury),
            (self.retry, self.ask_retry),
        )
        for each, act in self._acts:
            tables.row.addWidget(each)
            each.clicked.connect(act)
        for table in tables.tables:
            table.selectionModel().selectionChanged.connect(self.offer)
        tables.changed.connect(self.offer)
        self.offer()

    # What is offered

    def offer(self) -> None:
        """Show the acts of the tab; what can't be done says why."""
        tab = self._tables.tab
        self.take.setVisible(tab == PARTITIONS_TAB)
        self.release.setVisible(tab == PARTITIONS_TAB)
        self.bury.setVisible(tab in (FLIGHTS_TAB, KEYS_TAB))
        self.retry.setVisible(tab == KEYS_TAB)
        parts, workers = self._parts, self._workers
        _offer(self.take, why_no_take_over(parts, workers), _TAKE_TIP)
        _offer(self.release, why_no_release(parts, workers), _RELEASE_TIP)
        _offer(self.bury, self._why_no_burial(), _DEAD_TIP)
        selected = len(self._tables.selected_keys)
        self.retry.setText(f"Retry {selected} now" if selected else "Retry all now")
        _offer(self.retry, why_no_retry(self._tables.chosen_keys), _RETRY_TIP)

    def _why_no_burial(self) -> str:
        if self._tables.tab == FLIGHTS_TAB:
            return why_no_flight(self._flights, self._tables.detail)
        return why_no_key(self._tables.selected_keys)

    @property
    def _are_selected(self) -> bool:
        return bool(self._tables.partitions.selected_rows)

    @property
    def _parts(self) -> Sequence[PartitionDetail]:
        """The partitions that are selected, or all."""
        table = self._tables.partitions
        return tuple(table.selected_rows or table.rows.rows)

    @property
    def _workers(self) -> tuple[str, ...]:
        return () if self._tables.detail is None else workers_of(self._tables.detail)

    @property
    def _flights(self) -> Sequence[FlightDetail]:
        return tuple(self._tables.flights.selected_rows)

    # Acts

    def ask_retry(self) -> None:
        """Ask whether the parked links that are selected, or all, shall be tried now."""
        keys, detail = self._tables.chosen_keys, self._tables.detail
        self._tables.turn_to(KEYS_TAB)
        if detail is None or (why_not := why_no_retry(keys)):
            self.refused.emit(why_not if detail else why_no_retry(()))
            return
        plan = retry_plan(self.name, keys, detail.keys_total, are_selected=bool(self._tables.selected_keys))
        self._open(plan, partial(retry_keys, self.name, keys))

    def ask_bury(self) -> None:
        """Ask whether what is selected shall be given up, and why."""
        if self._tables.tab in (PARTITIONS_TAB, OWN_TAB):
            self._tables.turn_to(KEYS_TAB)
        if why_not := self._why_no_burial():
            self.refused.emit(why_not)
        elif self._tables.tab == FLIGHTS_TAB:
            (flight,) = self._flights
            self._open(flight_plan(self.name, flight), partial(give_up_flight, self.name, flight))
        else:
            keys = self._tables.selected_keys
            self._open(keys_plan(self.name, keys), partial(give_up_keys, keys))

    def ask_release(self) -> None:
        """Ask whether the partitions that are selected, or all, shall be given up."""
        self._tables.turn_to(PARTITIONS_TAB)
        parts, workers = self._parts, self._workers
        if why_not := why_no_release(parts, workers):
            self.refused.emit(why_not)
            return
        plan = release_plan(self.name, parts, workers, are_selected=self._are_selected)
        self._open(plan, partial(release, self.name, parts))

    def ask_take_over(self) -> None:
        """Ask which worker shall take the partitions over that are selected, or all; with one there is no choice."""
        self._tables.turn_to(PARTITIONS_TAB)
        parts, workers = self._parts, self._workers
        if why_not := why_no_take_over(parts, workers):
            self.refused.emit(why_not)
        elif len(workers) == 1:
            self._ask_take_over(workers[0])
        else:
            self._fill_menu(workers)
            self.menu.popup(self.take.mapToGlobal(QPoint(0, self.take.height() + 2)))

    def _fill_menu(self, workers: Sequence[str]) -> None:
        self.menu.clear()
        owners = [part.owner for part in self._tables.partitions.rows.rows]
        for worker in workers:
            action = self.menu.addAction(f"{worker} (owns {owners.count(worker)} of {len(owners)})")
            action.triggered.connect(partial(self._ask_take_over, worker))

    def _ask_take_over(self, worker: str, _checked: bool = False) -> None:
        parts = self._parts
        plan = take_over_plan(self.name, parts, worker, are_selected=self._are_selected)
        self._open(plan, partial(take_over, self.name, parts, worker))

    def _open(self, plan: Plan, call: Callable[..., Sequence[Result]]) -> None:
        self.dialog = ActDialog(self._tools, plan, call, self._parent)
        self.dialog.acted.connect(self.acted)
        self.dialog.open()


def _offer(each: QPushButton, why_not: str, tip: str) -> None:
    """Enable what can be done; what has the keyboard keeps it, and says why not when it is pressed."""
    each.setEnabled(not why_not or each.hasFocus())
    each.setToolTip(why_not or tip)
