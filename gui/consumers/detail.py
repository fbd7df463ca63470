"""One consumer: its state, the acts on it, lag and rates over time, and its tables. Reads only while it is looked at."""

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout

from core.operating.consumer_detail import ConsumerDetail, FlightDetail, KeyDetail
from core.operating.desk import Desk
from core.operating.snapshot import ConsumerHealth, Snapshot
from gui.consumers.act_bar import ActBar
from gui.consumers.acts import faults_of
from gui.consumers.detail_tables import OWN_TAB, DetailTables
from gui.consumers.groups import standing
from gui.consumers.own_table import OwnTable
from gui.consumers.own_tables import OWN
from gui.consumers.row_acts import RowActs
from gui.consumers.trend_chart import Line, TrendChart
from gui.consumers.trends import Trends
from gui.fonts import strong, words
from gui.formatting import plural, rate, short_count
from gui.page import Tools
from gui.parts.badge import Badge
from gui.parts.controls import button, named
from gui.parts.health import pause_sentence, tone_of
from gui.parts.text import ElidedLabel, set_role
from gui.query import Query
from gui.targets import Kind, Target

_EVERY_MS = 1_000


class GroupDetail(QFrame):
    """Shows one consumer at a time."""

    wanted = Signal(object)

    def __init__(self, tools: Tools, trends: Trends) -> None:
        super().__init__()
        self.setObjectName("card")
        self._tools, self._trends = tools, trends
        #: The consumer that is shown; empty = none yet.
        self.name = ""
        self.title = ElidedLabel(strong(15))
        self.badge = Badge(tools.theme)
        self.standing = ElidedLabel(words(12), "muted")
        self.bars: dict[str, ActBar] = {}
        #: What consumers show of their own, as far as somebody has looked.
        self.owns: dict[str, OwnTable] = {}
        self._acts = QStackedWidget()
        self.lag = TrendChart(tools.theme, "Lag", (Line("lag", "now", "accent"),), _events, 10)
        self.rates = TrendChart(
            tools.theme,
            "Throughput a second",
            (Line("rate_in", "in", "muted", is_dashed=True), Line("rate_out", "out", "accent")),
            rate,
            5,
        )
        self.tables = DetailTables(tools)
        self.dead = button(tools.theme, "Dead letters", "mail-x")
        self._query: Query[ConsumerDetail] = Query(
            tools.bridge, self._take, self.tables.show_error, self, every_ms=_EVERY_MS
        )
        self._lay_out()
        self.tables.row.addWidget(self.dead)
        self.rows = RowActs(tools, self.tables, self)
        self.dead.clicked.connect(self.go_to_dead)
        self.tables.changed.connect(self._note_link)
        self.tables.acted.connect(self._query.again)
        self.tables.opened.connect(self._go)
        self.rows.acted.connect(self._query.again)
        self.rows.refused.connect(self._say)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.title)
        head.addWidget(self.badge)
        head.addWidget(self.standing, 1)
        charts = QHBoxLayout()
        charts.setSpacing(12)
        charts.addWidget(self.lag, 1)
        charts.addWidget(self.rates, 1)
        self._acts.setFixedHeight(32)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 8)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(named(self._acts, "blank"))
        layout.addLayout(charts)
        layout.addWidget(self.tables, 1)

    # What is shown

    def show_consumer(self, name: str) -> None:
        """Show this consumer from now on."""
        if name != self.name:
            self.name = self.rows.name = name
            self.title.show_text(name)
            self.setAccessibleName(f"Consumer {name}")
            self.tables.forget()
            self._acts.setCurrentWidget(self._bar(name))
            self._rest_own()
            self.tables.show_own(self._own(name))
        self.go_on()

    def go_on(self) -> None:
        """Read it, again and again."""
        name = self.name
        if name:

            def read(desk: Desk) -> ConsumerDetail:
                return desk.reading_room.consumers.read(name)

            self._query.ask(read)
            if self.tables.own is not None:
                self.tables.own.go_on()

    def rest(self) -> None:
        """Read no more for now."""
        self._query.stop()
        self._rest_own()

    def _rest_own(self) -> None:
        if self.tables.own is not None:
            self.tables.own.rest()

    def _own(self, name: str) -> OwnTable | None:
        """Give what a consumer shows of its own; None = nothing."""
        if name in OWN and name not in self.owns:
            own = OWN[name](self._tools, self)
            own.refused.connect(self._say)
            self.tables.add_own(own)
            self.owns[name] = own
        return self.owns.get(name)

    def do_own(self, key: str) -> bool:
        """Let a key do what it does for the own table; False = that is not looked at, or does not know the key."""
        own = self.tables.own
        if own is None or self.tables.tab != OWN_TAB or key not in own.by_key:
            return False
        own.by_key[key]()
        return True

    def add_own(self) -> None:
        """Add something to the consumer's own table."""
        self.tables.turn_to(OWN_TAB)
        if not self.do_own("A"):
            self._say(f"{self.name} has nothing of its own that could be added to.")

    def refresh(self, snapshot: Snapshot) -> None:
        """Show what the snapshot says of it."""
        health = next((one for one in snapshot.consumers if one.name == self.name), None)
        self.tables.show_age(time.time())
        if health is None:
            return
        faults = faults_of(snapshot.faults, self.name)
        self.badge.show_state(health.state.value, tone_of(health.state), pause_sentence(health))
        set_role(self.standing, "bad" if health.error or not health.workers else "muted")
        self.standing.show_text(standing(health, faults, snapshot.taken_at))
        published = sum(part.published for part in snapshot.partitions) if snapshot.partitions else None
        self.bar.refresh(health, faults, published)
        self._offer_dead(health.dead)
        self._draw(health, snapshot.taken_at)

    def _offer_dead(self, dead: int | None) -> None:
        """Lead to what it has given up on, if there is anything."""
        text = "Dead letters: ?" if dead is None else plural(dead, "dead letter")
        self.dead.setText(text)
        self.dead.setAccessibleName(f"{text} of {self.name}")
        self.dead.setEnabled(dead != 0 or self.dead.hasFocus())
        self.dead.setToolTip(
            "It has given up on nothing." if dead == 0 else "Go to the page of dead letters (d)"
        )

    def go_to_dead(self) -> None:
        """Go to what it has given up on."""
        if self.dead.isEnabled():
            self.wanted.emit(Target(Kind.DEAD_LETTERS, self.name, self.name))

    def _draw(self, health: ConsumerHealth, now: float) -> None:
        points = self._trends.of(health.name)
        self.lag.show_trend(points, health.marks, now)
        self.rates.show_trend(points, health.marks, now)

    @property
    def bar(self) -> ActBar:
        """The acts on the consumer that is shown."""
        return self._bar(self.name)

    def _bar(self, name: str) -> ActBar:
        if name not in self.bars:
            bar = ActBar(self._tools, name)
            bar.acted.connect(self._query.again)
            self.bars[name] = bar
            self._acts.addWidget(bar)
        return self.bars[name]

    def _take(self, detail: ConsumerDetail) -> None:
        if detail.name == self.name:
            self.tables.show_detail(detail)
            self.tables.show_age(time.time())

    def _say(self, why_not: str) -> None:
        if self.name:
            self.bar.say(why_not)

    def _note_link(self) -> None:
        """Let the selected link be the one that a fault is offered for."""
        chosen = self.tables.selected_keys
        if self.name:
            self.bar.link_at_hand = (chosen[0].slug or "") if chosen else ""

    def _go(self, row: object) -> None:
        """Go to the event in flight, or to the link that waits."""
        if isinstance(row, KeyDetail):
            self.wanted.emit(Target(Kind.LINK, row.key.link_id, row.slug or row.key.link_id))
        elif isinstance(row, FlightDetail) and row.event is not None:
            self.wanted.emit(Target(Kind.EVENT, row.event.event_id, row.event.event_id))


def _events(value: float | None) -> str:
    return short_count(None if value is None else round(value))
