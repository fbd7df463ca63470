"""A table model over frozen rows: `apply` gives it new ones and tells the views only what has changed.

Selection and scroll position live in the views and survive, since rows are never reset: they come, go, move and change.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

#: Role under which a delegate finds the whole row.
ROW_ROLE = int(Qt.ItemDataRole.UserRole)
#: Compared as plain numbers: `data` is called hundreds of times a repaint.
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_TOOLTIP = int(Qt.ItemDataRole.ToolTipRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_SPOKEN = int(Qt.ItemDataRole.AccessibleTextRole)

AnyIndex = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class Column:
    """What a column says of a row: in the cell, in its tooltip, and to a screen reader."""

    title: str
    text: Callable[[Any], str]
    tip: Callable[[Any], str] | None = None
    spoken: Callable[[Any], str] | None = None
    #: Where the title stands.
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter


class RowModel(QAbstractTableModel):
    """Rows are told apart by `key`; equal rows are not painted again."""

    def __init__(
        self, columns: Sequence[Column], key: Callable[[Any], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._key = key
        self.rows: tuple[Any, ...] = ()
        #: The rows' keys, so that those of thousands that stay are not asked for again with each few that come.
        self._keys: list[Hashable] = []

    def apply(self, rows: Sequence[Any]) -> int:
        """Take new rows; gives how many of them were put in at the top."""
        new = tuple(rows)
        if new == self.rows:
            return 0
        wanted = [self._key(row) for row in new]
        self._remove_missing(set(wanted))
        self._reorder(wanted)
        on_top = self._insert_missing(new, wanted)
        self._replace_changed(new)
        return on_top

    def row_of(self, key: Hashable) -> int | None:
        """Give the row number of a key."""
        return self._keys.index(key) if key in self._keys else None

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Take other columns; the rows stay."""
        self.beginResetModel()
        self._columns = tuple(columns)
        self.endResetModel()

    def _remove_missing(self, wanted: set[Hashable]) -> None:
        last = len(self.rows)
        while last > 0:
            first = last
            while first > 0 and self._keys[first - 1] not in wanted:
                first -= 1
            if first < last:
                self.beginRemoveRows(_NOWHERE, first, last - 1)
                self.rows = self.rows[:first] + self.rows[last:]
                del self._keys[first:last]
                self.endRemoveRows()
            last = first - 1

    def _reorder(self, wanted: list[Hashable]) -> None:
        """Bring the rows that stay into their new order; what the views point at moves along."""
        before = self._keys
        after = _kept(wanted, set(before))
        if before == after:
            return
        self.layoutAboutToBeChanged.emit()
        moved = {key: number for number, key in enumerate(after)}
        old = self.persistentIndexList()
        new = [self.index(moved[before[index.row()]], index.column()) for index in old]
        here = dict(zip(before, self.rows, strict=True))
        self.rows, self._keys = tuple(here[key] for key in after), after
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _insert_missing(self, new: tuple[Any, ...], wanted: list[Hashable]) -> int:
        here = set(self._keys)
        at = on_top = 0
        while at < len(new):
            end = at
            while end < len(new) and wanted[end] not in here:
                end += 1
            if end > at:
                self.beginInsertRows(_NOWHERE, at, end - 1)
                self.rows = self.rows[:at] + new[at:end] + self.rows[at:]
                self._keys[at:at] = wanted[at:end]
                self.endInsertRows()
                on_top = end if at == 0 else on_top
            at = end + 1
        return on_top

    def _replace_changed(self, new: tuple[Any, ...]) -> None:
        changed = [
            number
            for number, row in enumerate(new)
            if row is not self.rows[number] and row != self.rows[number]
        ]
        self.rows = new
        last_column = len(self._columns) - 1
        for first, last in _runs(changed):
            self.dataChanged.emit(self.index(first, 0), self.index(last, last_column))

    # What Qt asks for

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: AnyIndex, role: int = _DISPLAY) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], self._columns[index.column()]
        if role == ROW_ROLE:
            return row
        if role == _DISPLAY:
            return column.text(row)
        if role == _TOOLTIP:
            return (column.tip or column.text)(row)
        if role == _SPOKEN:
            return (column.spoken or column.text)(row)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == _DISPLAY:
            return self._columns[section].title
        if role == _ALIGNMENT:
            return self._columns[section].align | Qt.AlignmentFlag.AlignVCenter
        return None


def _kept(wanted: list[Hashable], here: set[Hashable]) -> list[Hashable]:
    return [key for key in wanted if key in here]


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give the first and the last of each run of rows that follow each other: views are told of a run at once."""
    begin = 0
    for at, number in enumerate(numbers):
        if at + 1 == len(numbers) or numbers[at + 1] != number + 1:
            yield numbers[begin], number
            begin = at + 1
