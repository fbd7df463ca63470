"""The Overview page: puts its parts together and hands each the snapshot; no part knows another."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from core.operating.snapshot import Cause, FeedEntry, Journey, Notice, Snapshot
from core.producing.outcomes import CreatedLink
from gui.bridge import Bridge
from gui.fonts import strong
from gui.overview.consumer_card import ConsumerCard
from gui.overview.create_bar import CreateBar
from gui.overview.feed import Feed
from gui.overview.journey_panel import JourneyPanel
from gui.overview.qr_preview import QrPreview
from gui.page import Page, Step
from gui.parts.banner import Banners
from gui.parts.health import health_sentence, in_need, notices
from gui.parts.layouts import lay_out_page
from gui.parts.text import label
from gui.parts.way import WayBadge
from gui.targets import Kind, Target
from gui.theme import Theme
from gui.tokens import Tone

_CARDS_A_ROW = 5
_GAP = 12
#: With less room than this for code and feed together, the code shows less; and so narrow may they be.
_LEAST_BESIDE, _BESIDE_WIDTH = QSize(394, 328), 334
#: The pages where what a notice tells of is dealt with; all others are looked into by the connection test.
_PLACES = {
    Cause.RELAY: "Events",
    Cause.WORKER: "Consumers",
    Cause.NOTHING_RUNS: "Consumers",
    Cause.LEDGER: "Ledger",
}


class OverviewPage(Page):
    """Everything at one glance."""

    def __init__(self, theme: Theme, bridge: Bridge, consumers: Sequence[str]) -> None:
        super().__init__()
        self._theme, self._bridge = theme, bridge
        self._worst = ""
        #: Consumers behind which something goes wrong while they run.
        self._warned: set[str] = set()
        self._ledger: Notice | None = None
        self.health = WayBadge(theme)
        self.health.show_state("opening the desk", Tone.NEUTRAL)
        self.banners = Banners(theme)
        self.create_bar = CreateBar(theme, bridge)
        self.cards: dict[str, ConsumerCard] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(_GAP)
        self.journeys = JourneyPanel(theme, consumers)
        self.qr = QrPreview(theme, bridge)
        self.feed = Feed(theme)
        for name in consumers:
            self._add_card(name)
        self._lay_out()
        self._connect()

    def _connect(self) -> None:
        self.create_bar.created.connect(self._follow)
        self.journeys.table.selected.connect(self.qr.show_journey)
        self.qr.chosen.connect(self.journeys.table.follow)
        self.health.chosen.connect(self._ask_for_worst)
        self.banners.chosen.connect(self._ask_for_place)
        self.journeys.table.opened.connect(self._ask_for_way)
        self.journeys.consistency.chosen.connect(self._ask_for_trace)
        self.qr.opened.connect(self._ask_for_link)
        self.feed.opened.connect(self._ask_for_entry)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(label("Overview", strong(20)))
        head.addWidget(self.health)
        head.addStretch(1)
        right = _Beside(self.qr)
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(_GAP)
        beside.addWidget(self.qr)
        beside.addWidget(self.feed, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(_GAP)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.journeys)
        self.split.addWidget(right)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        self.split.setSizes([670, 394])
        lay_out_page(self, head, self.banners, self.create_bar, self._grid, rest=self.split, gap=_GAP)

    def _add_card(self, name: str) -> ConsumerCard:
        card = ConsumerCard(self._theme, self._bridge, name)
        number = len(self.cards)
        self._grid.addWidget(card, number // _CARDS_A_ROW, number % _CARDS_A_ROW)
        self._grid.setColumnStretch(number % _CARDS_A_ROW, 1)
        self.cards[name] = card
        card.chosen.connect(self._ask_for)
        card.kept_back_chosen.connect(self._ask_for_kept_back)
        return card

    def _ask_for(self, consumer: str) -> None:
        kind = Kind.OWN if consumer in self._warned else Kind.CONSUMER
        self.wanted.emit(Target(kind, consumer, consumer))

    def _ask_for_kept_back(self, consumer: str, word: str) -> None:
        kind = Kind.PARKED if word == "parked" else Kind.DEAD_LETTERS
        self.wanted.emit(Target(kind, consumer, consumer))

    def _ask_for_worst(self) -> None:
        if self._worst:
            self._ask_for(self._worst)
        else:
            self.wanted.emit(Target(Kind.PAGE, "Consumers"))

    def _ask_for_place(self, notice: Notice) -> None:
        if notice.consumer:
            self.wanted.emit(Target(Kind.OWN, notice.consumer, notice.consumer))
        else:
            self.wanted.emit(Target(Kind.PAGE, _PLACES.get(notice.cause, "Settings")))

    def _ask_for_way(self, journey: Journey) -> None:
        self.wanted.emit(Target(Kind.TRACE, journey.trace_id, journey.slug))

    def _ask_for_trace(self, trace: str) -> None:
        self.wanted.emit(Target(Kind.TRACE, trace, trace))

    def _ask_for_link(self, journey: Journey) -> None:
        self.wanted.emit(Target(Kind.LINK, journey.link_id, journey.slug))

    def _ask_for_entry(self, entry: FeedEntry) -> None:
        self.wanted.emit(Target(Kind.LINK, entry.link_id, entry.link_id))

    def refresh(self, snapshot: Snapshot, age_s: float) -> None:
        """Show a snapshot that is `age_s` old."""
        for step in self.steps:
            step(snapshot, age_s)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The parts of a refresh, for whoever spreads it over time."""
        return (
            self._refresh_head,
            self._refresh_cards,
            self._refresh_journeys,
            self._refresh_codes,
            self._refresh_feed,
        )

    def _refresh_head(self, snapshot: Snapshot, age_s: float) -> None:
        sentence, tone = health_sentence(snapshot.consumers, snapshot.taken_at)
        self.health.show_state(sentence, tone)
        self._worst = next((health.name for health in in_need(snapshot.consumers)), "")
        self.show_age(snapshot, age_s)

    def _refresh_cards(self, snapshot: Snapshot, _age_s: float) -> None:
        self._warned = {health.name for health in snapshot.consumers if health.warning}
        for health in snapshot.consumers:
            card = self.cards.get(health.name) or self._add_card(health.name)
            card.refresh(health, snapshot.taken_at)

    def _refresh_journeys(self, snapshot: Snapshot, _age_s: float) -> None:
        self.journeys.refresh(snapshot)

    def _refresh_codes(self, snapshot: Snapshot, _age_s: float) -> None:
        self.qr.refresh(snapshot)

    def _refresh_feed(self, snapshot: Snapshot, _age_s: float) -> None:
        self.feed.refresh(snapshot)

    def show_age(self, snapshot: Snapshot, age_s: float) -> None:
        """Say what is wrong with the whole, also that the last snapshot has become old."""
        if self._ledger is not None:
            snapshot = replace(snapshot, notices=(*snapshot.notices, self._ledger))
        self.banners.show_notices(notices(snapshot, age_s))

    def show_ledger(self, notice: Notice | None) -> None:
        """Tell this of the ledger from the next refresh on; None = nothing."""
        self._ledger = notice

    def _follow(self, link: CreatedLink) -> None:
        self.journeys.table.follow(link.link_id)


class _Beside(QWidget):
    """Holds the code and the feed; the code shows less where there is little room for both."""

    def __init__(self, qr: QrPreview) -> None:
        super().__init__()
        self._qr = qr
        self.setMinimumWidth(_BESIDE_WIDTH)

    def minimumSizeHint(self) -> QSize:
        return QSize(_BESIDE_WIDTH, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        least, size = _LEAST_BESIDE, event.size()
        self._qr.be_small(size.width() < least.width() or size.height() < least.height())
