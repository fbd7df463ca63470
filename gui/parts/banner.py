"""Banners above a page: what is wrong with the whole, why, and what to do. One line for each cause, the worst first."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.operating.snapshot import Notice, Severity
from gui.fonts import words
from gui.icons import icon
from gui.parts.text import ElidedLabel, set_role
from gui.parts.way import be_way, is_click, is_enter, paint_ring
from gui.theme import Theme
from gui.tokens import Tone

#: More lines than these would push the page away; the last one tells how many there are besides.
_LINES = 2
_TONES = {Severity.WARN: Tone.WARN, Severity.BAD: Tone.BAD}


class Banners(QWidget):
    """A line for each notice; none takes no room. A click on one, or Enter, asks for the place where it is dealt with."""

    #: The notice that was chosen.
    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown: tuple[Notice, ...] = ()
        self._lines = tuple(_Line(theme) for _ in range(_LINES))
        theme.changed.connect(self._draw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for line in self._lines:
            layout.addWidget(line)
            line.chosen.connect(self.chosen)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What there is to tell, worst first."""
        return [notice.text for notice in self._shown]

    def show_notices(self, notices: Sequence[Notice]) -> None:
        """Show these, and no others."""
        if tuple(notices) != self._shown:
            self._shown = tuple(notices)
            self._draw()

    def _draw(self) -> None:
        beyond = self._shown[_LINES:]
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(self._shown))
            if number < len(self._shown):
                line.show_notice(self._shown[number], beyond if number == _LINES - 1 else ())
        self.setVisible(bool(self._shown))


class _Line(QFrame):
    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._theme = theme
        self._notice: Notice | None = None
        self._icon = QLabel()
        self._what = ElidedLabel(words(13, words().Weight.Medium))
        self._rest = ElidedLabel(words(13))
        self._more = ElidedLabel(words(12), "muted")
        # What is wrong is never cut for the rest's sake.
        self._rest.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 7, 12, 7)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addWidget(self._what)
        layout.addWidget(self._rest, 1)
        layout.addWidget(self._more)
        be_way(self)

    def show_notice(self, notice: Notice, beyond: Sequence[Notice]) -> None:
        """Show one, and how many there are beyond it."""
        self._notice = notice
        self.setAccessibleName(notice.text)
        tone = _TONES[notice.severity].value
        picture = icon(self._theme, "triangle-alert", tone)
        self._icon.setPixmap(picture.pixmap(QSize(16, 16), self.devicePixelRatioF()))
        set_role(self, tone, "tone")
        set_role(self._what, tone)
        self._what.show_text(notice.what)
        # What to do is read before why: the end is cut where there is little room.
        self._rest.show_text(" ".join(part for part in (notice.remedy, notice.why) if part))
        self.setToolTip("\n".join(part for part in (notice.what, notice.why, notice.remedy) if part))
        self._more.setVisible(bool(beyond))
        self._more.show_text(f"and {len(beyond)} more", "\n".join(other.text for other in beyond))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_ring(self, 8)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if is_click(self, event):
            self.chosen.emit(self._notice)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_enter(event):
            self.chosen.emit(self._notice)
        else:
            super().keyPressEvent(event)
