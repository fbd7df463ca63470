"""What the Events page asks the desk; each question is bounded, and may be stopped. Runs in other threads. No Qt here."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.broker.stream_look import Copy
from core.operating.desk import Desk
from core.operating.events.browser import EventBrowser
from core.operating.events.pages import EventFilter, EventPage
from core.operating.events.places import EventRow
from core.operating.events.tail import LiveTail
from gui.events.lines import Line, line_of
from gui.events.wanted import Wanted
from gui.events.window import MOST, Piece

#: Events read at once.
COUNT = 200
#: Events read above the one that is gone to.
_ABOVE = 60
#: Events looked at in one question: a fraction of a second, after which the page tells how far it has come.
LOOK_AT_ONCE = 20_000
#: New lines that are in sight at once on most screens.
_IN_SIGHT = 40


@dataclass(frozen=True, slots=True)
class Begun:
    """A first piece, and the tail that goes on from when it was read."""

    wanted: Wanted
    filter: EventFilter
    tail: LiveTail
    older: Piece
    #: What is above `row`; None = nothing is, `older` begins with the newest.
    newer: Piece | None = None
    #: The row that was gone to.
    row: int | None = None


@dataclass(frozen=True, slots=True)
class More:
    """A further piece."""

    piece: Piece
    to_newer: bool


@dataclass(frozen=True, slots=True)
class News:
    """What has come since the last question."""

    #: The newest ones that fit the filter.
    lines: tuple[Line, ...]
    #: How many have come that fit: more than these where some were passed by.
    count: int
    #: Whether there may be still more.
    is_least: bool
    #: Lines whose events have been published since.
    published: tuple[Line, ...]


def begin(wanted: Wanted, stop: threading.Event, desk: Desk) -> Begun:
    """Read the newest events.

    Raises:
        InvalidInput, NotFound: these can't be wanted.
        StoreUnavailable: the outbox can't be read now.
    """
    browser = desk.reading_room.events
    chosen, newest, tail = _open_tail(browser, wanted)
    page = browser.pages.older(chosen, before=newest + 1, count=COUNT, look_at=LOOK_AT_ONCE, stop=stop)
    return Begun(wanted, chosen, tail, _piece_of(page, wanted.text))


def land(wanted: Wanted, to: str, stop: threading.Event, desk: Desk) -> Begun:
    """Read what is around an event, named by a time, a place or an id.

    Raises:
        InvalidInput, NotFound: there is no such event, or these can't be wanted.
        StoreUnavailable: the outbox can't be read now.
    """
    browser = desk.reading_room.events
    row = browser.jump(to)
    chosen, _, tail = _open_tail(browser, wanted)
    pages = browser.pages
    older = pages.older(chosen, before=row + 1, count=COUNT, look_at=LOOK_AT_ONCE, stop=stop)
    newer = pages.newer(chosen, after=row, count=_ABOVE, look_at=LOOK_AT_ONCE, stop=stop)
    text = wanted.text
    return Begun(wanted, chosen, tail, _piece_of(older, text), _piece_of(newer, text), row)


def go_on(
    chosen: EventFilter, at: int | None, count: int, stop: threading.Event, desk: Desk, *, to_newer: bool
) -> More:
    """Read the next piece in one direction.

    Raises:
        StoreUnavailable: the outbox can't be read now.
    """
    pages = desk.reading_room.events.pages
    if to_newer:
        page = pages.newer(chosen, after=at or 0, count=count, look_at=LOOK_AT_ONCE, stop=stop)
    else:
        page = pages.older(chosen, before=at, count=count, look_at=LOOK_AT_ONCE, stop=stop)
    return More(_piece_of(page, chosen.text), to_newer)


def news(tail: LiveTail, text: str, unpublished: Sequence[int], desk: Desk) -> News:
    """Read what is new, for which this text was looked for, and which of these rows are published by now.

    The broker is asked for its copies of what will be in sight, so that it is painted once and not again for their answer.

    Raises:
        StoreUnavailable: the outbox can't be read now.
    """
    fresh, browser = tail.look(), desk.reading_room.events
    again = [row for row in browser.pages.rows(unpublished, EventFilter()) if row.published_at is not None]
    seen = [row for row in (*fresh.rows[:_IN_SIGHT], *again[:_IN_SIGHT]) if row.published_at is not None]
    held = browser.copies(seen) if seen else {}
    lines = tuple(replace(line, copy=held.get(line.row)) for line in _lines(fresh.rows[:MOST], text))
    published = tuple(replace(line, copy=held.get(line.row)) for line in _lines(again, text))
    count = len(fresh.rows) + 1 if fresh.fitting is None else fresh.fitting
    return News(lines, count, fresh.fitting is None, published)


def copies(rows: Sequence[int], desk: Desk) -> dict[int, Copy]:
    """Ask the broker for its copies of these rows.

    Raises:
        StoreUnavailable: the outbox can't be read now.
    """
    browser = desk.reading_room.events
    return browser.copies(browser.pages.rows(rows, EventFilter()))


def _piece_of(page: EventPage, text: str) -> Piece:
    return Piece(_lines(page.rows, text), page.goes_on_at, page.is_end, page.looked_at, page.reached)


def _open_tail(browser: EventBrowser, wanted: Wanted) -> tuple[EventFilter, int, LiveTail]:
    # The tail begins before anything is read, so that nothing falls between them.
    chosen, newest = wanted.filter(browser), browser.pages.newest_row()
    return chosen, newest, browser.tail(chosen, after=newest)


def _lines(rows: Sequence[EventRow], text: str) -> tuple[Line, ...]:
    return tuple(line_of(row, text) for row in rows)
