"""The clicks of each hour as bars; the tooltip has the figures, and a screen reader the sum."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.operating.links.figures import HourClicks
from gui.fonts import words
from gui.formatting import count, plural
from gui.links.words import hours_words
from gui.theme import Theme, colour_of

_HEIGHT, _TEXT = 92, 16
#: A peak below this fills only a part of the height, so that one click does not look like a storm.
_LEAST_PEAK = 4


class HoursChart(QWidget):
    """Oldest hour at the left; hours without a click have a base line only."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._hours: tuple[HourClicks, ...] | None = None
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFont(words(11))

    def show_hours(self, hours: Sequence[HourClicks] | None) -> None:
        """Show these; None = they are unknown."""
        self._hours = None if hours is None else tuple(hours)
        self.setAccessibleName(hours_words(hours))
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
        width, room = self.width() / max(1, len(self._hours)), bottom - _TEXT
        for number, hour in enumerate(self._hours):
            tall = room * hour.clicks / max(peak, _LEAST_PEAK)
            bar = QRectF(number * width, bottom - tall, max(1.0, min(width - 1, 24)), tall)
            painter.fillRect(bar, colour_of(tokens.accent))

    def _paint_frame(self, painter: QPainter, bottom: int, peak: int) -> None:
        assert self._hours is not None
        painter.fillRect(0, bottom, self.width(), 1, colour_of(self._theme.tokens.border_strong))
        top, low = self.rect().adjusted(0, 0, 0, 0), self.rect().adjusted(0, bottom + 2, 0, 0)
        painter.drawText(top, int(Qt.AlignmentFlag.AlignTop), f"at most {count(peak)} within one hour")
        if self._hours:
            painter.drawText(low, int(Qt.AlignmentFlag.AlignLeft), _when(self._hours[0].at))
            painter.drawText(low, int(Qt.AlignmentFlag.AlignRight), "now")

    def event(self, event: QEvent) -> bool:
        """Tell the figure of the hour that is pointed at."""
        if isinstance(event, QHelpEvent) and self._hours:
            number = int(event.pos().x() * len(self._hours) / max(1, self.width()))
            hour = self._hours[min(max(0, number), len(self._hours) - 1)]
            QToolTip.showText(
                event.globalPos(), f"{_when(hour.at)}: {plural(hour.clicks, 'click')} of people", self
            )
            return True
        return super().event(event)


def _when(at: float) -> str:
    return time.strftime("%d %b %H:00", time.localtime(at))
