"""The rows of journeys as pictures: each is painted once and then copied, for as long as it says and looks the same.

A row is some hundred calls of the painter, and beside busy threads each of them may have to wait for the interpreter.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPixmap

from gui.overview.journey_cells import Cell, LinkCell, StationCell, TotalCell
from gui.overview.journey_rows import JourneyRow
from gui.theme import Theme, colour_of

ROW_HEIGHT = 44


@dataclass(frozen=True, slots=True)
class Look:
    """How a row looks, whatever it says."""

    #: Number, left edge and width of each column that is shown, from left to right.
    columns: tuple[tuple[int, int, int], ...]
    #: How many columns there are; the last one is the total.
    count: int
    ratio: float
    is_dark: bool
    is_selected: bool
    #: Whether it is selected in a table that has the keyboard.
    has_focus: bool


class RowPictures:
    """Flat rows with a hairline under each; the selected one has a soft ground."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._link, self._station, self._total = LinkCell(theme), StationCell(theme), TotalCell(theme)
        self._kept: dict[str, tuple[JourneyRow, Look, QPixmap]] = {}

    def get(self, row: JourneyRow, look: Look) -> QPixmap:
        """Give the picture of a row."""
        kept = self._kept.get(row.link_id)
        if kept is None or kept[1] != look or kept[0] != row:
            kept = self._kept[row.link_id] = (row, look, self._draw(row, look))
        return kept[2]

    def keep_only(self, rows: Iterable[JourneyRow]) -> None:
        """Let go of all others."""
        here = {row.link_id for row in rows}
        for link_id in self._kept.keys() - here:
            del self._kept[link_id]

    def _draw(self, row: JourneyRow, look: Look) -> QPixmap:
        _, left, width = look.columns[-1]
        place = QRect(0, 0, left + width, ROW_HEIGHT)
        picture = QPixmap(QSize(place.width(), ROW_HEIGHT) * look.ratio)
        picture.setDevicePixelRatio(look.ratio)
        # An opaque ground: letters on a clear one lose their sharpness on screens with coloured stripes.
        picture.fill(colour_of(self._theme.tokens.surface))
        painter = QPainter(picture)
        self._paint_ground(painter, place, look)
        self._station.first = next((column for column, _, _ in look.columns if column), 1)
        for column, left, width in look.columns:
            self._cell(column, look).paint(painter, QRect(left, 0, width, ROW_HEIGHT), row, column)
        painter.end()
        return picture

    def _cell(self, column: int, look: Look) -> Cell:
        if column == 0:
            return self._link
        return self._total if column == look.count - 1 else self._station

    def _paint_ground(self, painter: QPainter, place: QRect, look: Look) -> None:
        tokens = self._theme.tokens
        if look.is_selected:
            painter.fillRect(place, colour_of(tokens.accent_soft))
        if look.has_focus:
            painter.fillRect(place.left(), place.top(), place.width(), 2, colour_of(tokens.accent))
            painter.fillRect(place.left(), place.bottom() - 1, place.width(), 2, colour_of(tokens.accent))
        else:
            painter.fillRect(place.left(), place.bottom(), place.width(), 1, colour_of(tokens.border))
