"""What webhook shows of its own: its endpoints, how each answers, and the acts on them. Each asks first, and tells after."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QPushButton, QWidget

from core.operating.desk import Desk
from core.operating.endpoints.rows import EndpointHealth
from gui.consumers.endpoint_acts import (
    are_off,
    call_now,
    call_plan,
    callable_of,
    disable,
    enable,
    removal_plan,
    remove,
    switch_plan,
    why_no_call,
    why_no_removal,
    why_no_switch,
)
from gui.consumers.endpoint_columns import COLUMNS
from gui.consumers.own_table import OwnTable
from gui.icons import icon
from gui.page import Tools
from gui.parts.act_dialog import ActDialog, Plan, Result
from gui.parts.controls import button
from gui.parts.data_table import DataTable
from gui.parts.endpoint_dialog import EndpointDialog
from gui.parts.lock import lock
from gui.parts.stage import Blank, Stage, Why, blank_of
from gui.query import Query

_EVERY_MS = 1_000
_ADD = "Add an endpoint"
_NONE = Blank(Why.EMPTY, "No endpoint yet", "Nobody is told of events; an endpoint is, from then on.", _ADD)
_CALL_TIP = "Send what waits at once instead of at its next attempt. Asks first. (r)"
_SWITCH_TIPS = {
    False: "Switch endpoints off: not called, and not told of what is committed meanwhile. Asks first, and why. (e)",
    True: "Switch endpoints on again; what has waited goes out. Asks first. (e)",
}
_REMOVE_TIP = "Take endpoints out of use; what waits for them is not delivered. Asks first, and why. (x)"


class EndpointTable(OwnTable):
    """Reads once a second while webhook is looked at."""

    title = "Endpoints"
    source = "From the database of webhook and the control tables"

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        self.table = DataTable(tools.theme, self.title, COLUMNS, key=lambda one: one.endpoint_id)
        super().__init__(Stage(tools.theme, self.table))
        self._tools, self._dialogs_over = tools, parent
        self.dialog: ActDialog | None = None
        self.adding: EndpointDialog | None = None
        self.call = button(tools.theme, "Try now", "refresh-cw", name="Try endpoints now")
        self.switch = button(tools.theme, "Disable", "pause", name="Disable endpoints")
        self.removing = button(tools.theme, "Remove", "unplug", name="Remove endpoints")
        self.add = button(tools.theme, "Add", "plus", name=_ADD)
        self.add.setToolTip("Register an address that is told of what happens from now on. (a)")
        self.acts = (self.call, self.switch, self.removing, self.add)
        lock(tools.bridge, *self.acts)
        self.by_key = {"R": self.ask_call, "E": self.ask_switch, "X": self.ask_removal, "A": self.ask_add}
        for each, ask in zip(self.acts, self.by_key.values(), strict=True):
            each.clicked.connect(ask)
        self._query: Query[Sequence[EndpointHealth]] = Query(
            tools.bridge, self._take, self._fail, self, every_ms=_EVERY_MS
        )
        self.table.keep(tools.kept, "consumers/endpoints")
        self.table.selectionModel().selectionChanged.connect(self._offer)
        self.stage.acted.connect(self._help)
        self._offer()

    # Reading

    def go_on(self) -> None:
        self._query.ask(_read)

    def rest(self) -> None:
        self._query.stop()

    def _take(self, endpoints: Sequence[EndpointHealth]) -> None:
        self.read_at, self.count = time.time(), len(endpoints)
        self.table.show_rows(endpoints)
        if endpoints:
            self.stage.show_content()
        else:
            self.stage.show_blank(_NONE)
        self._offer()
        self.counted.emit(len(endpoints))

    def _fail(self, error: BaseException) -> None:
        if not self.table.rows.rows:
            self.stage.show_blank(blank_of(error, "The endpoints"))

    def _help(self) -> None:
        """Do what the blank offers."""
        if self.stage.blank == _NONE:
            self.ask_add()
        else:
            self._query.again()

    # Acts

    @property
    def _selected(self) -> Sequence[EndpointHealth]:
        return tuple(self.table.selected_rows)

    @property
    def _chosen(self) -> Sequence[EndpointHealth]:
        """Those that are selected, or all."""
        return self._selected or tuple(self.table.rows.rows)

    def _offer(self) -> None:
        """Enable what can be done; what can't says why."""
        number = len(self._selected)
        self.call.setText(f"Try {number} now" if number > 1 else "Try now" if number else "Try all now")
        _show(self.call, why_no_call(self._chosen), _CALL_TIP)
        is_on = are_off(self._selected)
        verb = "Enable" if is_on else "Disable"
        if self.switch.text() != verb:
            self.switch.setText(verb)
            self.switch.setAccessibleName(f"{verb} endpoints")
            self.switch.setIcon(icon(self._tools.theme, "play" if is_on else "pause"))
        _show(self.switch, why_no_switch(self._selected), _SWITCH_TIPS[is_on])
        _show(self.removing, why_no_removal(self._selected), _REMOVE_TIP)

    def ask_call(self) -> None:
        """Ask whether what waits shall be sent now."""
        if why_not := why_no_call(self._chosen):
            self.refused.emit(why_not)
            return
        called = callable_of(self._chosen)
        self._open(call_plan(called, are_selected=bool(self._selected)), partial(call_now, called))

    def ask_switch(self) -> None:
        """Ask whether those that are selected shall be switched off, and why; or on again."""
        if why_not := why_no_switch(self._selected):
            self.refused.emit(why_not)
        else:
            act = enable if are_off(self._selected) else disable
            self._open(switch_plan(self._selected), partial(act, self._selected))

    def ask_removal(self) -> None:
        """Ask whether those that are selected shall be removed, and why."""
        if why_not := why_no_removal(self._selected):
            self.refused.emit(why_not)
        else:
            self._open(removal_plan(self._selected), partial(remove, self._selected))

    def ask_add(self) -> None:
        """Ask for the address of a new endpoint."""
        self.adding = EndpointDialog(self._tools, self._dialogs_over)
        self.adding.added.connect(self._query.again)
        self.adding.open()

    def _open(self, plan: Plan, call: Callable[..., Sequence[Result]]) -> None:
        self.dialog = ActDialog(self._tools, plan, call, self._dialogs_over)
        self.dialog.acted.connect(self._query.again)
        self.dialog.open()


def _read(desk: Desk) -> Sequence[EndpointHealth]:
    return desk.endpoints.read()


def _show(each: QPushButton, why_not: str, tip: str) -> None:
    """Enable what can be done; what has the keyboard keeps it, and says why not when it is pressed."""
    each.setEnabled(not why_not or each.hasFocus())
    each.setToolTip(why_not or tip)
