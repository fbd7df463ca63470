"""Traces: from a link, slug, event id or trace id to one time line of all that became of it. Reads only, through indexes."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select

from core.broker.stream_look import InFlight
from core.consuming.controls import Controls
from core.consuming.standstill import standstill
from core.errors import BrokerUnavailable, NotFound
from core.events.tracing import trace_id
from core.operating.dead_letters.effects import Effect
from core.operating.events.handlings import Handling, read_handlings
from core.operating.events.pages import EventFilter, EventPages
from core.operating.events.places import EventPlaces, EventRow
from core.operating.installation import Installation
from core.operating.looking import open_look
from core.operating.open_books import OpenBooks
from core.operating.places import Place
from core.operating.traces.attempts import attempts_of
from core.operating.traces.effects import QR, WEBHOOK, deliveries_of, drawn_at
from core.operating.traces.steps import steps_of
from core.operating.traces.trace import PRODUCER, RELAY, Trace, TracedEvent
from core.producing.link_list import LinkList
from core.producing.tables import outbox

#: Events that one trace shows at most; a link may have a million clicks.
MOST_EVENTS = 200
#: The broker is asked for so many events who has been given them.
_MOST_IN_FLIGHT = 20
_TRACE = re.compile(r"[0-9a-fA-F]{32}")


class Traces:
    """The traces of one installation. Methods may block, and may be called from any thread."""

    def __init__(self, installation: Installation, books: OpenBooks) -> None:
        self._installation = installation
        self._links = LinkList(installation.links, installation.settings.short_base)
        self._pages = EventPages(installation.links)
        self._places = EventPlaces(installation.links)
        self._control = installation.control
        self._controls = Controls(installation.control)
        self._books = books

    def follow(self, name: str, *, most: int = MOST_EVENTS) -> Trace:
        """Give what became of a link (by slug or id), of an event and all of its trace, or of a trace.

        Raises:
            NotFound: nothing is called so; retention may have removed it.
            StoreUnavailable: the outbox can't be read now.
        """
        name = name.strip()
        subject, rows, left_out = self._find(name, most)
        now, consumers = time.time(), self._controls.registered()
        return Trace(
            name=name,
            subject=subject,
            link_ids=tuple(dict.fromkeys(row.event.link_id for row in rows)),
            trace_ids=tuple(dict.fromkeys(trace_id(row.event.traceparent) for row in rows)),
            lanes=(PRODUCER, RELAY, *consumers),
            events=self._events(rows, consumers, now),
            left_out=left_out,
            taken_at=now,
        )

    def _find(self, name: str, most: int) -> tuple[str, Sequence[EventRow], int]:
        """Find what a name is of, its events in the order of the outbox, and how many more there are."""
        if _TRACE.fullmatch(name):
            found, left_out = self._newest(EventFilter(trace_id=name.lower()), most)
            if found:
                return "trace", found, left_out
        row = self._places.row_of(name)
        if row is not None:
            trace = trace_id(row.event.traceparent)
            found, left_out = self._newest(EventFilter(trace_id=trace), most) if trace else ((), 0)
            return "event", found or (row,), left_out
        try:
            link = self._links.one(name)
        except NotFound:
            text = f"No link, event or trace is called {name[:80]!r}: there never was one, or retention has removed it."
            raise NotFound(text) from None
        return "link", *self._newest(EventFilter(link_id=link.link_id), most)

    def _newest(self, wanted: EventFilter, most: int) -> tuple[Sequence[EventRow], int]:
        """Read the first and the newest events, oldest first, and count those between them."""
        page = self._pages.older(wanted, count=most)
        rows = page.rows[::-1]
        if page.is_end:
            return rows, 0
        (first,) = self._pages.newer(wanted, after=0, count=1).rows
        between = self._count_before(wanted, rows[0].row) - 1
        return ((first, *rows), between) if first.row != rows[0].row else (rows, 0)

    def _count_before(self, wanted: EventFilter, row: int) -> int:
        statement = select(func.count()).where(outbox.c.id < row, *wanted.indexed())
        with self._installation.links.reading() as db:
            return db.scalar(statement) or 0

    def _events(
        self, rows: Sequence[EventRow], consumers: Sequence[str], now: float
    ) -> tuple[TracedEvent, ...]:
        places = {row.row: (row.event.partition, row.event.position) for row in rows}
        # Events without a position yet share none, and wait everywhere.
        given = {place for place in places.values() if place[1]}
        handlings = read_handlings(self._books, consumers, given)
        attempts = attempts_of(self._books, consumers, given)
        deliveries = deliveries_of(self._books, [row.event.event_id for row in rows])
        created = {row.event.link_id for row in rows if _is_creation(row)}
        drawn = drawn_at(self._books, created)
        flights = self._in_flight(handlings)
        still = self._still(now)
        nothing = tuple(Handling(consumer, Effect.WAITING) for consumer in consumers)
        events = []
        for row in rows:
            event, place = row.event, places[row.row]
            handled = handlings.get(place, nothing)
            steps = steps_of(
                row,
                handled,
                now=now,
                deliveries={WEBHOOK: deliveries.get(event.event_id, ())},
                drawn_at={QR: drawn[event.link_id]} if _is_creation(row) and event.link_id in drawn else {},
                in_flight={one.group: one for one in flights.get(place, ())},
                still=still,
                attempts={name: made[place] for name, made in attempts.items() if place in made},
            )
            events.append(TracedEvent(row, handled, steps))
        return tuple(events)

    def _still(self, now: float) -> dict[str, str]:
        """Say why consumers stand still, by their names; those that go on are left out."""
        why = standstill(self._control)
        if why is not None:
            return dict.fromkeys(self._controls.registered(), f"while all consumers stand still: {why}")
        return {
            name: f"while paused by {wanted.changed_by}, {_until(wanted.paused_until)}"
            for name, wanted in self._controls.wanted().items()
            if wanted.is_paused(now)
        }

    def _in_flight(self, handlings: dict[Place, tuple[Handling, ...]]) -> dict[Place, list[InFlight]]:
        """Ask the broker for the events that somebody waits for; a broker that is away knows of none."""
        waiting = [
            place
            for place, handled in handlings.items()
            if any(one.effect is Effect.WAITING for one in handled)
        ]
        if not waiting:
            return {}
        try:
            with open_look(self._installation) as look:
                return look.in_flight(waiting[-_MOST_IN_FLIGHT:])
        except BrokerUnavailable:
            return {}


def _until(at: float | None) -> str:
    return (
        "until it is resumed"
        if at is None
        else f"until {datetime.fromtimestamp(at, UTC).astimezone():%H:%M:%S}"
    )


def _is_creation(row: EventRow) -> bool:
    return row.event.sequence == 1 and row.event.origin is None
