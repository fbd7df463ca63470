"""The row model tells views only what has changed, and never confuses them."""

import random
from dataclasses import dataclass

from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from gui.row_model import Column, RowModel


@dataclass(frozen=True, slots=True)
class Row:
    key: int
    text: str


def _model() -> RowModel:
    return RowModel(
        [Column("Text", lambda row: row.text), Column("Key", lambda row: str(row.key))], lambda row: row.key
    )


def test_random_refreshes_keep_the_model_sound(qtbot: QtBot) -> None:
    chance = random.Random(7)
    model = _model()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)

    for _ in range(300):
        keys = sorted(chance.sample(range(30), chance.randrange(20)), reverse=True)
        rows = [Row(key, chance.choice("abc")) for key in keys]
        model.apply(rows)

        assert list(model.rows) == rows
        assert [model.data(model.index(number, 0)) for number in range(model.rowCount())] == [
            row.text for row in rows
        ]
    assert tester.model() is model


def test_an_equal_refresh_says_nothing(qtbot: QtBot) -> None:
    model = _model()
    model.apply([Row(2, "b"), Row(1, "a")])

    with (
        qtbot.assertNotEmitted(model.dataChanged),
        qtbot.assertNotEmitted(model.rowsInserted),
        qtbot.assertNotEmitted(model.rowsRemoved),
        qtbot.assertNotEmitted(model.modelReset),
    ):
        on_top = model.apply([Row(2, "b"), Row(1, "a")])

    assert on_top == 0


def test_only_the_changed_row_is_told(qtbot: QtBot) -> None:
    model = _model()
    model.apply([Row(2, "b"), Row(1, "a")])

    with qtbot.waitSignal(model.dataChanged) as told:
        model.apply([Row(2, "b"), Row(1, "A")])

    first, last = told.args[0], told.args[1]
    assert (first.row(), last.row()) == (1, 1)


def test_rows_that_follow_each_other_are_told_together(qtbot: QtBot) -> None:
    model, told = _model(), []
    model.apply([Row(key, "a") for key in range(8)])
    model.dataChanged.connect(lambda first, last, _roles: told.append((first.row(), last.row())))

    model.apply([Row(key, "a" if key in (3, 6) else "b") for key in range(8)])

    assert told == [(0, 2), (4, 5), (7, 7)]


def test_a_place_follows_its_row_when_others_come_on_top(qtbot: QtBot) -> None:
    model = _model()
    model.apply([Row(2, "b"), Row(1, "a")])
    place = QPersistentModelIndex(model.index(1, 0))

    on_top = model.apply([Row(4, "d"), Row(3, "c"), Row(2, "b"), Row(1, "a")])

    assert on_top == 2
    assert place.row() == 3


def test_another_order_is_taken_too(qtbot: QtBot) -> None:
    model = _model()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.apply([Row(2, "b"), Row(1, "a"), Row(0, "z")])

    model.apply([Row(0, "z"), Row(3, "c"), Row(2, "b")])

    assert [row.key for row in model.rows] == [0, 3, 2]
    assert tester.model() is model
