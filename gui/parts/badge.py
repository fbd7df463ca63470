"""A state as a dot and a word, on a soft ground of its colour."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.fonts import words
from gui.theme import Theme
from gui.tokens import Tone

_HEIGHT, _PADDING, _DOT, _GAP = 20, 5, 5, 4


class Badge(QWidget):
    """Shows one word and its tone; narrow places elide the word, and the tooltip has it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._word, self._tone = "", Tone.NEUTRAL
        #: The room that the word wants; None = not measured yet.
        self._hint: QSize | None = None
        font = words(11)
        font.setWeight(font.Weight.DemiBold)
        self.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @property
    def word(self) -> str:
        """The word shown."""
        return self._word

    def show_state(self, word: str, tone: Tone, tip: str = "") -> None:
        """Show a state."""
        self.setToolTip(tip or word)
        if (word, tone) == (self._word, self._tone):
            return
        self._word, self._tone, self._hint = word, tone, None
        self.setAccessibleName(word)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        if self._hint is None:
            width = self.fontMetrics().horizontalAdvance(self._word)
            self._hint = QSize(width + 2 * _PADDING + _DOT + _GAP + 1, _HEIGHT)
        return QSize(self._hint)

    def minimumSizeHint(self) -> QSize:
        return QSize(4 * _HEIGHT if self._word else 0, _HEIGHT).boundedTo(self.sizeHint())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._word:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.tokens.soft(self._tone)))
        painter.drawRoundedRect(QRectF(self.rect()), _HEIGHT / 2, _HEIGHT / 2)
        colour = QColor(self._theme.tokens.of(self._tone))
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(_PADDING, (self.height() - _DOT) / 2, _DOT, _DOT))
        painter.setPen(colour)
        left = _PADDING + _DOT + _GAP
        room = self.rect().adjusted(left, 0, -_PADDING + 1, 0)
        word = self._word
        if self.width() < self.sizeHint().width():
            word = self.fontMetrics().elidedText(self._word, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), word)
