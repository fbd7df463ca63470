"""The table that all pages use: a refresh moves nothing that is looked at; keys, sorting and copying."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAccessible, QEnterEvent, QGuiApplication, QHelpEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from gui.kept import Kept
from gui.main_window import open_preferences
from gui.parts.data_table import DataTable
from gui.parts.table_cells import ROW_HEIGHT
from gui.parts.table_columns import TableColumn
from gui.theme import Choice, Theme
from tests.gui.conftest import activate

Soon = Callable[[Callable[[], object]], None]


@dataclass(frozen=True, slots=True)
class Row:
    key: int
    text: str
    size: int = 0


COLUMNS = (
    TableColumn("Key", lambda row: str(row.key), width=60, sort=lambda row: row.key),
    TableColumn(
        "Text",
        lambda row: row.text,
        width=90,
        picture=lambda row: "link" if row.text else "",
        colour=lambda row: "warn" if row.size else "text",
    ),
    TableColumn("Size", lambda row: f"{row.size:,}", width=80, sort=lambda row: row.size, code=True),
)


@pytest.fixture
def table(qtbot: QtBot, qapp: QApplication, fonts: None) -> DataTable:
    """Give a table of ten rows' height."""
    made = DataTable(Theme(qapp, Choice.LIGHT), "Things", COLUMNS, key=lambda row: row.key)
    qtbot.addWidget(made)
    made.resize(320, 30 + 10 * ROW_HEIGHT)
    made.show()
    activate(qtbot, made)
    return made


def newest(count: int, upto: int) -> list[Row]:
    """Give rows with the newest on top."""
    return [Row(key, f"row {key}", size=key % 7) for key in range(upto, upto - count, -1)]


def _at_top(table: DataTable) -> int:
    row: Row = table.rows.rows[table.rowAt(0)]
    return row.key


def test_random_refreshes_and_sortings_keep_the_model_sound(table: DataTable) -> None:
    chance = random.Random(7)
    tester = QAbstractItemModelTester(table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal)

    for _ in range(200):
        keys = chance.sample(range(40), chance.randrange(30))
        table.show_rows([Row(key, chance.choice("abc"), chance.randrange(5)) for key in keys])
        if chance.random() < 0.2:
            table.sort_by(chance.choice((0, 2)))

        assert {row.key for row in table.rows.rows} == set(keys)
    assert tester.model() is table.rows


def test_new_rows_above_move_nothing_that_is_read_and_are_counted(table: DataTable) -> None:
    table.show_rows(newest(100, upto=100))
    QApplication.processEvents()
    table.verticalScrollBar().setValue(20 * ROW_HEIGHT + 11)
    read = _at_top(table)

    table.show_rows(newest(103, upto=103))
    table.show_rows(newest(105, upto=105))

    assert _at_top(table) == read
    assert table.verticalScrollBar().value() == 25 * ROW_HEIGHT + 11
    assert table.chip.text() == "5 new"
    assert table.horizontalHeader().geometry().contains(table.chip.geometry())
    QTest.mouseClick(table.chip, Qt.MouseButton.LeftButton)
    assert _at_top(table) == 105
    assert not table.chip.isVisible()


def test_at_the_top_new_rows_are_seen_at_once(table: DataTable) -> None:
    table.show_rows(newest(50, upto=50))

    table.show_rows(newest(51, upto=51))

    assert _at_top(table) == 51
    assert not table.chip.isVisible()


def test_selection_stays_with_its_row_wherever_it_moves(table: DataTable) -> None:
    told: list[object] = []
    table.show_rows(newest(10, upto=10))
    table.select(7)
    table.looked_at.connect(told.append)

    table.show_rows(list(reversed(newest(12, upto=12))))
    assert table.current_row.key == 7
    assert [row.key for row in table.selected_rows] == [7]

    table.show_rows([row for row in newest(12, upto=12) if row.key != 7])
    assert table.current_row is None
    assert table.selected_rows == []
    assert told == []


def test_no_row_moves_under_the_pointer(table: DataTable, qtbot: QtBot) -> None:
    table.sort_by(2)
    table.show_rows([Row(1, "a", 1), Row(2, "b", 2), Row(3, "c", 3)])
    inside = QPointF(30, 20)
    QApplication.sendEvent(table.viewport(), QEnterEvent(inside, inside, inside))
    table.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)

    table.show_rows([Row(1, "a", 9), Row(2, "b", 2), Row(3, "c", 3)])
    assert [(row.key, row.size) for row in table.rows.rows] == [(1, 9), (2, 2), (3, 3)]

    table.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    QApplication.sendEvent(table, QEvent(QEvent.Type.Leave))
    assert [row.key for row in table.rows.rows] == [2, 3, 1]


