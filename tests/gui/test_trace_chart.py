"""The time line of the Trace page: what lies where, how closely it is looked at, and what is said of a place."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.operating.desk import Desk
from core.operating.traces.trace import StepKind
from gui.main_window import MainWindow
from gui.pages import place_for
from gui.targets import Kind, Target
from gui.trace.page import TracePage
from gui.trace.time_scale import Axis
from tests.gui.trace_view import TRACE, Soon, looked_at, row_of, tap
from tests.support.burying import store_of
from tests.support.links import give_positions


@pytest.fixture
def page(light_frame: MainWindow) -> TracePage:
    """Give the page, looked at, where nobody relays or consumes."""
    return looked_at(light_frame)


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


def test_what_stands_for_several_attempts_lies_between_those_that_are_on_record(
    page: TracePage, attached: Desk, soon: Soon
) -> None:
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
        tap(page, row)
        assert page.table.current_row.key == row.key
    first, last = (page.chart.place_of(row.key) for row in single[:2])
    assert first is not None
    assert last is not None
    told = page.chart.told_at(QPointF(first + last) / 2)
    assert told.endswith("attempts 2 to 39, which are not on record one by one")


def test_the_time_can_be_looked_at_closely_and_told_by_the_clock(
    page: TracePage, attached: Desk, soon: Soon
) -> None:
    attached.create_link("https://example.com/", slug="abc")
    attached.edit_link("abc", title="Other")
    page.follow("abc")
    soon(lambda: len(page.chart.bands) == 2)
    relay = row_of(page, "relay", StepKind.WAIT)
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
    page: TracePage, attached: Desk, soon: Soon
) -> None:
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
    page: TracePage, attached: Desk, soon: Soon
) -> None:
    made = attached.create_link("https://example.com/", slug="abc")
    assert place_for(Kind.TRACE) == TRACE
    page.go_to(Target(Kind.TRACE, made.trace_id))
    soon(lambda: page.table.rows.rows)
    committed = row_of(page, "producer", StepKind.COMMITTED)
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
