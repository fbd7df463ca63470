"""The Trace page through the real window: what is pasted becomes a time line that goes on while somebody waits."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from core.consuming.faults import FaultKind, Figures
from core.operating.dead_letters.rows import Selection
from core.operating.desk import Desk
from core.operating.traces.trace import StepKind
from gui.main_window import MainWindow
from gui.pages import PAGES, place_for
from gui.targets import Kind, Target
from gui.trace.page import TracePage
from gui.trace.rows import StepRow
from gui.trace.time_scale import Axis
from tests.support.burying import store_of
from tests.support.links import give_positions

Soon = Callable[[Callable[[], object]], None]
TRACE = [place.title for place in PAGES].index("Trace")


def _looked_at(window: MainWindow) -> TracePage:
    window.go(TRACE)
    shown = window.pages.looked_at
    assert isinstance(shown, TracePage)
    QAbstractItemModelTester(shown.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal, shown)
    return shown


@pytest.fixture
def page(frame: MainWindow) -> TracePage:
    """Give the page, looked at, with a worker behind it."""
    return _looked_at(frame)


@pytest.fixture
def still(light_frame: MainWindow) -> TracePage:
    """Give the page, looked at, where nobody relays or consumes."""
    return _looked_at(light_frame)


def _seen(page: TracePage) -> float:
    """Give how much of the whole time is seen."""
    return page.chart.scale.high - page.chart.scale.low


def _turn_wheel(page: TracePage, place: QPoint, modifier: Qt.KeyboardModifier) -> None:
    """Turn the wheel one step away from oneself."""
    viewport = page.chart.viewport()
    turned = QWheelEvent(
        QPointF(place),
        QPointF(viewport.mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, turned)


def _row(page: TracePage, lane: str, kind: StepKind, event_id: str = "") -> StepRow | None:
    return next(
        (
            row
            for row in page.table.rows.rows
            if (row.step.lane, row.step.kind) == (lane, kind) and row.step.event_id.startswith(event_id)
        ),
        None,
    )


def _pause(desk: Desk, name: str, soon: Soon) -> None:
    """Pause a consumer, and wait until its worker has obeyed."""
    desk.pause(name, why="a look")

    def is_obeyed() -> bool:
        seen = desk.snapshot
        return seen is not None and {one.name: one.state for one in seen.consumers}[name] == "paused"

    soon(is_obeyed)


def _tap(page: TracePage, row: StepRow) -> None:
    place = page.chart.place_of(row.key)
    assert place is not None
    QTest.mouseClick(page.chart.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_wait_is_hatched_until_its_consumer_goes_on_and_then_all_is_over(
    page: TracePage, desk: Desk, soon: Soon
) -> None:
    _pause(desk, "billing", soon)
    made = desk.create_link("https://example.com/", slug="abc")

    QTest.keyClicks(page.bar.field, f"{desk.settings.short_base}/abc/")
    QTest.keyClick(page.bar.field, Qt.Key.Key_Return)

    soon(lambda: _row(page, "qr", StepKind.APPLIED) and _row(page, "analytics", StepKind.APPLIED))
    waits = _row(page, "billing", StepKind.WAIT)
    assert waits is not None
    assert waits.step.is_open
    assert page.head.badge.word == "not over"
    assert page.summary.whole == "link abc: 1 event, 1 trace"
    assert page.table.hasFocus()
    lanes = [lane.name for lane in page.chart.bands[0].lanes]
    assert lanes == ["producer", "relay", "analytics", "qr", "billing", "webhook", "dashboard"]

    _tap(page, waits)
    assert page.table.current_row.key == waits.key
    assert "billing: waits while it is paused by " in page.card.sentence.text()
    asked: list[Target] = []
    page.wanted.connect(asked.append)
    page.card.why.click()
    assert asked == [Target(Kind.QUESTION, f"{made.event_id} billing")]
    _looked_at(page.window())  # type: ignore[arg-type]

    desk.resume("billing")
    soon(lambda: _row(page, "billing", StepKind.APPLIED))
    soon(lambda: page.head.badge.word.startswith("over within"))
    assert page.table.current_row.key == waits.key
    assert not any(row.step.is_open for row in page.table.rows.rows)


def test_past_attempts_stay_in_the_lane_of_what_was_applied_at_last(
    page: TracePage, desk: Desk, soon: Soon
) -> None:
    _pause(desk, "billing", soon)
    desk.faults.set("billing", FaultKind.FAIL, Figures(next=3, transient=True), by="ben", why="drill")
    made = desk.create_link("https://example.com/", slug="abc")
    desk.resume("billing")

    page.go_to(Target(Kind.EVENT, made.event_id))
    soon(lambda: _row(page, "billing", StepKind.APPLIED))
    soon(lambda: page.head.badge.word.startswith("over within"))

    lane = next(lane for lane in page.chart.bands[0].lanes if lane.name == "billing")
    assert [row.words for row in lane.rows if row.since_s][-7:] == [
        "attempt 1 failed",
        "waits for attempt 2",
        "attempt 2 failed",
        "waits for attempt 3",
        "attempt 3 failed",
        "waits for attempt 4",
        "applied",
    ]
    assert lane.words.startswith("applied +")
    assert lane.rows[-1].sentence.endswith(": after 3 failed attempts")
    page.chart.zoom(6, page.chart.scale.part(lane.rows[-3].since_s or 0.0))
    _tap(page, lane.rows[-3])
    assert page.table.current_row.key == lane.rows[-3].key
    assert "billing: attempt 3 failed, " in page.card.sentence.text()
    assert "set by ben, wants this to fail" in page.card.sentence.text()


def test_what_stands_for_several_attempts_lies_between_those_that_are_on_record(
    still: TracePage, attached: Desk, soon: Soon
) -> None:
    page = still
    attached.create_link("https://example.com/", slug="abc")
    outbox = attached._installation.outbox
    give_positions(outbox)
    (event,) = (
        one for number in range(outbox.partition_count) for one in outbox.read(number, after=0, limit=1)
    )
    store = store_of(attached.settings.data_dir, "billing")
    begun = event.committed_at
    store.park(event, parked_at=begun + 1)
    store.reached(event.partition, event.position)
    store.failed(event, {1: begun + 1, 40: begun + 5, 41: begun + 20})
    store.database.close()

    page.follow("abc")
    soon(lambda: page.chart.bands)

    lane = next(lane for lane in page.chart.bands[0].lanes if lane.name == "billing")
    failed = [row for row in lane.rows if row.step.kind is StepKind.FAILED]
    assert [row.words for row in failed] == [
        "attempt 1 failed",
        "failed",
        "attempt 40 failed",
        "attempt 41 failed",
    ]
    single = [row for row in failed if row.step.attempt]
    for row in single:
        _tap(page, row)
        assert page.table.current_row.key == row.key
    first, last = (page.chart.place_of(row.key) for row in single[:2])
    assert first is not None
    assert last is not None
    told = page.chart.told_at(QPointF(first + last) / 2)
    assert told.endswith("attempts 2 to 39, which are not on record one by one")


def test_what_was_published_in_the_place_of_a_dead_letter_leads_back_to_it(
    page: TracePage, desk: Desk, soon: Soon
) -> None:
    _pause(desk, "analytics", soon)
    made = desk.create_link("https://example.com/", slug="abc")
    desk.faults.set("analytics", FaultKind.FAIL_LINK, Figures(link="abc"), by="ben", why="drill")
    desk.resume("analytics")
    page.go_to(Target(Kind.EVENT, made.event_id))
    soon(lambda: _row(page, "analytics", StepKind.DEAD))
    assert page.head.badge.word == "1 effect dead or given up"
    page.follow(made.trace_id)
    soon(lambda: page.table.current_row and page.table.current_row.step.kind is StepKind.DEAD)
    page.go_to(Target(Kind.EVENT, made.event_id))

    desk.faults.clear(by="ben")
    (letter,) = desk.dead_letters.find(Selection(consumer="analytics"))
    again, _asked = desk.dead_letters.edit(letter, letter.event.data_json, why="mended", by="ben")

    soon(lambda: _row(page, "analytics", StepKind.APPLIED, again))
    soon(lambda: _row(page, "analytics", StepKind.DISCARDED))
    discarded = _row(page, "analytics", StepKind.DISCARDED)
    assert discarded is not None
    assert again in discarded.sentence
    soon(lambda: page.head.badge.word.startswith("over within"))
    assert [band.origin for band in page.chart.bands] == [None, 0]
    assert "for analytics alone" in page.chart.bands[1].note

    applied = _row(page, "analytics", StepKind.APPLIED, again)
    assert applied is not None
    page.table.select(applied.key)
    page.card.origin.click()
    assert page.table.current_row.step.event_id == made.event_id
    assert page.card.origin.isHidden()
    page.card.link.click()
    soon(lambda: page.summary.whole.startswith("link "))


def test_the_time_can_be_looked_at_closely_and_told_by_the_clock(
    still: TracePage, attached: Desk, soon: Soon
) -> None:
    page = still
    attached.create_link("https://example.com/", slug="abc")
    attached.edit_link("abc", title="Other")
    page.follow("abc")
    soon(lambda: len(page.chart.bands) == 2)
    relay = _row(page, "relay", StepKind.WAIT)
    assert relay is not None
    assert relay.step.is_open
    assert not page.bar.fit.isEnabled()
    assert page.bar.fit.toolTip() == "All of the time is shown"

    QTest.keyClicks(page.table, "++-")
    assert page.bar.fit.isEnabled()
    assert _seen(page) < 1
    QTest.keyClick(page.table, Qt.Key.Key_Escape)
    assert _seen(page) == 1
    QTest.keyClicks(page.table, "tt")
    assert page.chart.axis is Axis.CLOCK
    assert page.bar.axis.currentText() == Axis.CLOCK.value
    page.bar.closer.click()
    QTest.keyClicks(page.table, "f")
    assert _seen(page) == 1

    places = [page.chart.place_of(band.lanes[0].rows[0].key) for band in page.chart.bands]
    assert all(place is not None for place in places)
    first, second = (place.x() for place in places if place is not None)
    assert first <= second
    grown = page.chart.scale.whole_s
    soon(lambda: page.chart.scale.whole_s > grown)


def test_the_wheel_zooms_where_the_pointer_is_and_dragging_moves_along_the_time(
    still: TracePage, attached: Desk, soon: Soon
) -> None:
    page = still
    attached.create_link("https://example.com/", slug="abc")
    page.follow("abc")
    soon(lambda: page.chart.bands)
    middle = QPoint(300, 60)
    under = page.chart.scale.seconds((300 - page.chart.view().left) / page.chart.view().width)
    _turn_wheel(page, middle, Qt.KeyboardModifier.ControlModifier)
    assert _seen(page) < 1
    after = page.chart.scale.seconds((300 - page.chart.view().left) / page.chart.view().width)
    assert after == pytest.approx(under)
    begun = page.chart.scale.low
    viewport = page.chart.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(viewport, QPoint(260, 60))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(260, 60))
    assert page.chart.scale.low > begun


def test_a_screen_reader_hears_every_step_and_the_pointer_is_told_what_is_under_it(
    still: TracePage, attached: Desk, soon: Soon
) -> None:
    page = still
    made = attached.create_link("https://example.com/", slug="abc")
    assert place_for(Kind.TRACE) == TRACE
    page.go_to(Target(Kind.TRACE, made.trace_id))
    soon(lambda: page.table.rows.rows)
    committed = _row(page, "producer", StepKind.COMMITTED)
    assert committed is not None

    chart = QAccessible.queryAccessibleInterface(page.chart)
    assert chart.text(QAccessible.Text.Name) == "Time line"
    assert "1 event, 1 trace; not over" in chart.text(QAccessible.Text.Description)
    spoken = page.table.rows.index(0, 2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == committed.sentence
    place = page.chart.place_of(committed.key)
    assert place is not None
    assert page.chart.told_at(QPointF(place)) == committed.sentence
    assert page.chart.told_at(QPointF(4, place.y())).startswith("producer: committed")
    assert page.chart.told_at(QPointF(place.x(), place.y() - 22)).startswith("LinkCreated of abc")
    assert page.chart.told_at(QPointF(4, 4)) == ""


def test_what_is_called_nothing_is_said_once_and_the_next_name_is_typed_in_peace(
    still: TracePage, light_frame: MainWindow, attached: Desk, soon: Soon
) -> None:
    page = still
    assert page.stage.blank is not None
    assert page.stage.blank.title == "What became of it?"

    page.follow("no-such-link")
    soon(lambda: page.stage.blank and page.stage.blank.title == "Nothing is called that")
    assert page.bar.field.hasFocus()
    assert not page._query._timer.isActive()

    attached.create_link("https://example.com/", slug="abc")
    QTest.keyClicks(page.bar.field, "abc")
    QTest.mouseClick(page.bar.button, Qt.MouseButton.LeftButton)
    soon(lambda: page.stage.blank is None)
    assert page._query._timer.isActive()
    light_frame.go(0)
    assert not page._query._timer.isActive()
    light_frame.go(TRACE)
    assert page._query._timer.isActive()
    assert page.table.current_row is not None
