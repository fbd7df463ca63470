"""The Trace page: what became of a link, an event or an act, painted as one time line with the list of its steps beside it.

While something goes on it is read every other second; what is over is read again more rarely, since more may follow.
"""

from functools import partial

from core.errors import NotFound
from gui.fonts import words
from gui.formatting import one_line
from gui.page import KeyWords, Page, Tools
from gui.parts.data_table import DataTable
from gui.parts.layouts import beside, lay_out_page
from gui.parts.page_head import PageHead
from gui.parts.stage import LOADING, Blank, Stage, Why, blank_of
from gui.parts.text import ElidedLabel
from gui.query import Query
from gui.targets import Target
from gui.tokens import Tone
from gui.trace.chart import TraceChart
from gui.trace.columns import COLUMNS
from gui.trace.follow_bar import FollowBar
from gui.trace.reading import REST_S, Followed, follow
from gui.trace.rows import Key, StepRow, summary, verdict
from gui.trace.step_card import StepCard

_EVERY_MS = 2_000
_SOURCE = "From the outbox, all consumers and the broker"
_NOT_ASKED = Blank(
    Why.EMPTY,
    "What became of it?",
    "Paste a slug, a short URL, or the id of a link, an event or a trace. Everybody who deals with it has a lane: when it "
    "was committed, published, applied, tried again, and what it waits for.",
)
_REMOVED = Blank(
    Why.EMPTY,
    "Its events are gone",
    "Retention has removed all events of this link: they were dealt with long ago.",
)


