"""How one consumer is, from its figures: rates over the last seconds, its state, the time it needs to catch up."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.consuming.controls import Wanted
from core.consuming.heartbeats import Heartbeat
from core.operating.snapshot import ConsumerHealth, ConsumerState, Mark

#: Rates are taken over this many seconds.
RATE_WINDOW_S = 3.0
#: A consumer whose oldest waiting event is older than this is catching up, in seconds.
CATCHING_UP_S = 2.0
#: Points of the lag's history: one minute at four rounds a second.
HISTORY = 240


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round has read of a consumer; None = could not be read."""

    published: Mapping[int, int] | None
    watermarks: Mapping[int, int] | None
    parked: int | None
    dead: int | None
    oldest_at: float | None
    in_flight: int | None
    wanted: Wanted
    heartbeats: Sequence[Heartbeat]
    marks: tuple[Mark, ...]
    #: What goes wrong behind it while it runs; None = nothing does.
    warning: str | None = None
    #: Why its database could not be read; None = it could.
    unread: str | None = None


class ConsumerTrack:
    """Remembers the last seconds of one consumer."""

    def __init__(self, name: str) -> None:
        self.name = name
        #: (time, events published, events dealt with), oldest first.
        self._counts: deque[tuple[float, int, int]] = deque()
        self._history: deque[tuple[float, int]] = deque(maxlen=HISTORY)
        self._state: ConsumerState | None = None
        self._state_since: float | None = None

    def health(self, figures: Figures, now: float) -> ConsumerHealth:
        """Add one round, and say how the consumer is."""
        lag = _lag(figures)
        rate_in, rate_out = self._rates(figures, now)
        if lag is not None:
            self._history.append((now, lag))
        oldest_age = None if not lag or figures.oldest_at is None else max(0.0, now - figures.oldest_at)
        wanted = figures.wanted
        errors = [beat.error for beat in figures.heartbeats if beat.error]
        obeyed = [beat.obeyed_version for beat in figures.heartbeats]
        state = _state(figures, now, oldest_age)
        self._note(state, now)
        return ConsumerHealth(
            name=self.name,
            state=state,
            lag=lag,
            oldest_age_s=oldest_age,
            in_flight=figures.in_flight,
            parked=figures.parked,
            dead=figures.dead,
            rate_in=rate_in,
            rate_out=rate_out,
            drain_s=_drain(lag, rate_in, rate_out),
            wanted_version=wanted.version,
            obeyed_version=min(obeyed, default=None),
            wants_paused=wanted.is_paused(now),
            paused_until=wanted.paused_until if wanted.is_paused(now) else None,
            paused_by=wanted.changed_by if wanted.is_paused(now) else None,
            workers=tuple(beat.worker_id for beat in figures.heartbeats),
            error=errors[0] if errors else figures.unread,
            history=tuple(self._history),
            marks=figures.marks,
            state_since=self._state_since,
            warning=figures.warning,
        )

    def _note(self, state: ConsumerState, now: float) -> None:
        """Remember when it came to its state; when it came to the first one that was seen is not known."""
        if self._state is not None and state is not self._state:
            self._state_since = now
        self._state = state

    def _rates(self, figures: Figures, now: float) -> tuple[float | None, float | None]:
        if figures.published is None or figures.watermarks is None:
            return None, None
        self._counts.append((now, sum(figures.published.values()), sum(figures.watermarks.values())))
        while len(self._counts) > 2 and self._counts[1][0] <= now - RATE_WINDOW_S:
            self._counts.popleft()
        then, published, dealt_with = self._counts[0]
        if now - then <= 0:
            return None, None
        _, published_now, dealt_with_now = self._counts[-1]
        # A rebuilt consumer goes back; that is no negative rate.
        return (
            max(0, published_now - published) / (now - then),
            max(0, dealt_with_now - dealt_with) / (now - then),
        )


def _lag(figures: Figures) -> int | None:
    if figures.published is None or figures.watermarks is None:
        return None
    return sum(max(0, last - figures.watermarks.get(number, 0)) for number, last in figures.published.items())


def _state(figures: Figures, now: float, oldest_age: float | None) -> ConsumerState:
    if not figures.heartbeats:
        return ConsumerState.STOPPED
    if figures.wanted.is_paused(now):
        obeyed = all(
            beat.paused and beat.obeyed_version >= figures.wanted.version for beat in figures.heartbeats
        )
        return ConsumerState.PAUSED if obeyed else ConsumerState.PAUSING
    if any(beat.error for beat in figures.heartbeats):
        return ConsumerState.FAILING
    if oldest_age is not None and oldest_age > CATCHING_UP_S:
        return ConsumerState.CATCHING_UP
    return ConsumerState.RUNNING


def _drain(lag: int | None, rate_in: float | None, rate_out: float | None) -> float | None:
    if not lag or rate_in is None or rate_out is None or rate_out <= rate_in:
        return None
    return lag / (rate_out - rate_in)
