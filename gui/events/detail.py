"""All of one event: its attributes, what the broker and each consumer have of it, its data, and what can be done with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.operating.dead_letters.effects import Effect
from core.operating.desk import Desk
from core.operating.events.browser import EventDetail
from gui.events.consumer_rows import ConsumerRows
from gui.events.copy_bar import CopyBar
from gui.events.detail_texts import (
    again_words,
    copy_words,
    handling_words,
    payload_text,
    published_words,
    schema_words,
    troubled,
)
from gui.events.lines import exact
from gui.events.payload_view import PayloadView
from gui.fonts import strong, words
from gui.formatting import one_line
from gui.page import Tools
from gui.pages import place_for
from gui.parts.controls import button
from gui.parts.facts import Fact, Facts
from gui.parts.layouts import row_of
from gui.parts.lock import lock
from gui.parts.text import label, set_role
from gui.query import Query
from gui.targets import Kind, Target

_EVERY_MS = 1_000


class EventPanel(QWidget):
    """Shows one event, and reads again what becomes of it, until another one is opened."""

    #: The list shall show only what is told by these words of the filter.
    narrowed = Signal(str)
    #: Another page shall show this.
    wanted = Signal(object)
    #: This event shall be written into a file, or published again.
    export_wanted = Signal(str)
    republish_wanted = Signal(str)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.event_id = ""
        self.detail: EventDetail | None = None
        self._help = Target(Kind.DEAD_LETTERS, "")
        self._query: Query[EventDetail] = Query(
            tools.bridge, self._take, self._fail, self, every_ms=_EVERY_MS
        )
        self.facts = Facts("The event")
        self.more = Facts("More of the event")
        self.consumers = ConsumerRows(tools.theme)
        self.copies = CopyBar(tools.theme)
        self.payload = PayloadView(tools.theme)
        self.said = label("", words(12), "muted")
        self.said.setWordWrap(True)
        self._make_buttons(tools)
        self._lay_out()

    def _make_buttons(self, tools: Tools) -> None:
        theme = tools.theme
        self.export = button(theme, "Export", "download", name="Export this event to a file (s)")
        self.republish = button(theme, "Republish", "send", name="Publish this event again (R)")
        self.export.setToolTip(self.export.accessibleName())
        self.republish.setToolTip(self.republish.accessibleName())
        lock(tools.bridge, self.republish)
        self.export.clicked.connect(self._ask_to_export)
        self.republish.clicked.connect(self._ask_to_republish)
        self.only_link = button(theme, "Its link", "list-filter", name="Show only events of this link")
        self.only_trace = button(theme, "Its trace", "list-filter", name="Show only events of this trace")
        self.only_link.clicked.connect(self._narrow_to_link)
        self.only_trace.clicked.connect(self._narrow_to_trace)
        self.to_link = button(theme, "Open link", "link", name="Open the link of this event")
        self.to_trace = button(theme, "Open trace", "route", name="Open the trace of this event")
        self.to_why = button(theme, "Why?", "circle-question-mark", name="Ask why this event had no effect")
        self.to_why.clicked.connect(self._ask_why)
        self.consumers.asked.connect(self._ask_why_of)
        self.to_help = button(theme, "", "mail-x", name="Go to where it is retried, edited or discarded")
        self.to_help.clicked.connect(self._go_to_help)
        self.to_help.hide()
        self.to_link.clicked.connect(self._go_to_link)
        self.to_trace.clicked.connect(self._go_to_trace)
        ways = (self.to_link, Kind.LINK), (self.to_trace, Kind.TRACE), (self.to_why, Kind.QUESTION)
        for way, kind in ways:
            # Told to be shown before it has a parent, it would be a window of its own.
            if place_for(kind) is None:
                way.hide()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 6, 16)
        layout.setSpacing(12)
        layout.addWidget(self.said)
        layout.addWidget(self.copies)
        layout.addLayout(row_of(self.export, self.republish))
        layout.addWidget(self.facts)
        layout.addLayout(row_of(self.only_link, self.only_trace))
        layout.addLayout(row_of(self.to_link, self.to_trace, self.to_why))
        for title, part in (
            ("Consumers", self.consumers),
            ("Payload", self.payload),
            ("Attributes", self.more),
        ):
            layout.addWidget(label(title, strong(13)))
            layout.addWidget(part)
            if part is self.consumers:
                layout.addWidget(self.to_help)
        layout.addStretch(1)

    def show_event(self, event_id: str) -> None:
        """Show this event."""
        if event_id != self.event_id:
            self.event_id, self.detail = event_id, None
            self.copies.show_event(event_id, None)
            self._say("Reading", "muted")
        self.go_on()

    def go_on(self) -> None:
        """Read again what has become of it, and go on doing so."""
        event_id = self.event_id
        if event_id:

            def read(desk: Desk) -> EventDetail:
                return desk.reading_room.events.detail(event_id)

            self._query.ask(read)

    def rest(self) -> None:
        """Read no more for now."""
        self._query.stop()

    def _take(self, detail: EventDetail) -> None:
        self.detail = detail
        self.copies.show_event(self.event_id, detail)
        self._say("", "muted")
        self._show(detail)

    def _fail(self, error: BaseException) -> None:
        """What was read stays to be read."""
        self._say(one_line(str(error)), "bad")

    def _show(self, detail: EventDetail) -> None:
        row, event = detail.row, detail.row.event
        copy, schema = copy_words(detail.copy), schema_words(detail)
        # One that was told again has the time of its origin.
        committed_at = event.committed_at if event.origin is None else None
        self.facts.show_facts(
            (
                Fact("Committed" if event.origin is None else "Time", exact(event.committed_at)),
                Fact("Published", published_words(detail), "warn" if row.published_at is None else "text"),
                Fact("In stream", *copy),
                Fact("Place", f"{event.partition}/{event.position or '-'}", is_code=True),
                Fact("Event", event.event_id, is_code=True),
                Fact("Link", event.link_id, is_code=True),
                Fact("Trace", detail.trace_id or "none", is_code=True),
            )
        )
        self.more.show_facts(
            (
                Fact("Type", event.type),
                Fact("Version", *schema),
                Fact("Schema", detail.schema),
                Fact("Number", _or(event.sequence, "none: clicks are not numbered")),
                Fact("In place of", _or(event.origin, "none: it happened by itself")),
                Fact("For", _or(event.audience, "all consumers")),
                Fact("Again as", again_words(detail)),
            )
        )
        self.consumers.show_facts(
            [Fact(one.consumer, *handling_words(one, committed_at)) for one in detail.handlings]
        )
        self._offer_help(detail)
        self.payload.show_text(payload_text(detail))
        self.only_trace.setEnabled(bool(detail.trace_id))
        self.only_trace.setToolTip("" if detail.trace_id else "The event has no trace.")

    def _offer_help(self, detail: EventDetail) -> None:
        dead, parked = troubled(detail, Effect.DEAD), troubled(detail, Effect.PARKED)
        self._help = Target(Kind.DEAD_LETTERS if dead else Kind.PARKED, dead or parked)
        self.to_help.setText(f"{'Dead letters' if dead else 'Parked links'} of {self._help.name}")
        self.to_help.setVisible(bool(self._help.name) and place_for(self._help.kind) is not None)

    def _go_to_help(self) -> None:
        self.wanted.emit(self._help)

    def _ask_to_export(self) -> None:
        self.export_wanted.emit(self.event_id)

    def _ask_to_republish(self) -> None:
        self.republish_wanted.emit(self.event_id)

    def _narrow_to_link(self) -> None:
        if self.detail is not None:
            self.narrowed.emit(f"link:{self.detail.row.event.link_id}")

    def _narrow_to_trace(self) -> None:
        if self.detail is not None:
            self.narrowed.emit(f"trace:{self.detail.trace_id}")

    def _go_to_link(self) -> None:
        if self.detail is not None:
            self.wanted.emit(Target(Kind.LINK, self.detail.row.event.link_id))

    def _go_to_trace(self) -> None:
        if self.detail is not None:
            self.wanted.emit(Target(Kind.TRACE, self.detail.trace_id))

    def _ask_why(self) -> None:
        self.wanted.emit(Target(Kind.QUESTION, self.event_id))

    def _ask_why_of(self, consumer: str) -> None:
        self.wanted.emit(Target(Kind.QUESTION, f"{self.event_id} {consumer}"))

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setAccessibleName(text)
        self.said.setVisible(bool(text))


def _or(value: object, otherwise: str) -> str:
    return otherwise if value is None else str(value)
