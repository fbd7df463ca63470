"""Lag and rates of each consumer over the last quarter of an hour, as the snapshots have told them. No Qt here.

The past that nobody has seen stays empty: what is not known is not drawn.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.operating.snapshot import ConsumerHealth, Snapshot

#: One point a second, for as long as marks are told.
SPANS_S = (60.0, 300.0, 900.0)
_POINTS = int(SPANS_S[-1])
_EVERY_S = 1.0
#: A line is interrupted where nothing was seen for longer, in seconds.
GAP_S = 5.0


@dataclass(frozen=True, slots=True)
class Point:
    """One moment; None = it was unknown."""

    at: float
    lag: int | None
    rate_in: float | None
    rate_out: float | None


@dataclass(slots=True)
class Trend:
    """One consumer's points, oldest first; bounded."""

    points: deque[Point] = field(default_factory=lambda: deque(maxlen=_POINTS))

    def add(self, health: ConsumerHealth, at: float) -> None:
        """Take in a picture; the first one brings the lag of the last minute with it."""
        if not self.points:
            self.points.extend(_thinned(health.history, before=at))
        if not self.points or at - self.points[-1].at >= _EVERY_S:
            self.points.append(Point(at, health.lag, health.rate_in, health.rate_out))


class Trends:
    """All consumers' trends."""

    def __init__(self) -> None:
        self._trends: dict[str, Trend] = {}

    def add(self, snapshot: Snapshot) -> None:
        """Take in a picture; one that was not read anew, since the database is away, is left out."""
        if snapshot.database_error is None:
            for health in snapshot.consumers:
                self._trends.setdefault(health.name, Trend()).add(health, snapshot.taken_at)

    def of(self, consumer: str) -> Sequence[Point]:
        """Give a consumer's points, oldest first."""
        trend = self._trends.get(consumer)
        return () if trend is None else tuple(trend.points)


def span_of(points: Sequence[Point], now: float) -> float:
    """Give the shortest time axis, in seconds, that shows all there is."""
    age = now - points[0].at if points else 0.0
    # A moment more than a minute is not worth a longer axis.
    return next((span for span in SPANS_S if age <= span * 1.1), SPANS_S[-1])


def runs_of(points: Sequence[Point], name: str) -> list[list[tuple[float, float]]]:
    """Give a figure as lines of (time, value), interrupted where it was unknown or nothing was seen."""
    runs: list[list[tuple[float, float]]] = []
    for point in points:
        value: float | None = getattr(point, name)
        if value is None:
            runs.append([])
        elif runs and runs[-1] and point.at - runs[-1][-1][0] <= GAP_S:
            runs[-1].append((point.at, value))
        else:
            runs.append([(point.at, value)])
    return [run for run in runs if run]


def _thinned(history: Sequence[tuple[float, int]], before: float) -> list[Point]:
    kept: list[Point] = []
    for at, lag in history:
        if at < before - _EVERY_S / 2 and (not kept or at - kept[-1].at >= _EVERY_S):
            kept.append(Point(at, lag, None, None))
    return kept
