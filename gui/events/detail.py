"""All of one event: its attributes, what the broker and each consumer have of it, and its data, to be read and copied."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.operating.dead_letters.effects import Effect
from core.operating.desk import Desk
from core.operating.events.browser import EventDetail
from gui.events.detail_texts import (
    copy_words,
    handling_words,
    object_text,
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
from gui.parts.controls import OutcomeButton, button
from gui.parts.facts import Fact, Facts
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
        self.consumers = Facts("What the consumers have of it")
        self.payload = PayloadView(tools.theme)
        self.said = label("", words(12), "muted")
        self.said.setWordWrap(True)
        self._make_buttons(tools)
        self._lay_out()

    def _make_buttons(self, tools: Tools) -> None:
        theme = tools.theme
        self.copy_id = OutcomeButton(theme, "Id", "copy", "Copy the event's id")
        self.copy_payload = OutcomeButton(theme, "Payload", "copy", "Copy the payload")
        self.copy_json = OutcomeButton(theme, "JSON", "copy", "Copy the event as JSON (c)")
        self.copy_id.clicked.connect(self._copy_id)
        self.copy_payload.clicked.connect(self._copy_payload)
        self.copy_json.clicked.connect(self.copy_object)
        self.only_link = button(theme, "Its link", "list-filter", name="Show only events of this link")
        self.only_trace = button(theme, "Its trace", "list-filter", name="Show only events of this trace")
        self.only_link.clicked.connect(self._narrow_to_link)
        self.only_trace.clicked.connect(self._narrow_to_trace)
        self.to_link = button(theme, "Open link", "link", name="Open the link of this event")
        self.to_trace = button(theme, "Open trace", "route", name="Open the trace of this event")
        self.to_why = button(theme, "Why?", "circle-question-mark", name="Ask why this event had no effect")
        self.to_why.clicked.connect(self._ask_why)
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
        layout.addLayout(_row(self.copy_id, self.copy_payload, self.copy_json))
        layout.addWidget(self.facts)
        layout.addLayout(_row(self.only_link, self.only_trace))
        layout.addLayout(_row(self.to_link, self.to_trace, self.to_why))
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

    def copy_object(self) -> None:
        """Put all of the event into the clipboard, as JSON."""
        if self.detail is not None:
            _copy(self.copy_json, object_text(self.detail))

    def _take(self, detail: EventDetail) -> None:
        self.detail = detail
        self._say("", "muted")
        self._show(detail)

    def _fail(self, error: BaseException) -> None:
        """What was read stays to be read."""
        self._say(one_line(str(error)), "bad")

    def _show(self, detail: EventDetail) -> None:
        row, event = detail.row, detail.row.event
        copy, schema = copy_words(detail.copy), schema_words(detail)
        self.facts.show_facts(
            (
                Fact("Committed", exact(event.committed_at)),
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
                Fact("Replaced by", ", ".join(one.event.event_id for one in detail.replacements) or "none"),
            )
        )
        self.consumers.show_facts(
            [Fact(one.consumer, *handling_words(one, event.committed_at)) for one in detail.handlings]
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

    def _copy_id(self) -> None:
        _copy(self.copy_id, self.event_id)

    def _copy_payload(self) -> None:
        if self.detail is not None:
            _copy(self.copy_payload, self.detail.row.event.data_json.decode("utf-8", "replace"))

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

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setAccessibleName(text)
        self.said.setVisible(bool(text))


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _copy(shown: OutcomeButton, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    shown.show_outcome("Copied")


def _or(value: object, otherwise: str) -> str:
    return otherwise if value is None else str(value)
