"""The table of links: as long as a roll is, with rows read only for what is in sight."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QObject,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QPaintEvent

from core.operating.links.book import LinkRow
from gui.links.columns import COLUMNS, DOTS
from gui.links.dots import DotsDelegate
from gui.links.lines import Line, LinkLines, Listing
from gui.parts.data_table import DataTable
from gui.parts.table_cells import CellDelegate
from gui.parts.table_columns import Order, TableColumn, TableModel, as_lines
from gui.theme import Theme

#: Lines above and below what is in sight that are read too.
_MARGIN = 20
#: Of a greater selection, all of it is let go when the order changes.
_MOST_SELECTED = 2_000


class LinkModel(TableModel):
    """Its rows are `LinkLines`: they come with a listing, and are known when they were read."""

    def __init__(
        self, columns: Sequence[TableColumn], key: Callable[[Any], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(columns, key, parent)
        self.lines = LinkLines()
        # Whatever looks at rows does so by their number, and asks how many there are.
        self.rows = self.lines  # type: ignore[assignment]

    def row_of(self, key: Hashable) -> int | None:
        return self.lines.place_of(str(key))

    def apply(self, _rows: Sequence[Any]) -> int:
        """Lines come with a listing only."""
        return 0

    def go_on(self, listing: Listing) -> None:
        """Take a listing that begins with all that is here."""
        first, last = len(self.lines), len(listing.roll.link_ids) - 1
        if last < first:
            self.lines.begin(listing)
            return
        self.beginInsertRows(QModelIndex(), first, last)
        self.lines.begin(listing)
        self.endInsertRows()

    def begin(self, listing: Listing) -> None:
        """Take another listing."""
        self.beginResetModel()
        self.lines.begin(listing)
        self.endResetModel()

    def learn(self, rows: Iterable[LinkRow]) -> None:
        """Take what was read of some links."""
        for number in self.lines.learn(rows):
            self.dataChanged.emit(self.index(number, 0), self.index(number, len(self.columns) - 1))


class LinkTable(DataTable):
    """Shows a listing; sorting is done by whoever reads it, and asked for by `sorted_anew`."""

    #: Another order is wanted.
    sorted_anew = Signal()
    #: Rows were to be copied of which not all are read: how many.
    not_copied = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Links", COLUMNS, key=lambda line: line.link_id)
        self.links = LinkModel(COLUMNS, lambda line: line.link_id, self)
        self.rows = self.links
        self._delegate = CellDelegate(theme, self.links)
        self._dots = DotsDelegate(theme, self.links)
        self.setItemDelegate(self._delegate)
        self.setItemDelegateForColumn(DOTS, self._dots)
        self.setModel(self.links)
        for number, column in enumerate(COLUMNS):
            self.setColumnWidth(number, column.width)
        # A header asks every row of a selection whether it is selected: it is given one that stays empty.
        self.horizontalHeader().setSelectionModel(QItemSelectionModel(self.links, self))
        # The model brings a selection of its own.
        self.selectionModel().currentRowChanged.connect(self._tell)

    # Rows

    def show_listing(self, listing: Listing) -> None:
        """Take a listing; of what it still has, selection and place stay."""
        if len(self.links.lines) and self.links.lines.goes_on_in(listing):
            self.links.go_on(listing)
            return
        current, selected = self.current_row, self.selected_ids
        at = self.verticalScrollBar().value()
        self.links.begin(listing)
        if len(selected) <= _MOST_SELECTED:
            self._select_again(selected, current)
        self.updateGeometries()
        self.verticalScrollBar().setValue(at)

    def _select_again(self, link_ids: Iterable[str], current: Line | None) -> None:
        chosen, flag = QItemSelection(), QItemSelectionModel.SelectionFlag
        last = len(COLUMNS) - 1
        for link_id in link_ids:
            if (row := self.links.row_of(link_id)) is not None:
                chosen.select(self.links.index(row, 0), self.links.index(row, last))
        self.selectionModel().select(chosen, flag.ClearAndSelect)
        place = None if current is None else self.links.row_of(current.link_id)
        if place is not None:
            self._is_settling = True
            self.selectionModel().setCurrentIndex(self.links.index(place, 0), flag.NoUpdate)
            self._is_settling = False

    def ids_in_sight(self) -> tuple[str, ...]:
        """Give the ids of the lines that can be seen, with some above and below."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        if first < 0:
            return ()
        last = len(self.links.lines) - 1 if last < 0 else last
        return self.links.lines.ids(max(0, first - _MARGIN), last + _MARGIN)

    def _apply(self, *, in_place: bool = False) -> None:
        """Lines stay where the listing has them."""

    # Selection

    @property
    def selected_count(self) -> int:
        """How many links are selected; asked of ranges, since a hundred thousand may be."""
        return sum(each.height() for each in self._ranges())

    def _ranges(self) -> list[QItemSelectionRange]:
        selection = self.selectionModel().selection()
        return [selection.at(number) for number in range(selection.count())]

    @property
    def selected_ids(self) -> list[str]:
        """The ids of the selected links, in the order of the table."""
        return [line.link_id for line in self.selected_rows]

    @property
    def selected_rows(self) -> list[Any]:
        numbers = {n for each in self._ranges() for n in range(each.top(), each.bottom() + 1)}
        return [self.links.lines[number] for number in sorted(numbers)]

    def copy_rows(self) -> None:
        """Put the selected rows into the clipboard, unless some of them are not read."""
        selected = self.selected_rows
        unread = sum(line.row is None for line in selected)
        if unread:
            self.not_copied.emit(unread)
        elif selected:
            QGuiApplication.clipboard().setText(as_lines(COLUMNS, selected))

    # Sorting

    def _sort(self, order: Order | None) -> None:
        before = self.rows.order
        super()._sort(order)
        if order != before:
            self.sorted_anew.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        current = self.currentIndex()
        self._dots.focused_row = current.row() if current.isValid() and self.hasFocus() else -1
        super().paintEvent(event)
