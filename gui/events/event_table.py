"""The table of events: where a text was looked for, the place that matches is in sight in its cell, and marked there."""

from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from gui.events.columns import COLUMNS, WHAT
from gui.events.lines import Line
from gui.events.matches import Match
from gui.fonts import strong, words
from gui.parts.data_table import DataTable
from gui.parts.table_cells import CellDelegate, Index
from gui.parts.table_columns import TableModel
from gui.theme import Theme, colour_of

_PADDING = 10
#: Height of the mark and of the line below it, in pixels.
_MARK, _LINE = 20, 2
#: So much of the room is for what is before the text; the rest is for the text itself and what follows.
_BEFORE_SHARE = 0.4
_MIDDLE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_SELECTED = QStyle.StateFlag.State_Selected.value


class EventTable(DataTable):
    """Its cells are those of any table, but for the one that says why a row was found."""

    def __init__(self, theme: Theme, key: Callable[[Any], Hashable]) -> None:
        super().__init__(theme, "Events", COLUMNS, key=key)
        self._delegate = MatchDelegate(theme, self.rows)
        self.setItemDelegate(self._delegate)
        # What is cut to the part of a cell that is in sight is cut anew when another part is.
        self.horizontalScrollBar().valueChanged.connect(self._repaint)

    def _repaint(self) -> None:
        self.viewport().update()


class MatchDelegate(CellDelegate):
    """Marks the text by its weight, its ground and a line below: no colour has to be told from another."""

    def __init__(self, theme: Theme, model: TableModel) -> None:
        super().__init__(theme, model)
        self._words, self._strong = words(13), strong(13)
        self._widths, self._strong_widths = QFontMetrics(self._words), QFontMetrics(self._strong)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = self._model.rows[index.row()]
        if index.column() != WHAT or line.match is None:
            super().paint(painter, option, index)
            return
        place: QRect = option.rect
        is_selected = bool(option.state.value & _SELECTED)
        is_focused = index.row() == self.focused_row
        self._paint_ground(painter, place, is_selected=is_selected, is_focused=is_focused)
        view = option.widget
        seen = place & view.viewport().rect() if isinstance(view, EventTable) else place
        self._paint_match(painter, seen.adjusted(_PADDING, 0, -_PADDING, 0), line.match)

    def _paint_match(self, painter: QPainter, room: QRect, match: Match) -> None:
        tokens = self._theme.tokens
        before, text, behind = self.cut(match, room.width())
        painter.setFont(self._words)
        painter.setPen(colour_of(tokens.muted))
        painter.drawText(room, int(_MIDDLE), before)
        room.setLeft(room.left() + self._widths.horizontalAdvance(before))
        width = self._strong_widths.horizontalAdvance(text)
        mark = QRect(room.left(), room.center().y() - _MARK // 2, width, _MARK)
        painter.fillRect(mark, colour_of(tokens.accent_soft))
        painter.fillRect(mark.left(), mark.bottom() - _LINE + 1, width, _LINE, colour_of(tokens.accent))
        painter.setFont(self._strong)
        painter.setPen(colour_of(tokens.text))
        painter.drawText(room, int(_MIDDLE), text)
        room.setLeft(room.left() + width)
        painter.setFont(self._words)
        painter.setPen(colour_of(tokens.muted))
        painter.drawText(room, int(_MIDDLE), behind)

    def cut(self, match: Match, width: int) -> tuple[str, str, str]:
        """Cut an excerpt to its room, so that the text is in sight: what is before it, it, and what follows."""
        right, left = Qt.TextElideMode.ElideRight, Qt.TextElideMode.ElideLeft
        begin, end = match.begin, match.end
        text = self._strong_widths.elidedText(match.text[begin:end], right, width)
        rest = width - self._strong_widths.horizontalAdvance(text)
        behind = match.text[end:]
        share = max(int(width * _BEFORE_SHARE), rest - self._widths.horizontalAdvance(behind))
        before = self._widths.elidedText(match.text[:begin], left, min(share, rest))
        rest -= self._widths.horizontalAdvance(before)
        return before, text, self._widths.elidedText(behind, right, rest)
