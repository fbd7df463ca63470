"""The Events page as a test looks at it: old events to put into the outbox, and what is shown."""

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from sqlalchemy import insert

from core.events.envelope import Event
from core.operating.desk import Desk
from core.producing.tables import outbox
from gui.events.lines import Line
from gui.events.page import EventsPage
from gui.main_window import MainWindow
from gui.pages import PAGES
from tests.support.events import AT, clicked, created, make_event

Soon = Callable[[Callable[[], object]], None]
EVENTS = [place.title for place in PAGES].index("Events")
#: Of old events, whose positions the relay has nothing to do with.
OLD_PARTITION = 900


def look(frame: MainWindow, soon: Soon) -> EventsPage:
    """Go to the page, and wait until it has read."""
    frame.go(EVENTS)
    made = frame.pages.looked_at
    assert isinstance(made, EventsPage)
    # Nothing is put above a row that somebody points at.
    QCursor.setPos(frame.mapToGlobal(QPoint(3, 3)))
    soon(lambda: made.reader.has_begun)
    return made


def commit_old(desk: Desk, count: int, *, after: int = 0) -> list[Event]:
    """Put published events into the outbox, a second apart, each tenth a creation."""
    events = [
        make_event(
            clicked(f"link-{number}") if number % 10 else created(f"link-{number}"),
            number,
            partition=OLD_PARTITION,
            at=AT + number,
        )
        for number in range(after + 1, after + count + 1)
    ]
    rows = [{**msgspec.structs.asdict(event), "published_at": AT} for event in events]
    with desk._installation.links.transaction() as db:
        db.execute(insert(outbox), rows)
    return events


def shown(page: EventsPage) -> list[str]:
    """Give the ids of the events in the table, from the top."""
    return [line.event_id for line in page.table.rows.rows]


def press(widget: Any, key: str) -> None:
    """Press keys."""
    QTest.keyClicks(widget, key)


def is_looked_at(page: EventsPage, event: Event) -> bool:
    """Whether this event's row is the current one."""
    line = page.table.current_row
    return line is not None and line.event_id == event.event_id


def top_row(page: EventsPage) -> int:
    """Give the number of the row at the upper end of what is in sight."""
    row: int = page.table.rows.rows[page.table.rowAt(0)].row
    return row


def line(row: int) -> Line:
    """Give the line of an event that has this number in the outbox."""
    return Line(row, f"e{row}", "LinkCreated.v1", "now", "0/1", "s", "created", is_published=True)
