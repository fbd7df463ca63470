"""One consumer: its state, its figures, its lag over the last minute, and the button that pauses it."""

from dataclasses import replace

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from core.operating.snapshot import ConsumerHealth
from gui.bridge import Bridge
from gui.fonts import strong, words
from gui.formatting import UNKNOWN, count, rate, short_count, short_rate
from gui.icons import icon
from gui.overview.card_figures import CardFigures, Figure
from gui.overview.card_text import (
    card_sentence,
    error_line,
    figure_tips,
    kept_back,
    small_print,
    small_print_tip,
)
from gui.overview.parked_and_dead import ParkedAndDead
from gui.parts.badge import Badge
from gui.parts.health import pause_sentence, tone_of
from gui.parts.pause_button import PauseButton
from gui.parts.sparkline import Sparkline
from gui.parts.text import ElidedLabel, set_role
from gui.parts.way import be_way, is_click, is_enter, paint_ring
from gui.theme import Theme
from gui.tokens import Tone

_ICONS = {
    "analytics": "chart-column",
    "qr": "qr-code",
    "billing": "receipt",
    "webhook": "webhook",
    "dashboard": "rss",
}
#: A card gives room away before the parts below it overlap.
_HEIGHT, _LEAST_HEIGHT = 212, 192
#: A narrower card has no room for its sign beside its name.
_SIGN_WIDTH = 190
_NOT_YET = "not read yet"


class ConsumerCard(QFrame):
    """Shows one consumer; until the first snapshot everything is unknown. A click, or Enter, asks for all of it."""

    #: It was clicked: the consumer's name.
    chosen = Signal(str)
    #: What it keeps back was clicked: the consumer's name, and "parked" or "dead".
    kept_back_chosen = Signal(str, str)

    def __init__(self, theme: Theme, bridge: Bridge, name: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(f"Consumer {name}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        be_way(self)
        self.name = name
        self._theme = theme
        #: What was told last; the lag's history has a chart of its own.
        self._told: ConsumerHealth | None = None
        self._sign = QLabel()
        self._title = ElidedLabel(strong(13))
        self.badge = Badge(theme)
        self.figures = CardFigures(theme)
        self.kept_back = ParkedAndDead(theme)
        self.error = ElidedLabel(words(12), "bad")
        self.line = Sparkline(theme, f"Lag of {name}")
        self.print = ElidedLabel(words(12), "muted")
        self.button = PauseButton(theme, bridge, name)
        self._title.show_text(name)
        self._lay_out()
        self._draw_sign()
        self._show_unknown()
        self.error.hide()
        theme.changed.connect(self._draw_sign)
        self.button.failed.connect(self._show_failure)
        self.kept_back.chosen.connect(self._choose_kept_back)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(5)
        head.addWidget(self._sign)
        head.addWidget(self._title, 1)
        head.addWidget(self.badge)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 11)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.figures)
        layout.addWidget(self.kept_back)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.error)
        layout.addWidget(self.print)
        layout.addSpacing(4)
        layout.addWidget(self.button)
        self.setMinimumHeight(_LEAST_HEIGHT)
        self.setMaximumHeight(_HEIGHT)

    def _draw_sign(self) -> None:
        picture = icon(self._theme, _ICONS.get(self.name, "activity"), "muted")
        self._sign.setPixmap(picture.pixmap(QSize(15, 15), self.devicePixelRatioF()))

    def _show_unknown(self) -> None:
        self.badge.show_state("unknown", Tone.NEUTRAL, _NOT_YET)
        self.figures.show_figures(
            [Figure(UNKNOWN, UNKNOWN, unit, _NOT_YET) for unit in ("lag", "in flight", "per s")]
        )
        self.print.show_text(_NOT_YET)

    def refresh(self, health: ConsumerHealth, now: float) -> None:
        """Show the consumer as it is at `now`; only what differs is painted."""
        tone = tone_of(health.state)
        self.line.show_history(health.history, health.marks, now, tone)
        self.button.refresh(health)
        told = replace(health, history=(), marks=())
        if told != self._told:
            self._told = told
            self._tell(health, tone)

    def _tell(self, health: ConsumerHealth, tone: Tone) -> None:
        self.badge.show_state(health.state.value, tone, pause_sentence(health))
        lag, flight, rates = figure_tips(health)
        self.figures.show_figures(
            (
                Figure(count(health.lag), short_count(health.lag), "lag", lag),
                Figure(count(health.in_flight), short_count(health.in_flight), "in flight", flight),
                Figure(rate(health.rate_out), short_rate(health.rate_out), "per s", rates),
            )
        )
        self.kept_back.show_counts(kept_back(health))
        self.print.show_text(small_print(health), small_print_tip(health))
        self._show_error(error_line(health), small_print_tip(health), "bad" if health.error else "warn")
        self.setAccessibleDescription(card_sentence(health))

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._sign.setVisible(event.size().width() >= _SIGN_WIDTH)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if is_click(self, event):
            self.chosen.emit(self.name)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_enter(event):
            self.chosen.emit(self.name)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_ring(self, 10)

    def _choose_kept_back(self, word: str) -> None:
        self.kept_back_chosen.emit(self.name, word)

    def _show_error(self, text: str, tip: str = "", role: str = "bad") -> None:
        """Let an error or a warning take the place of the small print: a card has one line for words."""
        set_role(self.error, role)
        self.error.show_text(text, "\n".join(part for part in (text, tip) if part))
        self.error.setVisible(bool(text))
        self.print.setVisible(not text)

    def _show_failure(self, text: str) -> None:
        self._told = None  # The next refresh says again how things stand.
        self._show_error(f"not sent: {text}")
