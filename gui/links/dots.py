"""The cell with a mark for each consumer: its shape and its colour say the worst that it has of the link's events."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize
from PySide6.QtGui import QHelpEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QToolTip

from core.operating.links.standings import Standing
from gui.icons import copy_icon
from gui.links.lines import Line
from gui.links.words import MARKS, standing_words
from gui.parts.table_cells import ROW_HEIGHT, CellDelegate

_PADDING, _SIDE, _STEP = 10, 15, 22

Index = QModelIndex | QPersistentModelIndex


class DotsDelegate(CellDelegate):
    """Paints the marks in the consumers' order; the tooltip tells of the one that is pointed at, then of all."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        place: QRect = option.rect
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = index.row() == self.focused_row
        self._paint_ground(painter, place, is_selected=is_selected, is_focused=focused)
        line: Line = self._model.rows[index.row()]
        if line.row is None:
            return
        top = place.top() + (place.height() - _SIDE) // 2
        for number, standing in enumerate(line.row.standings):
            picture, token = MARKS[standing.effect]
            left = place.left() + _PADDING + number * _STEP
            if left + _SIDE <= place.right():
                colour = getattr(self._theme.tokens, token)
                copy_icon(painter, left, top, _SIDE, picture, colour)

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        line: Line = self._model.rows[index.row()]
        marks = 0 if line.row is None else len(line.row.standings)
        return QSize(marks * _STEP + 2 * _PADDING, ROW_HEIGHT)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Tell what the consumer under the pointer has, and the others below."""
        line: Line | None = self._model.rows[index.row()] if index.isValid() else None
        if line is None or line.row is None:
            return False
        number = (event.pos().x() - option.rect.left() - _PADDING) // _STEP
        created_at, standings = line.row.link.created_at, line.row.standings
        pointed_at = standings[number : number + 1] if number >= 0 else ()
        rest = [standing for standing in standings if standing not in pointed_at]
        said = [_words(standing, created_at) for standing in (*pointed_at, *rest)]
        QToolTip.showText(event.globalPos(), "\n".join(said), view)
        return True


def _words(standing: Standing, created_at: float) -> str:
    return f"{standing.consumer}: {standing_words(standing, created_at)}"
