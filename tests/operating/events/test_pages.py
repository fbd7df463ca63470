"""Pages of events: each event once, newest first, by any filter; what is looked through says how far, and can be stopped."""

import threading

import pytest
from sqlalchemy import delete, insert, text

from core.events.tracing import trace_id
from core.operating.events import pages as event_pages
from core.operating.events import tail as event_tail
from core.operating.events.pages import EventFilter, EventPage, EventPages
from core.operating.events.places import EventPlaces, EventRow
from core.operating.events.tail import LiveTail
from core.producing.tables import outbox
from tests.support.links import LinkSide, give_positions, rows

EVERYTHING = EventFilter()


def fill(side: LinkSide, count: int = 6) -> None:
    """Create links, and click on the first of them after each."""
    for number in range(count):
        side.producer.create_link(
            f"https://example.com/{number}", by="ann", slug=f"link-{number}", title="Café"
        )
        side.producer.click("link-0")
    give_positions(side.outbox)


def all_rows(side: LinkSide) -> list[int]:
    return sorted((row["id"] for row in rows(side, outbox)), reverse=True)


def numbers(found: EventPage | tuple[EventRow, ...]) -> list[int]:
    return [row.row for row in (found.rows if isinstance(found, EventPage) else found)]


def walk(pages: EventPages, wanted: EventFilter, *, count: int) -> list[EventPage]:
    """Read page after page, to the end."""
    found = [pages.older(wanted, count=count)]
    while not found[-1].is_end:
        found.append(pages.older(wanted, before=found[-1].goes_on_at, count=count))
    return found


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (EVERYTHING, 12),
        (EventFilter(types=("LinkCreated.v1",)), 6),
        (EventFilter(types=("LinkCreated.v1", "LinkClicked.v1")), 12),
        (EventFilter(types=("LinkArchived.v1",)), 0),
        (EventFilter(text="EXAMPLE.COM/3"), 1),
        (EventFilter(text="100% sure_"), 0),
        (EventFilter(types=("LinkCreated.v1",), text="link-"), 6),
    ],
)
def test_pages_follow_each_other_without_holes_and_repetitions(
    link_side: LinkSide, monkeypatch: pytest.MonkeyPatch, wanted: EventFilter, count: int
) -> None:
    fill(link_side)
    monkeypatch.setattr(event_pages, "_PORTION", 3)
    pages = EventPages(link_side.database)
    at_once = numbers(pages.older(wanted, count=100))

    one_by_one = walk(pages, wanted, count=2)

    assert [number for page in one_by_one for number in numbers(page)] == at_once
    assert at_once == sorted(at_once, reverse=True)
    assert len(at_once) == count
    if wanted.needs_looking:
        assert sum(page.looked_at for page in one_by_one) == 12


def test_events_of_a_link_and_of_a_trace_are_found_without_looking_at_others(link_side: LinkSide) -> None:
    fill(link_side)
    pages = EventPages(link_side.database)
    newest = pages.older(EVERYTHING, count=1).rows[0].event

    of_link = pages.older(EventFilter(link_id=newest.link_id))
    of_trace = pages.older(EventFilter(trace_id=trace_id(newest.traceparent)))

    assert len(of_link.rows) == of_link.looked_at == 7
    assert {row.event.link_id for row in of_link.rows} == {newest.link_id}
    assert [row.event for row in of_trace.rows] == [newest]
    with link_side.database.reading() as db:
        statement = (
            "EXPLAIN QUERY PLAN SELECT * FROM outbox WHERE substr(traceparent, 4, 32) = 'x' ORDER BY id"
        )
        assert "outbox_by_trace" in str(db.execute(text(statement)).all())


