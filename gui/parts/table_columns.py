"""What the columns of a table say, how wide they are at first, and by what they sort. No view here."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt

from gui.row_model import Column, RowModel

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn(Column):
    """A column of a `DataTable`; `tip` is for what the cell does not say, cut text is told without it."""

    #: Where title and cells stand.
    align: Qt.AlignmentFlag = LEFT
    #: Width at first, in pixels; what operators make of it is kept.
    width: int = 120
    #: By what a click on the title sorts; None = the column can't be sorted by.
    sort: Callable[[Any], Any] | None = None
    #: The colour of the cell, as the name of a token.
    colour: Callable[[Any], str] | None = None
    #: The icon before the text: a state is never told by colour alone.
    picture: Callable[[Any], str] | None = None
    #: Whether it holds ids or addresses.
    code: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a table is sorted."""

    column: int
    descending: bool


class TableModel(RowModel):
    """Rows in the order that the operator has chosen, or else as they come."""

    def __init__(
        self, columns: Sequence[TableColumn], key: Callable[[Any], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(columns, key, parent)
        self.columns = tuple(columns)
        self.key = key
        self.order: Order | None = None

    def sort_by(self, order: Order | None) -> None:
        """Sort by this from now on; the rows follow with the next `apply`."""
        self.order = order
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    def sorted(self, rows: Sequence[Any]) -> list[Any]:
        """Give rows in the order chosen; equal ones stay as they come."""
        sort = None if self.order is None else self.columns[self.order.column].sort
        if sort is None or self.order is None:
            return list(rows)
        return sorted(rows, key=sort, reverse=self.order.descending)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        said = super().headerData(section, orientation, role)
        if role == _DISPLAY and self.order is not None and self.order.column == section:
            return f"{said} {'↓' if self.order.descending else '↑'}"
        return said


def as_before(shown: Sequence[Any], wanted: Sequence[Any], key: Callable[[Any], Hashable]) -> list[Any]:
    """Give the wanted rows with those that are shown in the order in which they are; new ones stay at their neighbours."""
    places = {key(row): number for number, row in enumerate(shown)}
    staying = sorted((row for row in wanted if key(row) in places), key=lambda row: places[key(row)])
    next_one = iter(staying)
    return [next(next_one) if key(row) in places else row for row in wanted]


def as_lines(columns: Sequence[TableColumn], rows: Sequence[Any]) -> str:
    """Write rows as lines with tabs between the cells, as a spreadsheet takes them."""
    return "\n".join("\t".join(" ".join(column.text(row).split()) for column in columns) for row in rows)
