"""The time line, painted: only the events in sight. The wheel scrolls, with Ctrl it zooms; dragging moves along the time.

The list of steps says the same to the keyboard and to screen readers.
"""

from bisect import bisect_right

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from gui.theme import Theme
from gui.trace.bands import LANE, Band, Lane, whole_of
from gui.trace.painting import ICON, BandPainter, View, is_bar
from gui.trace.rows import Key, StepRow
from gui.trace.time_scale import Axis, TimeScale

#: Heights and widths in pixels: the axis, the lanes' names, how each stands.
_AXIS, _NAMES, _OUTCOMES = 26, 104, 196
#: A label of the axis needs about so much, one with a time of day more.
_TICK_PX, _CLOCK_PX = 62, 96
#: The pointer means an icon within so many pixels.
_NEAR_PX = 4 + ICON / 2
_ZOOM = 1.6
_WHEEL_STEP = 120


class TraceChart(QAbstractScrollArea):
    """Shows one trace; `looked_at` tells the key of the step that somebody taps."""

    looked_at = Signal(object)
    #: Something else is seen of the time: whether it is all of it.
    seen = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.bands: tuple[Band, ...] = ()
        self.axis = Axis.FASTER
        self.scale = TimeScale(1.0, is_faster=True)
        self.chosen: Key | None = None
        self._now = 0.0
        #: When the first of its events began, in Unix seconds.
        self._begun = 0.0
        #: Where the pointer went down, and what was seen then.
        self._grip: tuple[QPointF, TimeScale] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(LANE)
        self.setMinimumWidth(_NAMES + _OUTCOMES + 160)
        self.setAccessibleName("Time line")
        self.viewport().setAutoFillBackground(False)
        theme.changed.connect(self.viewport().update)

    # What is shown

    def show_bands(self, bands: tuple[Band, ...], now: float, said: str) -> None:
        """Show these, read at `now`; what is seen of the time stays. `said` is all of it in a sentence."""
        self.bands, self._now = bands, now
        self._begun = min((band.began_at for band in bands), default=0.0)
        self.setAccessibleDescription(f"{said}. The list of steps says all that is shown here.")
        if self.bands:
            self.scale = self.scale.grown(whole_of(self.bands, self.axis))
        self._measure()
        self.viewport().update()

    def choose_axis(self, axis: Axis) -> None:
        """Tell the time so from now on, and show all of it."""
        self.axis = axis
        whole = whole_of(self.bands, axis)
        self._see(TimeScale(whole, is_faster=axis is Axis.FASTER))

    def choose(self, key: Key | None) -> None:
        """Mark the step of this key, and bring it into sight."""
        if key == self.chosen:
            return
        self.chosen = key
        found = self._find(key)
        if found is not None:
            self._bring_into_sight(*found)
        self.viewport().update()

    def fit(self) -> None:
        """Show all of the time."""
        self._see(self.scale.fitted())

    def zoom(self, steps: float, around: float | None = None) -> None:
        """Look more closely by so many steps, below 0 less; around the step that is looked at, or the middle."""
        self._see(self.scale.zoomed(_ZOOM**steps, self._centre() if around is None else around))

    def _see(self, scale: TimeScale) -> None:
        self.scale = scale
        self.seen.emit(scale.is_whole)
        self.viewport().update()

    def _centre(self) -> float:
        found = self._find(self.chosen)
        if found is not None and found[1].step.at is not None:
            part = self.scale.part(found[1].step.at - self._zero(found[0]))
            if 0 <= part <= 1:
                return part
        return 0.5

    def _find(self, key: Key | None) -> tuple[Band, StepRow, Lane] | None:
        found = (
            (band, row, lane)
            for band in self.bands
            if key is not None and band.event.row.event.event_id == key[0]
            for lane in band.lanes
            for row in lane.rows
            if row.key == key
        )
        return next(found, None)

    def _bring_into_sight(self, band: Band, row: StepRow, lane: Lane) -> None:
        bar, room = self.verticalScrollBar(), self.viewport().height() - _AXIS
        # The head of its event too, where there is room for both.
        highest = band.top if lane.top + LANE - band.top <= room else lane.top
        if highest < bar.value():
            bar.setValue(highest)
        elif lane.top + LANE > bar.value() + room:
            bar.setValue(max(highest, lane.top + LANE - room) if highest > bar.value() else highest)
        if row.step.at is not None:
            part = self.scale.part(row.step.at - self._zero(band))
            if not 0 <= part <= 1:
                self._see(self.scale.moved(part - 0.5))

    # Places

    def _zero(self, band: Band) -> float:
        return self._begun if self.axis is Axis.CLOCK else band.began_at

    def view(self) -> View:
        """Give where everything stands now."""
        width = self.viewport().width()
        zero = self._begun if self.axis is Axis.CLOCK else None
        plot = max(60.0, width - _NAMES - _OUTCOMES)
        return View(self.scale, _NAMES, plot, width, self._now, zero)

    def place_of(self, key: Key) -> QPoint | None:
        """Give where the step of this key stands in the viewport; None = it has no place."""
        found = self._find(key)
        span = None if found is None else self.view().span(found[1], self._zero(found[0]))
        if found is None or span is None:
            return None
        x = sum(span) / 2 if is_bar(found[1]) else span[0]
        return QPoint(round(x), found[2].top + LANE // 2 + _AXIS - self.verticalScrollBar().value())

    def _band_at(self, down: float) -> Band | None:
        number = bisect_right(self.bands, down, key=lambda band: band.top) - 1
        return (
            self.bands[number]
            if number >= 0 and down < self.bands[number].top + self.bands[number].height
            else None
        )

    def _lane_at(self, place: QPointF) -> tuple[Band | None, Lane | None]:
        down = place.y() - _AXIS + self.verticalScrollBar().value()
        band = self._band_at(down) if place.y() >= _AXIS else None
        if band is None:
            return None, None
        return band, next((one for one in band.lanes if 0 <= down - one.top < LANE), None)

    def step_at(self, place: QPointF) -> StepRow | None:
        """Give the step at a place in the viewport: the nearest icon, or the wait under it."""
        band, lane = self._lane_at(place)
        if band is None or lane is None:
            return None
        view, zero = self.view(), self._zero(band)
        if place.x() > view.left + view.width + _NEAR_PX:
            return lane.outcome
        spans = [(row, view.span(row, zero)) for row in lane.rows]
        # What stands for several begins and ends where others stand, which go first.
        near = [
            (min(abs(x - place.x()) for x in span), row.lasted_s is not None, number, row)
            for number, (row, span) in enumerate(spans)
            if span and not is_bar(row)
        ]
        distance, _, _, nearest = min(near, default=(_NEAR_PX + 1, False, 0, None))
        if distance <= _NEAR_PX:
            return nearest
        return next((row for row, span in spans if span and span[0] <= place.x() <= span[1]), None)

    def _measure(self) -> None:
        whole = self.bands[-1].top + self.bands[-1].height if self.bands else 0
        room = max(0, self.viewport().height() - _AXIS)
        self.verticalScrollBar().setRange(0, max(0, whole - room))
        self.verticalScrollBar().setPageStep(room)

    # What Qt asks for

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view, top = self.view(), self.verticalScrollBar().value()
        bottom = top + self.viewport().height() - _AXIS
        painting = BandPainter(painter, self._theme.tokens, view, self.chosen)
        ticks = self._ticks(view)
        painting.paint_ticks(ticks, _AXIS, self.viewport().height())
        painter.save()
        painter.translate(0, _AXIS - top)
        for band in self.bands:
            if band.top < bottom and band.top + band.height > top:
                painting.paint(band, self._zero(band))
            if band.origin is not None:
                painting.paint_origin(band, self.bands[band.origin])
        painter.restore()
        painting.paint_axis(ticks, _AXIS)

    def _ticks(self, view: View) -> tuple[float, ...]:
        if view.clock_zero is None:
            return self.scale.ticks(max(2, int(view.width / _TICK_PX)))
        return self.scale.ticks(max(2, int(view.width / _CLOCK_PX)), view.clock_zero)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.told_at(QPointF(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def told_at(self, place: QPointF) -> str:
        """Say what is at a place; nothing where nothing is. What was cut is said in full."""
        band, lane = self._lane_at(place)
        if band is None:
            return ""
        if lane is None:
            return "\n".join(part for part in (band.title, band.note) if part)
        row, view = self.step_at(place), self.view()
        if view.left - _NEAR_PX <= place.x() <= view.left + view.width + _NEAR_PX:
            return "" if row is None else row.sentence
        said = f"{lane.name}: {lane.words}"
        return said if row is None else f"{said}\n{row.sentence}"

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = (event.angleDelta().y() or event.angleDelta().x()) / _WHEEL_STEP
        view = self.view()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(steps, min(1.0, max(0.0, (event.position().x() - view.left) / view.width)))
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._see(self.scale.moved(-steps / 8))
        else:
            super().wheelEvent(event)
            return
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._grip = (event.position(), self.scale)
            row = self.step_at(event.position())
            if row is not None:
                self.looked_at.emit(row.key)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            begun, scale = self._grip
            self._see(scale.moved((begun.x() - event.position().x()) / self.view().width))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._grip = None