class TracePage(Page):
    """Asks, paints, and follows what goes on."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._name = ""
        self._found: Followed | None = None
        self.head = PageHead(tools.theme, "Trace")
        self.bar = FollowBar(tools.theme, tools.kept)
        self.summary = ElidedLabel(words(12), "muted")
        self.chart = TraceChart(tools.theme)
        self.table = DataTable(tools.theme, "Steps", COLUMNS, key=lambda row: row.key)
        self.card = StepCard(tools.theme)
        self.split = beside(tools.kept, "trace", self.chart, self.table, handle=8, sizes=(566, 502))
        self.stage = Stage(tools.theme, self.split)
        self._query: Query[Followed] = Query(tools.bridge, self._take, self._fail, self, every_ms=_EVERY_MS)
        self._lay_out()
        self._connect()
        self.table.keep(tools.kept, "trace")
        self.chart.choose_axis(self.bar.kept_axis)
        self._show_blank(_NOT_ASKED)

    def _lay_out(self) -> None:
        self.split.setFocusProxy(self.table)
        above = (self.head, self.bar, self.summary)
        lay_out_page(self, *above, rest=self.stage, below=(self.card,), gap=10)

    def _connect(self) -> None:
        self.bar.asked.connect(self.follow)
        self.bar.axis_chosen.connect(self.chart.choose_axis)
        self.bar.closer.clicked.connect(self._zoom_in)
        self.bar.further.clicked.connect(self._zoom_out)
        self.bar.fit.clicked.connect(self.chart.fit)
        self.stage.acted.connect(self._query.again)
        self.table.looked_at.connect(self._look_at)
        self.table.opened.connect(self._open)
        self.chart.looked_at.connect(self.table.select)
        self.chart.seen.connect(self.bar.show_whole)
        self.card.wanted.connect(self.wanted)
        self.card.followed.connect(self.follow)
        self.card.origin_wanted.connect(self._show_origin)
        for keys, call in (
            (("+", "="), self._zoom_in),
            (("-",), self._zoom_out),
            (("F",), self.chart.fit),
            (("T",), self._next_axis),
        ):
            for key in keys:
                self.add_key(key, call)

    # What the frame asks for

    @property
    def keys(self) -> tuple[KeyWords, ...]:
        return (
            KeyWords("+  -", "Zoom in and out around the step that is looked at"),
            KeyWords("f", "Show all of the time"),
            KeyWords("t", "Tell the time in another way"),
        )

    def shown(self) -> None:
        self.head.tick(on=True)
        if self._name:
            self._query.ask(partial(follow, self._name, None))

    def hidden(self) -> None:
        self.head.tick(on=False)
        self._query.stop()

    def focus_filter(self) -> bool:
        self.bar.focus()
        return True

    def focus_content(self) -> None:
        if self._found is not None and self.stage.blank is None:
            self.table.setFocus()
        else:
            self.bar.focus()

    def go_to(self, target: Target) -> None:
        """Follow this."""
        self.follow(target.name)

    def step_back(self) -> bool:
        if self.chart.scale.is_whole:
            return False
        self.chart.fit()
        return True

    # Following

    def follow(self, name: str) -> None:
        """Follow a link, an event or a trace by what it is called; of a short URL the slug is taken."""
        name = name.strip().rstrip("/").rpartition("/")[2]
        if not name:
            return
        self.bar.show_name(name)
        if name != self._name:
            self._name, self._found = name, None
            self.chart.choose(None)
            self.chart.fit()
            self.table.show_rows(())
            self._show_blank(LOADING)
        self._query.ask(partial(follow, name, None))

    def _take(self, found: Followed) -> None:
        is_first = self._found is None
        if found is not self._found:
            self._found = found
            self._show(found)
            self._query.change(partial(follow, self._name, found))
        self.head.show_source(_SOURCE, found.trace.taken_at, old_s=2 * REST_S)
        if is_first and found.bands:
            self._show_first(found)

    def _show(self, found: Followed) -> None:
        trace = found.trace
        if not trace.events:
            self._show_blank(_REMOVED)
            return
        state = verdict(trace)
        self.head.badge.show_state(state.word, state.tone)
        self.summary.show_text(summary(trace))
        self.summary.show()
        self.chart.show_bands(found.bands, trace.taken_at, f"{summary(trace)}; {state.word}")
        self.table.show_rows(found.rows)
        self.stage.show_content()
        self._look_at(self.table.current_row)

    def _show_first(self, found: Followed) -> None:
        """Look at what is wrong now, or else at the first step; of the event that was asked for, if it was one."""
        outcomes = [lane.outcome for band in found.bands for lane in band.lanes]
        wrong = {row.key for row in outcomes if row is not None and row.step.is_trouble}

        def rank(row: StepRow) -> tuple[bool, bool, bool]:
            is_wrong = row.key in wrong
            return row.step.event_id != self._name, not (is_wrong and row.is_bad_end), not is_wrong

        self.table.select(min(found.rows, key=rank).key)
        if not self.bar.field.hasFocus() or self.bar.field.text() == self._name:
            self.table.setFocus()

    def _fail(self, error: BaseException) -> None:
        """What is shown stays, and grows old; without anything to show, the reason takes its place."""
        if self._found is not None:
            return
        if isinstance(error, NotFound):
            # Nothing comes to be called so by itself; whoever types the next name is not disturbed.
            self._query.stop()
            self._show_blank(Blank(Why.EMPTY, "Nothing is called that", one_line(str(error))))
            self.bar.focus()
        else:
            self._show_blank(blank_of(error, "The trace"))

    def _show_blank(self, blank: Blank) -> None:
        self.head.badge.show_state("", Tone.NEUTRAL)
        self.head.show_source("", None)
        self.summary.hide()
        self.card.clear()
        self.card.hide()
        self.stage.show_blank(blank)

    # The step that is looked at

    def _look_at(self, row: StepRow | None) -> None:
        found = self._found
        self.card.setVisible(found is not None and bool(found.bands))
        if row is None or found is None:
            self.chart.choose(None)
            self.card.clear()
            return
        self.chart.choose(row.key)
        for band in found.bands:
            if band.event.row.event.event_id == row.step.event_id:
                self.card.show_step(row, band.event, is_of_link=found.trace.subject == "link")

    def _open(self, row: StepRow) -> None:
        self._look_at(row)
        self.card.why.setFocus()

    def _show_origin(self, event_id: str) -> None:
        """Look at the event in whose place another one was published, also where it is not shown yet."""
        key = self._first_key(event_id)
        if key is None:
            self.follow(event_id)
        else:
            self.table.select(key)

    def _first_key(self, event_id: str) -> Key | None:
        return next((row.key for row in self.table.rows.rows if row.step.event_id == event_id), None)

    # The time

    def _next_axis(self) -> None:
        number = (self.bar.axis.currentIndex() + 1) % self.bar.axis.count()
        self.bar.axis.setCurrentIndex(number)
        self.bar.axis.activated.emit(number)

    def _zoom_in(self) -> None:
        self.chart.zoom(1)

    def _zoom_out(self) -> None:
        self.chart.zoom(-1)
