"""The clicks of each hour as bars, marked where somebody acted on the link; the tooltip and a screen reader tell both."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.operating.links.figures import HourClicks
from core.operating.links.history import LinkEdit
from gui.fonts import words
from gui.formatting import clock, count, plural
from gui.links.words import hours_words
from gui.theme import Theme, colour_of

_HEIGHT, _TEXT = 92, 16
#: A peak below this fills only a part of the height, so that one click does not look like a storm.
_LEAST_PEAK = 4
_HOUR_S = 3_600
#: From the middle of a mark's sign to its corners, in pixels.
_SIGN = 3.0


class HoursChart(QWidget):
    """Oldest hour at the left; hours without a click have a base line only."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._hours: tuple[HourClicks, ...] | None = None
        self._acts: tuple[LinkEdit, ...] = ()
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFont(words(11))

    def show_hours(self, hours: Sequence[HourClicks] | None, acts: Sequence[LinkEdit] = ()) -> None:
        """Show these, and what was done to the link meanwhile; None = they are unknown."""
        self._hours = None if hours is None else tuple(hours)
        begin = hours[0].at if hours else 0.0
        self._acts = tuple(act for act in acts if hours and act.at >= begin)
        told = "".join(f"; {_told(act)}" for act in self._acts)
        self.setAccessibleName(f"{hours_words(hours)}{told}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), self._theme.tokens
        painter.setFont(self.font())
        painter.setPen(colour_of(tokens.muted))
        if self._hours is None:
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), "unknown")
            return
        bottom, peak = self.height() - _TEXT, max((hour.clicks for hour in self._hours), default=0)
        self._paint_frame(painter, bottom, peak)
        width, room = self.width() / max(1, len(self._hours)), bottom - _TEXT - 2 * _SIGN - 2
        for number, hour in enumerate(self._hours):
            tall = room * hour.clicks / max(peak, _LEAST_PEAK)
            bar = QRectF(number * width, bottom - tall, max(1.0, min(width - 1, 24)), tall)
            painter.fillRect(bar, colour_of(tokens.accent))
        for act in self._acts:
            self._paint_mark(painter, round(width * self._hour_of(act)) + 0.5, bottom)

    def _hour_of(self, act: LinkEdit) -> float:
        """Give where an act stands, in hours from the left."""
        assert self._hours is not None
        return min((act.at - self._hours[0].at) / _HOUR_S, len(self._hours) - 0.1)

    def _paint_mark(self, painter: QPainter, x: float, bottom: int) -> None:
        """Draw a diamond above a dotted line, as other charts mark what operators did."""
        colour = colour_of(self._theme.tokens.neutral)
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, _TEXT + 2 * _SIGN), QPointF(x, bottom))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        corners = ((0.0, -_SIGN), (_SIGN, 0.0), (0.0, _SIGN), (-_SIGN, 0.0))
        painter.drawPolygon(QPolygonF([QPointF(x + right, _TEXT + _SIGN + down) for right, down in corners]))

    def _paint_frame(self, painter: QPainter, bottom: int, peak: int) -> None:
        assert self._hours is not None
        painter.fillRect(0, bottom, self.width(), 1, colour_of(self._theme.tokens.border_strong))
        top, low = self.rect().adjusted(0, 0, 0, 0), self.rect().adjusted(0, bottom + 2, 0, 0)
        painter.drawText(top, int(Qt.AlignmentFlag.AlignTop), f"at most {count(peak)} within one hour")
        if self._hours:
            painter.drawText(low, int(Qt.AlignmentFlag.AlignLeft), _when(self._hours[0].at))
            painter.drawText(low, int(Qt.AlignmentFlag.AlignRight), "now")

    def event(self, event: QEvent) -> bool:
        """Tell the figure of the hour that is pointed at, and what was done in it."""
        if isinstance(event, QHelpEvent) and self._hours:
            QToolTip.showText(event.globalPos(), self.told_at(event.pos().x()), self)
            return True
        return super().event(event)

    def told_at(self, x: float) -> str:
        """Say what was so in the hour at this place."""
        if not self._hours:
            return ""
        number = min(max(0, int(x * len(self._hours) / max(1, self.width()))), len(self._hours) - 1)
        hour = self._hours[number]
        acts = [_told(act) for act in self._acts if int(self._hour_of(act)) == number]
        return "\n".join((f"{_when(hour.at)}: {plural(hour.clicks, 'click')} of people", *acts))


def _when(at: float) -> str:
    return time.strftime("%d %b %H:00", time.localtime(at))


def _told(act: LinkEdit) -> str:
    return f"{act.act} at {clock(act.at)} by {act.by}"