def test_letters_walk_enter_opens_and_nothing_is_searched(table: DataTable) -> None:
    opened: list[Row] = []
    table.opened.connect(opened.append)
    table.show_rows(newest(5, upto=5))
    table.setFocus()

    QTest.keyClicks(table, "jjk")
    QTest.keyClick(table, Qt.Key.Key_J)
    QTest.keyClick(table, Qt.Key.Key_Return)

    assert [row.key for row in opened] == [4]


def test_the_first_step_goes_to_the_first_row_in_sight_whatever_has_come_since(table: DataTable) -> None:
    table.clearFocus()
    table.show_rows(newest(1, 1))
    table.setFocus()
    assert table.current_row.key == 1

    table.show_rows(newest(3, 3))
    QTest.keyClicks(table, "j")

    assert [row.key for row in table.selected_rows] == [3]


def test_a_title_sorts_up_down_and_not_at_all(table: DataTable) -> None:
    table.show_rows([Row(1, "a", 5), Row(2, "b", 9), Row(3, "c", 1)])
    orders = []

    for _ in range(3):
        table.sort_by(2)
        title = table.rows.headerData(2, Qt.Orientation.Horizontal)
        orders.append((title, [row.key for row in table.rows.rows]))

    assert orders == [("Size ↑", [3, 1, 2]), ("Size ↓", [2, 1, 3]), ("Size", [1, 2, 3])]


def test_rows_and_cells_are_copied(table: DataTable) -> None:
    table.show_rows([Row(1, "a\tb", 5), Row(2, "c", 1_000)])
    table.selectAll()

    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1\ta b\t5\n2\tc\t1,000"

    table.setCurrentIndex(table.rows.index(1, 2))
    menu = table.build_menu()
    assert [action.text() for action in menu.actions()] == ["Copy size", "Copy row", "", "Sort by size"]
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "1,000"


def test_widths_order_and_sorting_come_back(
    table: DataTable, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    kept = Kept(open_preferences(tmp_path))
    table.keep(kept, "things")
    table.setColumnWidth(0, 77)
    table.horizontalHeader().moveSection(2, 0)
    table.sort_by(2)
    table.sort_by(2)
    kept.save()

    other = DataTable(Theme(qapp, Choice.LIGHT), "Things", COLUMNS, key=lambda row: row.key)
    qtbot.addWidget(other)
    other.keep(Kept(open_preferences(tmp_path)), "things")

    assert other.columnWidth(0) == 77
    assert other.horizontalHeader().visualIndex(2) == 0
    assert other.rows.headerData(2, Qt.Orientation.Horizontal) == "Size ↓"


def test_only_cut_text_has_a_tooltip(table: DataTable) -> None:
    long = "a text that is far too long for its column, and goes on"
    table.show_rows([Row(1, "short"), Row(2, long)])

    tips = []
    for row in (0, 1):
        place = table.visualRect(table.rows.index(row, 1)).center()
        event = QHelpEvent(QEvent.Type.ToolTip, place, table.viewport().mapToGlobal(place))
        QApplication.sendEvent(table.viewport(), event)
        tips.append(QToolTip.text())

    assert tips == ["", long]


def test_a_screen_reader_finds_names_and_cells(table: DataTable) -> None:
    table.show_rows([Row(1, "first", 5)])

    seen = QAccessible.queryAccessibleInterface(table)

    assert seen.text(QAccessible.Text.Name) == "Things"
    said = [seen.child(number).text(QAccessible.Text.Name) for number in range(seen.childCount())]
    assert [text for text in said if text] == ["Key", "Text", "Size", "1", "first", "5"]


def test_ten_thousand_rows_that_do_not_change_cost_next_to_nothing(table: DataTable) -> None:
    rows = newest(10_000, upto=10_000)
    changed: list[int] = []
    table.show_rows(rows)
    table.rows.dataChanged.connect(lambda top, _bottom: changed.append(top.row()))

    table.show_rows([Row(row.key, row.text, row.size) for row in rows])

    assert changed == []
    assert table.rows.rowCount() == 10_000