def test_a_page_says_how_far_it_has_looked_and_the_next_goes_on_there(
    link_side: LinkSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(link_side)
    monkeypatch.setattr(event_pages, "_PORTION", 2)
    pages, places = EventPages(link_side.database), EventPlaces(link_side.database)
    wanted = EventFilter(text="example.com/0")

    first = pages.older(wanted, look_at=4)
    rest = pages.older(wanted, before=first.goes_on_at)

    assert (first.rows, first.looked_at, first.is_end) == ((), 4, False)
    assert first.goes_on_at == all_rows(link_side)[3]
    assert first.reached is not None
    assert places.row_at_time(first.reached) == first.goes_on_at
    assert (len(rest.rows), rest.looked_at, rest.is_end) == (1, 8, True)


def test_looking_stops_when_it_is_told_to_and_forgets_nothing(link_side: LinkSide) -> None:
    fill(link_side)
    pages, stop = EventPages(link_side.database), threading.Event()
    stop.set()

    stopped = pages.older(EventFilter(text="link"), stop=stop)

    assert (stopped.rows, stopped.looked_at, stopped.is_end) == ((), 0, False)
    assert len(pages.older(EventFilter(text="link"), before=stopped.goes_on_at).rows) == 12


@pytest.mark.parametrize("wanted", [EVERYTHING, EventFilter(types=("LinkClicked.v1",))])
def test_newer_pages_are_those_nearest_to_a_row(link_side: LinkSide, wanted: EventFilter) -> None:
    fill(link_side)
    pages = EventPages(link_side.database)
    everything = numbers(pages.older(wanted, count=100))
    oldest = everything[-1]

    first = pages.newer(wanted, after=oldest, count=3)
    assert first.goes_on_at is not None
    rest = pages.newer(wanted, after=first.goes_on_at, count=100)

    assert numbers(first) == everything[-4:-1]
    assert numbers(rest) + numbers(first) == everything[:-1]
    assert (first.is_end, rest.is_end) == (False, True)


def test_events_are_found_by_id_and_by_place(link_side: LinkSide) -> None:
    fill(link_side, 1)
    places = EventPlaces(link_side.database)
    row = EventPages(link_side.database).older(EVERYTHING, count=1).rows[0]

    assert places.row_of(row.event.event_id) == row
    assert places.row_at(row.event.partition, row.event.position) == row
    assert places.row_of("no-such-event") is None
    assert places.row_at(row.event.partition, 99) is None


def test_a_time_is_found_between_rows_that_are_not_there(link_side: LinkSide) -> None:
    places = EventPlaces(link_side.database)
    assert places.row_at_time(0) is None
    fill(link_side)
    everything = EventPages(link_side.database).older(EVERYTHING, count=100).rows
    with link_side.database.transaction() as db:
        db.execute(delete(outbox).where(outbox.c.id.in_([row.row for row in everything[3:7]])))
        # One that was published again has the time of its original.
        again = {**rows(link_side, outbox)[0], "id": everything[4].row, "event_id": "again", "position": None}
        db.execute(insert(outbox).values({**again, "origin": everything[-1].event.event_id}))

    assert places.row_at_time(everything[7].event.committed_at) == everything[7].row
    assert places.row_at_time(everything[6].event.committed_at) == everything[2].row
    assert places.row_at_time(0) == everything[-1].row
    assert places.row_at_time(everything[0].event.committed_at + 1) is None


# The live tail


def test_a_tail_gives_each_new_event_once(link_side: LinkSide) -> None:
    fill(link_side, 2)
    pages = EventPages(link_side.database)
    tail = LiveTail(pages, EventFilter(types=("LinkCreated.v1",)))

    before = tail.look()
    fill_more(link_side, "later")
    first, second = tail.look(), tail.look()

    assert (before.rows, before.new) == ((), 0)
    assert [row.event.type for row in first.rows] == ["LinkCreated.v1"]
    assert (first.new, first.is_cut) == (2, False)
    assert (second.rows, second.new) == ((), 0)


def test_a_tail_can_begin_behind_an_old_row(link_side: LinkSide) -> None:
    fill(link_side)
    everything = all_rows(link_side)

    tail = LiveTail(EventPages(link_side.database), EVERYTHING, after=everything[5])

    assert numbers(tail.look().rows) == everything[:5]
    assert tail.look().new == 0


def test_a_tail_misses_no_event_whose_row_is_older_than_what_was_seen(link_side: LinkSide) -> None:
    fill(link_side)
    late = rows(link_side, outbox)[-2]
    with link_side.database.transaction() as db:
        db.execute(delete(outbox).where(outbox.c.id == late["id"]))
    tail = LiveTail(EventPages(link_side.database), EVERYTHING)
    with link_side.database.transaction() as db:
        db.execute(insert(outbox).values(late))

    assert numbers(tail.look().rows) == [late["id"]]
    assert tail.look().new == 0


def test_a_tail_that_is_overrun_says_so_and_gives_the_newest(
    link_side: LinkSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = LiveTail(EventPages(link_side.database), EVERYTHING)
    monkeypatch.setattr(event_tail, "MOST_AT_ONCE", 3)
    fill(link_side)

    fresh = tail.look()

    assert numbers(fresh.rows) == all_rows(link_side)[:3]
    assert fresh.is_cut
    assert fresh.new == fresh.fitting == len(all_rows(link_side))
    assert tail.look().new == 0


def fill_more(side: LinkSide, slug: str) -> None:
    side.producer.create_link("https://example.com/", by="ann", slug=slug)
    side.producer.click(slug)


# The same on PostgreSQL


def test_filters_and_tail_work_on_postgresql(pg_side: LinkSide) -> None:
    pages = EventPages(pg_side.database)
    tail = LiveTail(pages, EventFilter(text="LINK-1"))
    fill(pg_side, 3)
    newest = pages.older(EVERYTHING, count=1).rows[0]

    def find(wanted: EventFilter) -> int:
        return len(pages.older(wanted).rows)

    assert find(EVERYTHING) == 6
    assert find(EventFilter(text="https://EXAMPLE.com/1")) == 1
    assert find(EventFilter(text="Café")) == 3
    assert find(EventFilter(types=("LinkCreated.v1",))) == 3
    assert find(EventFilter(trace_id=trace_id(newest.event.traceparent))) == 1
    assert len(tail.look().rows) == 1
    assert EventPlaces(pg_side.database).row_at_time(newest.event.committed_at) == newest.row
