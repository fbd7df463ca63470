"""The parts of one consumer's detail by themselves: what they say when something is unknown, away or empty."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from core.consuming.faults import FaultKind, Figures
from core.errors import StoreUnavailable
from core.operating.consumer_detail import ConsumerDetail
from core.operating.snapshot import Mark
from gui.consumers.act_bar import ActBar
from gui.consumers.acts import Breakage
from gui.consumers.detail_tables import FLIGHTS_TAB, KEYS_TAB, PARTITIONS_TAB, DetailTables
from gui.consumers.link_fault import LinkFault
from gui.consumers.trend_chart import Line, TrendChart
from gui.consumers.trends import Point
from gui.formatting import rate
from gui.page import Tools
from gui.theme import Choice, Theme
from tests.gui.details import key, part
from tests.gui.pictures import NOW, consumer

DETAIL = ConsumerDetail("qr", NOW, (part(None),), (), 0, (key(), key(link_id="l2")), 500, (), "")


@pytest.fixture
def tables(qtbot: QtBot, tools_alone: Tools) -> DetailTables:
    """Give the tables of one consumer."""
    made = DetailTables(tools_alone)
    qtbot.addWidget(made)
    made.resize(1_000, 300)
    made.show()
    return made


def said(tables: DetailTables, tab: int) -> tuple[str, str, str]:
    blank = tables.stages[tab].blank
    assert blank is not None
    return blank.title, blank.text, blank.act


def test_each_table_says_why_it_is_empty(tables: DetailTables) -> None:
    assert said(tables, KEYS_TAB)[0] == "Reading"

    tables.show_detail(replace(DETAIL, partitions=(), keys=(), keys_total=0))

    assert [said(tables, tab)[0] for tab in range(3)] == [
        *("No partitions yet", "Nothing is in flight", "No link is parked")
    ]


def test_a_broker_that_is_away_makes_its_figures_unknown_and_nothing_else(tables: DetailTables) -> None:
    tables.show_detail(replace(DETAIL, in_flight=None, in_flight_total=None, broker_error="No answer."))
    tables.show_age(NOW + 20)

    assert said(tables, FLIGHTS_TAB) == ("The broker does not answer", "No answer.", "Try again")
    assert tables.tabs[FLIGHTS_TAB].accessibleName() == "In flight: ?"
    cells = [tables.partitions.rows.index(0, number).data() for number in range(8)]
    assert cells == ["0", "6", "4", "10", "?", "?", "1", "w1"]
    assert tables.source.whole == (
        "From outbox, database of qr and broker (the broker does not answer), read 20 s ago"
    )
    assert tables.source.property("role") == "warn"


def test_what_is_shown_stays_while_it_cannot_be_read(tables: DetailTables) -> None:
    error = StoreUnavailable("Database qr: disk I/O error")
    tables.show_error(error)
    assert said(tables, PARTITIONS_TAB) == (
        *("This consumer can't be read", "Database qr: disk I/O error", "Try again"),
    )

    tables.show_detail(DETAIL)
    tables.show_error(error)
    assert tables.stages[PARTITIONS_TAB].blank is None

    tables.forget()
    assert not tables.partitions.rows.rows


def test_more_keys_than_are_shown_are_told_and_the_selected_ones_are_meant(tables: DetailTables) -> None:
    tester = QAbstractItemModelTester(
        tables.keys.rows, QAbstractItemModelTester.FailureReportingMode.Fatal, tables
    )
    tables.show_detail(DETAIL)
    tables.turn_to(KEYS_TAB)
    tables.show_age(NOW)

    assert tables.source.whole == "The first 2 of 500. From the database of qr, read just now"
    assert len(tables.chosen_keys) == 2
    tables.keys.select("l2")
    assert [one.key.link_id for one in tables.chosen_keys] == ["l2"]
    tables.show_detail(replace(DETAIL, read_at=NOW + 1))
    assert [one.key.link_id for one in tables.selected_keys] == ["l2"]
    assert tester.model() is tables.keys.rows


# The chart


@pytest.fixture
def chart(qtbot: QtBot, qapp: QApplication, fonts: None) -> TrendChart:
    """Give a chart of two lines."""
    lines = (Line("rate_in", "in", "muted", is_dashed=True), Line("rate_out", "out", "accent"))
    made = TrendChart(Theme(qapp, Choice.LIGHT), "Throughput", lines, rate, 5)
    qtbot.addWidget(made)
    made.resize(400, made.height())
    made.show()
    return made


def test_the_chart_says_its_figures_and_what_operators_did(chart: TrendChart) -> None:
    points = [Point(NOW - age, 0, 20.0 - age, None) for age in range(20, 0, -1)]
    marks = (
        Mark(NOW - 10, "pause", "ana"),
        Mark(NOW - 5, "resume", "ana"),
        Mark(NOW - 3, "retry now", "ben"),
    )

    chart.show_trend(points, (*marks, Mark(NOW - 500, "pause", "old")), NOW)

    assert chart.marks == marks
    name = chart.accessibleName()
    assert name.startswith("Throughput: in 19, out ?, at most 19 in 1 m 00 s; pause at ")
    assert name.count(" by ") == 3
    where = QPoint(round(chart._x(NOW - 10)), 60)
    QApplication.sendEvent(chart, QHelpEvent(QHelpEvent.Type.ToolTip, where, chart.mapToGlobal(where)))
    assert "pause, by ana" in QToolTip.text()
    assert "in 10, out ?" in QToolTip.text()
    assert chart.told_at(50) == "Nothing is known of this time."
    assert not chart.grab().isNull()


# Acts


def test_until_anything_is_known_of_it_nothing_can_be_done(qtbot: QtBot, tools_alone: Tools) -> None:
    bar = ActBar(tools_alone, "qr")
    qtbot.addWidget(bar)
    assert not bar.breaking.isEnabled()
    assert bar.breaking.toolTip() == "Nothing is known of this consumer yet."
    assert not bar.rebuilding.isEnabled()
    bar.ask_rebuild()
    assert bar.dialog is None

    bar.refresh(consumer(), (), 10)

    assert bar.breaking.isEnabled()
    assert bar.rebuilding.isEnabled()


def test_the_menu_says_what_each_choice_does_while_it_is_pointed_at(qtbot: QtBot, tools_alone: Tools) -> None:
    bar = ActBar(tools_alone, "qr")
    qtbot.addWidget(bar)
    bar.refresh(consumer(), (), 10)

    hang = next(action for action in bar.break_menu.actions() if action.text() == "Hang")
    hang.hover()
    assert bar.said.whole.startswith("It stands still with events in hand")
    bar.break_menu.aboutToHide.emit()
    assert bar.said.whole == ""
    bar.repair()
    assert bar.said.whole == "Nothing of this consumer is broken on purpose."

    hang.trigger()
    assert bar.said.whole == "Not done: The desk is not open."


def test_a_link_must_be_named_before_a_consumer_fails_at_it(qtbot: QtBot, tools_alone: Tools) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = LinkFault(tools_alone.theme, "qr", "", parent)
    chosen: list[Breakage] = []
    dialog.chosen.connect(chosen.append)
    dialog.open()
    assert not dialog.go.isEnabled()
    assert dialog.go.toolTip() == "Say which link first."

    QTest.keyClicks(dialog.link, " spring ")
    dialog.way.setCurrentIndex(1)
    assert "become dead letters" in dialog.does.text()
    QTest.keyClick(dialog.link, Qt.Key.Key_Return)

    (breakage,) = chosen
    assert (breakage.kind, breakage.text) == (FaultKind.FAIL_LINK, "Fail at spring")
    assert breakage.figures == Figures(link="spring", transient=False)
    assert not dialog.isVisible()
