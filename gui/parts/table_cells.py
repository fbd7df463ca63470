"""How the cells of a table are painted: flat rows with a hairline, an icon and a text each, the selected row soft."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from gui.fonts import code, words
from gui.icons import copy_icon
from gui.parts.table_columns import TableModel
from gui.theme import Theme, colour_of

ROW_HEIGHT = 34
_PADDING = 10
_PICTURE = 15
_GAP = 6
#: Plain numbers: flags of Qt are compared by Python, for each cell of each painting.
_SELECTED = QStyle.StateFlag.State_Selected.value
#: Texts that were cut to their column are remembered, at most so many.
_MOST_CUTS = 4_000

Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Paints every cell of one table; the table says whether it has the keyboard, and which cell is looked at."""

    def __init__(self, theme: Theme, model: TableModel) -> None:
        super().__init__()
        self._theme, self._model = theme, model
        self._fonts = {False: words(13), True: code(12)}
        self._metrics = {is_code: QFontMetrics(font) for is_code, font in self._fonts.items()}
        self._cuts: dict[tuple[str, int, bool], str] = {}
        self._flags: dict[int, int] = {}
        self.focused_row = -1

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        place: QRect = option.rect
        self._paint_ground(
            painter,
            place,
            is_selected=bool(option.state.value & _SELECTED),
            is_focused=index.row() == self.focused_row,
        )
        number = index.column()
        row, column = self._model.rows[index.row()], self._model.columns[number]
        colour = getattr(self._theme.tokens, column.colour(row) if column.colour else "text")
        room = place.adjusted(_PADDING, 0, -_PADDING, 0)
        if column.picture is not None and (name := column.picture(row)):
            top = place.top() + (place.height() - _PICTURE) // 2
            copy_icon(painter, room.left(), top, _PICTURE, name, colour)
        if column.picture is not None:
            room.adjust(_PICTURE + _GAP, 0, 0, 0)
        painter.setFont(self._fonts[column.code])
        painter.setPen(colour_of(colour))
        painter.drawText(room, self._flags_of(number), self._cut(column.text(row), room.width(), column.code))

    def _flags_of(self, number: int) -> int:
        """Give how a column's texts stand, as the painter wants it."""
        if number not in self._flags:
            self._flags[number] = int(self._model.columns[number].align | Qt.AlignmentFlag.AlignVCenter)
        return self._flags[number]

    def _cut(self, text: str, width: int, is_code: bool) -> str:
        """Cut a text to its room; it is painted again and again, and measured once."""
        asked = (text, width, is_code)
        cut = self._cuts.get(asked)
        if cut is None:
            if len(self._cuts) >= _MOST_CUTS:
                self._cuts.clear()
            cut = self._metrics[is_code].elidedText(text, Qt.TextElideMode.ElideRight, width)
            self._cuts[asked] = cut
        return cut

    def _paint_ground(self, painter: QPainter, place: QRect, *, is_selected: bool, is_focused: bool) -> None:
        tokens = self._theme.tokens
        if is_selected:
            painter.fillRect(place, colour_of(tokens.accent_soft))
        if is_focused:
            painter.fillRect(place.left(), place.top(), place.width(), 2, colour_of(tokens.accent))
            painter.fillRect(place.left(), place.bottom() - 1, place.width(), 2, colour_of(tokens.accent))
        else:
            painter.fillRect(place.left(), place.bottom(), place.width(), 1, colour_of(tokens.border))

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        row, column = self._model.rows[index.row()], self._model.columns[index.column()]
        picture = _PICTURE + _GAP if column.picture is not None else 0
        text = self._metrics[column.code].horizontalAdvance(column.text(row))
        return QSize(text + picture + 2 * _PADDING + 1, ROW_HEIGHT)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Tell what was cut, and what the column adds; nothing that can be read anyway."""
        parts = []
        if index.isValid():
            row, column = self._model.rows[index.row()], self._model.columns[index.column()]
            if (
                self.sizeHint(option, index).width()
                > view.visualRect(self._model.index(index.row(), index.column())).width()
            ):
                parts.append(column.text(row))
            if column.tip is not None and (tip := column.tip(row)) not in parts:
                parts.append(tip)
        QToolTip.showText(event.globalPos(), "\n".join(part for part in parts if part), view)
        return True
