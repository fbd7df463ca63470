"""The Trace page through the real window: what is pasted becomes a time line that goes on while somebody waits."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.consuming.faults import FaultKind, Figures
from core.operating.dead_letters.rows import Selection
from core.operating.desk import Desk
from core.operating.traces.trace import StepKind
from gui.main_window import MainWindow
from gui.targets import Kind, Target
from gui.trace.page import TracePage
from tests.gui.settling import pause_consumer
from tests.gui.trace_view import TRACE, Soon, looked_at, row_of, tap


@pytest.fixture
def page(frame: MainWindow) -> TracePage:
    """Give the page, looked at, with a worker behind it."""
    return looked_at(frame)


def test_a_wait_is_hatched_until_its_consumer_goes_on_and_then_all_is_over(
    page: TracePage, frame: MainWindow, desk: Desk, soon: Soon
) -> None:
    pause_consumer(desk, "billing", soon)
    made = desk.create_link("https://example.com/", slug="abc")

    QTest.keyClicks(page.bar.field, f"{desk.settings.short_base}/abc/")
    QTest.keyClick(page.bar.field, Qt.Key.Key_Return)

    soon(lambda: row_of(page, "qr", StepKind.APPLIED) and row_of(page, "analytics", StepKind.APPLIED))
    waits = row_of(page, "billing", StepKind.WAIT)
    assert waits is not None
    assert waits.step.is_open
    assert page.head.badge.word == "not over"
    assert page.summary.whole == "link abc: 1 event, 1 trace"
    assert page.table.hasFocus()
    lanes = [lane.name for lane in page.chart.bands[0].lanes]
    assert lanes == ["producer", "relay", "analytics", "qr", "billing", "webhook", "dashboard"]

    tap(page, waits)
    assert page.table.current_row.key == waits.key
    assert "billing: waits while paused by " in page.card.sentence.text()
    asked: list[Target] = []
    page.wanted.connect(asked.append)
    page.card.why.click()
    assert asked == [Target(Kind.QUESTION, f"{made.event_id} billing")]
    looked_at(frame)

    desk.resume("billing")
    soon(lambda: row_of(page, "billing", StepKind.APPLIED))
    soon(lambda: page.head.badge.word.startswith("over within"))
    assert page.table.current_row.key == waits.key
    assert not any(row.step.is_open for row in page.table.rows.rows)


def test_past_attempts_stay_in_the_lane_of_what_was_applied_at_last(
    page: TracePage, desk: Desk, soon: Soon
) -> None:
    pause_consumer(desk, "billing", soon)
    desk.faults.set("billing", FaultKind.FAIL, Figures(next=3, transient=True), by="ben", why="drill")
    made = desk.create_link("https://example.com/", slug="abc")
    desk.resume("billing")

    page.go_to(Target(Kind.EVENT, made.event_id))
    soon(lambda: row_of(page, "billing", StepKind.APPLIED))
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
    tap(page, lane.rows[-3])
    assert page.table.current_row.key == lane.rows[-3].key
    assert "billing: attempt 3 failed, " in page.card.sentence.text()
    assert "set by ben, wants this to fail" in page.card.sentence.text()


def test_what_was_published_in_the_place_of_a_dead_letter_leads_back_to_it(
    page: TracePage, desk: Desk, soon: Soon
) -> None:
    pause_consumer(desk, "analytics", soon)
    made = desk.create_link("https://example.com/", slug="abc")
    desk.faults.set("analytics", FaultKind.FAIL_LINK, Figures(link="abc"), by="ben", why="drill")
    desk.resume("analytics")
    page.go_to(Target(Kind.EVENT, made.event_id))
    soon(lambda: row_of(page, "analytics", StepKind.DEAD))
    assert page.head.badge.word == "1 effect dead or given up"
    page.follow(made.trace_id)
    soon(lambda: page.table.current_row and page.table.current_row.step.kind is StepKind.DEAD)
    page.go_to(Target(Kind.EVENT, made.event_id))

    desk.faults.clear(by="ben")
    (letter,) = desk.dead_letters.find(Selection(consumer="analytics"))
    again, _asked = desk.dead_letters.edit(letter, letter.event.data_json, why="mended", by="ben")

    soon(lambda: row_of(page, "analytics", StepKind.APPLIED, again))
    soon(lambda: row_of(page, "analytics", StepKind.DISCARDED))
    discarded = row_of(page, "analytics", StepKind.DISCARDED)
    assert discarded is not None
    assert again in discarded.sentence
    soon(lambda: page.head.badge.word.startswith("over within"))
    assert [band.origin for band in page.chart.bands] == [None, 0]
    assert "for analytics alone" in page.chart.bands[1].note

    applied = row_of(page, "analytics", StepKind.APPLIED, again)
    assert applied is not None
    page.table.select(applied.key)
    page.card.origin.click()
    assert page.table.current_row.step.event_id == made.event_id
    assert page.card.origin.isHidden()
    page.card.link.click()
    soon(lambda: page.summary.whole.startswith("link "))


def test_what_is_called_nothing_is_said_once_and_the_next_name_is_typed_in_peace(
    light_frame: MainWindow, attached: Desk, soon: Soon
) -> None:
    page = looked_at(light_frame)
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
