"""A table for reading: a refresh never moves what is looked at, and no row moves under the pointer.

New rows above what is looked at announce themselves by a chip. Widths, order of the columns and the sorting are kept.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from gui.fonts import words
from gui.kept import Kept
from gui.parts.cell_menu import CellActs, cell_menu
from gui.parts.new_rows_chip import NewRowsChip
from gui.parts.table_cells import ROW_HEIGHT, CellDelegate
from gui.parts.table_columns import Order, TableColumn, TableModel, as_before, as_lines
from gui.theme import Theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
#: So many rows before the last one shown, more are asked for.
_NEAR = 20


class DataTable(QTableView):
    """Shows frozen rows, told apart by `key`."""

    #: Another row is looked at, or none (None); also when the table itself has made a row current.
    looked_at = Signal(object)
    #: Somebody has moved on to another row: whatever follows the operator, follows this.
    moved_to = Signal(object)
    #: A row shall be opened: Enter, or a double click.
    opened = Signal(object)
    #: The last rows are in sight: whoever has more may bring them.
    near_end = Signal()

    def __init__(
        self, theme: Theme, name: str, columns: Sequence[TableColumn], key: Callable[[Any], Hashable]
    ) -> None:
        super().__init__()
        self.rows = TableModel(columns, key, self)
        self._given: tuple[Any, ...] = ()
        self._unseen = 0
        #: Whether a row becomes current that nobody has chosen now.
        self._is_settling = False
        self._delegate = CellDelegate(theme, self.rows)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(name)
        self.chip = NewRowsChip(self.horizontalHeader(), self)
        self._set_up()
        self._set_up_header(name)
        self.chip.clicked.connect(self.scrollToTop)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.selectionModel().currentRowChanged.connect(self._tell)
        self.doubleClicked.connect(self._open)

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)

    def _set_up_header(self, name: str) -> None:
        header = self.horizontalHeader()
        header.setObjectName("data")
        header.setAccessibleName(f"{name}: columns")
        header.setFont(words(11, words().Weight.Medium))
        header.setFixedHeight(30)
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(44)
        header.setStretchLastSection(True)
        for number, column in enumerate(self.rows.columns):
            self.setColumnWidth(number, column.width)
        header.sectionClicked.connect(self.sort_by)

    def keep(self, kept: Kept, name: str) -> None:
        """Bring widths, order and sorting to what they were, and keep them from now on."""
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        if kept.keep(f"table/{name}", header) and header.sortIndicatorSection() >= 0:
            descending = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
            self._sort(Order(header.sortIndicatorSection(), descending))

    # Rows

    def show_rows(self, rows: Sequence[Any], *, in_place: bool = False) -> None:
        """Take new rows; scroll, selection and the row under the pointer stay, `in_place` also at the very top."""
        self._given = tuple(rows)
        self._apply(in_place=in_place)

    def _apply(self, *, in_place: bool = False) -> None:
        wanted = self.rows.sorted(self._given)
        if self._is_pointed_at():
            wanted = as_before(self.rows.rows, wanted, self.rows.key)
        self._let_go_of_missing({self.rows.key(row) for row in wanted})
        anchors = self._anchors() if in_place or self.is_reading() else []
        on_top = self.rows.apply(wanted)
        if self._return_to(anchors) and on_top:
            self.show_unseen(self._unseen + on_top)

    def _is_pointed_at(self) -> bool:
        return self.viewport().underMouse() and self.isActiveWindow()

    def is_reading(self) -> bool:
        """Whether somebody reads further down, or points at a row."""
        return self.verticalScrollBar().value() > 0 or self._is_pointed_at()

    def _anchors(self) -> list[tuple[Hashable, int]]:
        """Give the rows in sight, from the top, each with its place in the view."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        if first < 0:
            return []
        shown = range(first, (len(self.rows.rows) if last < 0 else last + 1))
        return [(self.rows.key(self.rows.rows[row]), self.rowViewportPosition(row)) for row in shown]

    def _return_to(self, anchors: Sequence[tuple[Hashable, int]]) -> bool:
        """Scroll so that the first of these that is still there is where it was; tells whether rows are above it."""
        for key, place in anchors:
            row = self.rows.row_of(key)
            if row is not None:
                # The view lays rows out late, and knows of new ones only then.
                self.updateGeometries()
                self.verticalScrollBar().setValue(row * ROW_HEIGHT - place)
                return self.verticalScrollBar().value() > 0
        return False

    def _let_go_of_missing(self, shown: set[Hashable]) -> None:
        """Let nothing be selected instead of a row that goes; Qt would move on to a neighbour."""
        current = self.current_row
        if current is not None and self.rows.key(current) not in shown:
            self.selectionModel().blockSignals(True)
            self.selectionModel().clearCurrentIndex()
            self.selectionModel().blockSignals(False)

    def show_unseen(self, unseen: int) -> None:
        """Tell by the chip how many rows are new above what is seen."""
        self._unseen = unseen
        self.chip.tell(unseen)

    def _scrolled(self, value: int) -> None:
        if value == 0 and self._unseen:
            self.show_unseen(0)
        if self.verticalScrollBar().maximum() - value < _NEAR * ROW_HEIGHT:
            self.near_end.emit()

    # Selection

    @property
    def current_row(self) -> Any:
        """The row that is looked at; None = none."""
        index = self.currentIndex()
        return self.rows.rows[index.row()] if index.isValid() else None

    @property
    def selected_rows(self) -> list[Any]:
        """The selected rows, as they stand."""
        return [
            self.rows.rows[number]
            for number in sorted(each.row() for each in self.selectionModel().selectedRows())
        ]

    def select(self, key: Hashable) -> bool:
        """Look at the row of this key; False = it is not here."""
        row = self.rows.row_of(key)
        if row is not None:
            flag = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(self.rows.index(row, 0), flag.ClearAndSelect | flag.Rows)
            self.scrollTo(self.rows.index(row, 0))
        return row is not None

    def step(self, by: int) -> None:
        """Look at the next row, or the one before."""
        if self.rows.rows:
            # Qt makes a row current when the keyboard comes, and newer ones may have come above it since: until somebody
            # has chosen one, the first in sight is the next.
            is_chosen = self.selectionModel().hasSelection()
            row = self.currentIndex().row() + by if is_chosen else self.rowAt(0)
            row = min(max(0, row), len(self.rows.rows) - 1)
            self.select(self.rows.key(self.rows.rows[row]))

    def _tell(self) -> None:
        # The frame is around all of the row that was left, and Qt only paints its cell anew.
        self.viewport().update()
        self.looked_at.emit(self.current_row)
        if not self._is_settling:
            self.moved_to.emit(self.current_row)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.rows.rows[index.row()])

    # Sorting

    def sort_by(self, column: int) -> None:
        """Sort by a column: upwards, at the next call downwards, then as the rows come."""
        if self.rows.columns[column].sort is None:
            return
        now = self.rows.order
        if now is None or now.column != column:
            self._sort(Order(column, descending=False))
        else:
            self._sort(None if now.descending else Order(column, descending=True))

    def _sort(self, order: Order | None) -> None:
        self.rows.sort_by(order)
        down = order is not None and order.descending
        self.horizontalHeader().setSortIndicator(
            -1 if order is None else order.column,
            Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder,
        )
        self.rows.apply(self.rows.sorted(self._given))

    # Copying

    def copy_rows(self) -> None:
        """Put the selected rows into the clipboard, as columns that a spreadsheet takes."""
        text = as_lines(self.rows.columns, self.selected_rows)
        if text:
            QGuiApplication.clipboard().setText(text)

    def copy_cell(self) -> None:
        """Put the text of the cell that is looked at into the clipboard."""
        index = self.currentIndex()
        if index.isValid():
            row = self.rows.rows[index.row()]
            QGuiApplication.clipboard().setText(self.rows.columns[index.column()].text(row))

    def build_menu(self) -> QMenu:
        """Make the menu of the cell that is looked at."""
        index = self.currentIndex()
        column = self.rows.columns[index.column()] if index.isValid() else None
        acts = CellActs(self.copy_cell, self.copy_rows, partial(self.sort_by, index.column()))
        return cell_menu(self, column, len(self.selected_rows), acts)

    # What Qt asks for

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif plain and event.key() in (Qt.Key.Key_J, Qt.Key.Key_K):
            self.step(1 if event.key() == Qt.Key.Key_J else -1)
        elif plain and event.key() in _ENTER:
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Leave the letters to the keys of the page."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.build_menu()
        if menu.actions():
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Without a current row Qt takes the first one when the keyboard comes.
        self._is_settling = True
        super().focusInEvent(event)
        self._is_settling = False

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._apply()

    def paintEvent(self, event: QPaintEvent) -> None:
        current = self.currentIndex()
        self._delegate.focused_row = current.row() if current.isValid() and self.hasFocus() else -1
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.chip.place()
