"""The Consumers page: all groups, worst first, and below them the one that is looked at."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from core.operating.snapshot import Snapshot
from gui.consumers.act_bar import ActBar
from gui.consumers.detail import GroupDetail
from gui.consumers.detail_tables import OWN_TAB
from gui.consumers.group_columns import COLUMNS
from gui.consumers.groups import Group, group_of, worst_first
from gui.consumers.own_tables import OWN_KEYS
from gui.consumers.row_acts import RowActs
from gui.consumers.trends import Trends
from gui.formatting import one_line
from gui.page import KeyWords, Page, Step, Tools
from gui.parts.data_table import DataTable
from gui.parts.health import health_sentence
from gui.parts.layouts import beside, lay_out_page
from gui.parts.page_head import PageHead
from gui.parts.stage import NO_DESK, Blank, Stage, Why
from gui.targets import Kind, Target

_SOURCE = "From all databases and the broker"
_NOTHING = Blank(
    Why.EMPTY,
    "No consumer is known yet",
    "They are registered when a worker starts: main.py worker, or open the window without --no-worker.",
)
#: What the keys do to the consumer that is looked at.
_ACTS = {
    "P": ActBar.toggle_pause,
    "T": ActBar.open_pauses,
    "B": ActBar.open_menu,
    "C": ActBar.repair,
    "Shift+R": ActBar.ask_rebuild,
}
#: What they do to the rows of its tables.
_ROW_ACTS = {
    "R": RowActs.ask_retry,
    "X": RowActs.ask_bury,
    "L": RowActs.ask_release,
    "O": RowActs.ask_take_over,
}


def _unreadable(error: str) -> Blank:
    text = f"{one_line(error)}. It is read again by itself."
    return Blank(Why.ERROR, "The consumers can't be read", text, "Test the connections")


class ConsumersPage(Page):
    """The table follows the snapshots; the detail is read once a second while the page is looked at."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.head = PageHead(tools.theme, "Consumers")
        self.table = DataTable(tools.theme, "Consumers", COLUMNS, key=lambda group: group.name)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.stage = Stage(tools.theme, self.table)
        self._trends = Trends()
        self.detail = GroupDetail(tools, self._trends)
        way = Qt.Orientation.Vertical
        self.split = beside(
            tools.kept, "consumers", self.stage, self.detail, grows=1, way=way, sizes=(206, 500)
        )
        # The figures come with the snapshots of a desk: before the first one there is none.
        self.stage.show_blank(NO_DESK)
        self.detail.hide()
        self._snapshot: Snapshot | None = None
        #: The consumer to be shown as soon as it is in the table, and whether for what it has of its own.
        self._awaited, self._awaits_own = "", False
        lay_out_page(self, self.head, rest=self.split)
        self.table.looked_at.connect(self._look_at)
        self.table.opened.connect(self._enter)
        self.stage.acted.connect(self._test_connections)
        self.detail.wanted.connect(self.wanted)
        # Also while another page is looked at: the charts shall have no gaps for it.
        tools.bridge.snapshot.connect(self._trends.add)
        self._add_keys()
        self.table.keep(tools.kept, "consumers")

    def _add_keys(self) -> None:
        for key, act in _ACTS.items():
            self.add_key(key, partial(self._act, act), repeats=False)
        for key, ask in _ROW_ACTS.items():
            self.add_key(key, partial(self._act_on_rows, key, ask), repeats=False)
        self.add_key("A", self.detail.add_own, repeats=False)
        self.add_key("E", partial(self.detail.do_own, "E"), repeats=False)
        self.add_key("D", self.detail.go_to_dead, repeats=False)
        self.add_key("[", partial(self.detail.tables.turn, -1), repeats=False)
        self.add_key("]", partial(self.detail.tables.turn, 1), repeats=False)

    def _act(self, act: Callable[[ActBar], None]) -> None:
        if self.detail.name:
            act(self.detail.bar)

    def _act_on_rows(self, key: str, ask: Callable[[RowActs], None]) -> None:
        if not self.detail.do_own(key):
            ask(self.detail.rows)

    # What the frame asks for

    @property
    def keys(self) -> tuple[KeyWords, ...]:
        return (
            KeyWords("p", "Pause or resume"),
            KeyWords("t", "Pause for a time"),
            KeyWords("r  x", "Retry parked links, dead-letter now"),
            KeyWords("l  o", "Release partitions, take over"),
            KeyWords("d", "Go to its dead letters"),
            KeyWords("b  c", "Break on purpose, and repair"),
            KeyWords("R", "Rebuild; asks first"),
            *OWN_KEYS,
            KeyWords("[  ]", "Partitions, in flight, parked, its own"),
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        return (self._refresh_groups, self._refresh_detail)

    def shown(self) -> None:
        self.head.tick(on=True)
        self.detail.go_on()

    def hidden(self) -> None:
        self.head.tick(on=False)
        self.detail.rest()

    def focus_content(self) -> None:
        self.stage.focus()

    def go_to(self, target: Target) -> None:
        """Show this consumer, or what it has of its own."""
        self._awaited, self._awaits_own = target.name, target.kind is Kind.OWN
        self._settle()

    # Inside

    def _refresh_groups(self, snapshot: Snapshot, _age_s: float) -> None:
        self._snapshot = snapshot
        self.head.badge.show_state(*health_sentence(snapshot.consumers, snapshot.taken_at))
        self.head.show_source(_SOURCE, snapshot.taken_at)
        self.table.show_rows(worst_first([group_of(health) for health in snapshot.consumers]))
        if snapshot.consumers:
            self.stage.show_content()
        elif snapshot.database_error:
            self.stage.show_blank(_unreadable(snapshot.database_error))
        else:
            self.stage.show_blank(_NOTHING)
        self._settle()

    def _refresh_detail(self, snapshot: Snapshot, _age_s: float) -> None:
        self.detail.setVisible(bool(self.detail.name))
        self.detail.refresh(snapshot)

    def _settle(self) -> None:
        """Look at the consumer that is wanted, or at the worst one while nobody has chosen."""
        if self._awaited and self.table.select(self._awaited):
            self._awaited = ""
            if self._awaits_own:
                self.detail.tables.turn_to(OWN_TAB)
        elif not self.detail.name and self.table.rows.rows:
            self.table.select(self.table.rows.rows[0].name)

    def _test_connections(self) -> None:
        self.wanted.emit(Target(Kind.PAGE, "Settings"))

    def _look_at(self, group: Group | None) -> None:
        if group is not None:
            self.detail.show_consumer(group.name)
            if self._snapshot is not None:
                self.detail.refresh(self._snapshot)

    def _enter(self, _group: Group) -> None:
        """Go on with the keyboard in the tables of the consumer."""
        self.detail.tables.turn(0)
