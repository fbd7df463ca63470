"""The menu of a table's cell: copy it, copy the rows that are selected, sort by its column."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QMenu, QWidget

from gui.formatting import count
from gui.parts.table_columns import TableColumn


@dataclass(frozen=True, slots=True)
class CellActs:
    """What the entries of the menu do."""

    copy_cell: Callable[[], None]
    copy_rows: Callable[[], None]
    sort: Callable[[], None]


def cell_menu(parent: QWidget, column: TableColumn | None, selected: int, acts: CellActs) -> QMenu:
    """Make the menu of a cell of this column while so many rows are selected; it is empty where there is no cell (None)."""
    menu = QMenu(parent)
    menu.setAccessibleName("Cell and row")
    if column is None:
        return menu
    title = column.title.strip().lower()
    menu.addAction(f"Copy {title}").triggered.connect(acts.copy_cell)
    rows = "row" if selected < 2 else f"{count(selected)} rows"
    menu.addAction(f"Copy {rows}").triggered.connect(acts.copy_rows)
    if column.sort is not None:
        menu.addSeparator()
        menu.addAction(f"Sort by {title}").triggered.connect(acts.sort)
    return menu
