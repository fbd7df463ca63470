"""What becomes of a link's later events behind its dead letter: shown and changed, consumer by consumer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal

from core.operating.dead_letters.policies import Policy
from core.operating.desk import Desk
from core.operating.snapshot import ConsumerHealth, Snapshot
from gui.dead_letters.letter_words import chosen_words, policy_does, policy_words
from gui.dead_letters.reading import Wanted, read_policies
from gui.dead_letters.section import Section, offer
from gui.fonts import words
from gui.formatting import UNKNOWN, count
from gui.page import Tools
from gui.parts.act_dialog import Plan, Result
from gui.parts.controls import button
from gui.parts.data_table import DataTable
from gui.parts.lock import lock
from gui.parts.stage import Blank, Why
from gui.parts.table_columns import RIGHT, TableColumn
from gui.parts.text import ElidedLabel

_NOTHING = Blank(Why.EMPTY, "No consumer is registered", "They register when the window or a worker starts.")
_FIRST_SELECT = "Select one consumer in the table first."
_SAID = "When a consumer gives up on an event, the later events of its link can wait behind it, or go on"
_CHOICES: tuple[tuple[bool | None, str, str], ...] = (
    (True, "Let them wait", "pause"),
    (False, "Let them go on", "play"),
    (None, "As by itself", "undo-2"),
)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The policy of one consumer, with its figures; None = unknown."""

    policy: Policy
    dead: int | None = None
    parked: int | None = None
    obeyed: str = UNKNOWN


_COLUMNS = (
    TableColumn("Consumer", lambda row: row.policy.consumer, width=130),
    TableColumn(
        "Later events of the link",
        lambda row: policy_words(row.policy.holds),
        width=260,
        picture=lambda row: {True: "pause", False: "play", None: "circle-question-mark"}[row.policy.holds],
    ),
    TableColumn("Chosen by", lambda row: chosen_words(row.policy), width=150),
    TableColumn("By itself they", lambda row: policy_words(row.policy.by_itself), width=220),
    TableColumn("Dead", lambda row: count(row.dead), width=70, align=RIGHT),
    TableColumn("Parked", lambda row: count(row.parked), width=76, align=RIGHT),
    TableColumn("Obeyed", lambda row: row.obeyed, width=120),
)


class PolicySection(Section):
    """Shows the policies; `wanted` asks the page for the dialog of a change: its plan, and its call."""

    wanted = Signal(object, object)

    def __init__(self, tools: Tools) -> None:
        self.said = ElidedLabel(words(13, words().Weight.Medium))
        self.said.show_text(_SAID)
        self.choices = {holds: button(tools.theme, text, icon) for holds, text, icon in _CHOICES}
        lock(tools.bridge, *self.choices.values())
        table = DataTable(tools.theme, "Policies", _COLUMNS, key=lambda row: row.policy.consumer)
        table.setSelectionMode(DataTable.SelectionMode.SingleSelection)
        super().__init__(tools, table, (self.said, *self.choices.values()), name="policies")
        self._rows: tuple[PolicyRow, ...] | None = None
        self._health: dict[str, ConsumerHealth] = {}
        for holds, choice in self.choices.items():
            choice.clicked.connect(partial(self.choose, holds))
        self.table.selectionModel().selectionChanged.connect(self._show_acts)
        self._show_acts()

    def question(self, wanted: Wanted) -> Callable[[Desk], Any]:  # noqa: ARG002 - there are few: none is left out
        return read_policies

    def take(self, answer: Sequence[Policy]) -> None:
        self._rows = tuple(PolicyRow(policy) for policy in answer)
        self._show_rows()

    def refresh(self, snapshot: Snapshot) -> None:
        """Take the figures of the newest snapshot."""
        self._health = {health.name: health for health in snapshot.consumers}
        self._show_rows()

    def _show_rows(self) -> None:
        if self._rows is None:
            return
        self.table.show_rows([self._filled(row) for row in self._rows])
        self._show_acts()
        if self._rows:
            self.stage.show_content()
        else:
            self.stage.show_blank(_NOTHING)

    def _filled(self, row: PolicyRow) -> PolicyRow:
        health = self._health.get(row.policy.consumer)
        if health is None:
            return row
        return replace(row, dead=health.dead, parked=health.parked, obeyed=_obeyed(health))

    @property
    def figures(self) -> tuple[int | None, int | None]:
        rows = self._rows
        return (None, None) if rows is None else (len(rows), len(rows))

    # Choosing

    def choose(self, holds: bool | None) -> None:
        """Ask for the dialog of this choice for the selected consumer."""
        row: PolicyRow | None = next(iter(self.table.selected_rows), None)
        if row is None:
            return
        name = row.policy.consumer
        verb = {True: "Let them wait", False: "Let them go on", None: "As by itself"}[holds]
        scope = (
            f"{name} has {count(row.dead)} dead and {count(row.parked)} parked now.",
            "It can be changed back here, or undone in the Journal.",
        )
        title = f"Change what {name} does behind dead letters?"
        plan = Plan(title, policy_does(row.policy, holds), scope, verb)
        self.wanted.emit(plan, partial(_hold, name, holds))

    def _show_acts(self) -> None:
        row: PolicyRow | None = next(iter(self.table.selected_rows), None)
        for holds, text, _ in _CHOICES:
            is_so = row is not None and row.policy.chosen is holds
            why_not = _FIRST_SELECT if row is None else "It is so already." if is_so else ""
            offer(self.choices[holds], text, why_not)


def _obeyed(health: ConsumerHealth) -> str:
    if health.obeyed_version is None:
        return "no worker runs it"
    if health.obeyed_version == health.wanted_version:
        return "yes" if health.wanted_version else "nothing to obey"
    return f"sent v{health.wanted_version}, obeyed v{health.obeyed_version}"


def _hold(name: str, holds: bool | None, desk: Desk) -> list[Result]:
    version = desk.dead_letters.hold(name, holds)
    return [Result(name, True, f"noted as version {version}; the table shows when it is obeyed")]
