"""How a journey's cells are painted: the link in two lines, stations on a track, and the time to full consistency."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.fonts import code, strong, words
from gui.icons import draw_icon
from gui.overview.journey_rows import JourneyRow, Station
from gui.row_model import ROW_ROLE
from gui.theme import Theme

ROW_HEIGHT = 44
_MARK = 14
_MARK_Y = 15
_TEXT_Y = 26

Index = QModelIndex | QPersistentModelIndex


class _RowDelegate(QStyledItemDelegate):
    """Paints a flat row with a hairline under it; selected rows have a soft ground."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW_ROLE)
        painter.save()
        self._paint_ground(painter, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(row, JourneyRow):
            self.paint_cell(painter, option.rect, row, index.column())
        painter.restore()

    def paint_cell(self, painter: QPainter, place: QRect, row: JourneyRow, column: int) -> None:
        raise NotImplementedError

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        tokens, place = self.theme.tokens, option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, QColor(tokens.accent_soft))
            if option.state & QStyle.StateFlag.State_Active and option.widget.hasFocus():
                painter.fillRect(QRect(place.left(), place.top(), place.width(), 2), QColor(tokens.accent))
                painter.fillRect(
                    QRect(place.left(), place.bottom() - 1, place.width(), 2), QColor(tokens.accent)
                )
                return
        painter.fillRect(QRect(place.left(), place.bottom(), place.width(), 1), QColor(tokens.border))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        return QSize(60, ROW_HEIGHT)


class LinkDelegate(_RowDelegate):
    """The slug, and under it where it leads."""

    def paint_cell(self, painter: QPainter, place: QRect, row: JourneyRow, column: int) -> None:  # noqa: ARG002
        room = place.adjusted(14, 0, -8, 0)
        painter.setFont(strong(13))
        painter.setPen(QColor(self.theme.tokens.text))
        _line(painter, room.adjusted(0, 6, 0, 0), row.journey.slug)
        painter.setFont(code(11))
        painter.setPen(QColor(self.theme.tokens.muted))
        _line(painter, room.adjusted(0, _TEXT_Y - 2, 0, 0), row.journey.target_url.partition("://")[2])


class StationDelegate(_RowDelegate):
    """A mark on the track and its time; what waits is hollow."""

    def paint_cell(self, painter: QPainter, place: QRect, row: JourneyRow, column: int) -> None:
        if column > len(row.stations):
            return
        station = row.stations[column - 1]
        painter.setClipping(False)
        self._paint_track(painter, place, first=column == 1, reached=station.reached)
        self._paint_mark(painter, QPointF(place.center().x() + 0.5, place.top() + _MARK_Y), station)
        painter.setFont(words(11))
        quiet = self.theme.tokens.muted if station.reached else self.theme.tokens.of(station.tone)
        painter.setPen(QColor(quiet))
        centred = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        painter.drawText(place.adjusted(0, _TEXT_Y - 1, 0, 0), centred, station.text)

    def _paint_track(self, painter: QPainter, place: QRect, *, first: bool, reached: bool) -> None:
        """Paint the track to and from the mark; to a station that is not reached it is dotted."""
        colour = QColor(self.theme.tokens.border_strong)
        middle, y = place.center().x() + 0.5, place.top() + _MARK_Y
        clear = _MARK / 2 + 3
        if not first:
            painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine if reached else Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(place.left() - place.width() / 2 + clear, y), QPointF(middle - clear, y))

    def _paint_mark(self, painter: QPainter, centre: QPointF, station: Station) -> None:
        colour = QColor(self.theme.tokens.of(station.tone))
        radius = _MARK / 2
        if station.reached:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(centre, radius, radius)
            sign = QRectF(centre.x() - 4.5, centre.y() - 4.5, 9, 9)
            draw_icon(painter, sign, "check", self.theme.tokens.surface)
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        style = Qt.PenStyle.DotLine if station.text == "waiting" else Qt.PenStyle.SolidLine
        painter.setPen(QPen(colour, 1.5, style))
        painter.drawEllipse(centre, radius - 0.75, radius - 0.75)


class TotalDelegate(_RowDelegate):
    """The time to full consistency, or how many consumers are done."""

    def paint_cell(self, painter: QPainter, place: QRect, row: JourneyRow, column: int) -> None:  # noqa: ARG002
        painter.setFont(strong(12) if row.consistent else words(12))
        painter.setPen(QColor(self.theme.tokens.text if row.consistent else self.theme.tokens.warn))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), row.total)


def _line(painter: QPainter, place: QRect, text: str) -> None:
    cut = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), cut)
