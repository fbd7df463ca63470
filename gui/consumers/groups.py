"""All groups as rows, the worst first, and what is said of each. No Qt here."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.operating.snapshot import ConsumerHealth, ConsumerState, FaultSet
from gui.formatting import UNKNOWN, clock, duration, one_line, plural
from gui.parts.health import pause_sentence

#: Worst first; a consumer with dead letters comes right behind those that don't go on.
_ORDER = (
    ConsumerState.FAILING,
    ConsumerState.STOPPED,
    ConsumerState.CATCHING_UP,
    ConsumerState.PAUSED,
    ConsumerState.PAUSING,
    ConsumerState.RUNNING,
)
#: Nothing is dealt with in these.
_STILL = (ConsumerState.STOPPED, ConsumerState.PAUSED, ConsumerState.PAUSING)


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer as its row shows it; None = unknown."""

    name: str
    state: ConsumerState
    lag: int | None
    #: Whether the lag is growing (1), going down (-1), or neither.
    direction: int
    oldest_age_s: float | None
    in_flight: int | None
    parked: int | None
    dead: int | None
    rate_in: float | None
    rate_out: float | None
    drain_s: float | None
    workers: tuple[str, ...]
    #: What is behind the state: the error, who has paused it, or what goes wrong while it runs.
    reason: str
    #: Whether something goes wrong behind it while it runs.
    is_warned: bool = False


def group_of(health: ConsumerHealth) -> Group:
    """Take from a snapshot what the row shows; equal rows are not painted again."""
    return Group(
        name=health.name,
        state=health.state,
        lag=health.lag,
        direction=_direction(health),
        # What is shown to the tenth is kept to the tenth: a row changes when its text does.
        oldest_age_s=_tenths(health.oldest_age_s),
        in_flight=health.in_flight,
        parked=health.parked,
        dead=health.dead,
        rate_in=_tenths(health.rate_in),
        rate_out=_tenths(health.rate_out),
        drain_s=_tenths(health.drain_s),
        workers=health.workers,
        reason=health.error or pause_sentence(health) or health.warning or "",
        is_warned=bool(health.warning),
    )


def worst_first(groups: Sequence[Group]) -> list[Group]:
    """Order by what needs somebody: what does not go on, then dead letters, then age, then lag."""
    return sorted(groups, key=_trouble)


def _trouble(group: Group) -> tuple[float, float, int]:
    if group.state is ConsumerState.RUNNING:
        # What comes and goes within a second moves no row.
        return weight_of(group), 0.0, 0
    return weight_of(group), -(group.oldest_age_s or 0.0), -(group.lag or 0)


def weight_of(group: Group) -> float:
    """Weigh how much it needs somebody; less is worse."""
    weight = float(_ORDER.index(group.state))
    if group.dead:
        return min(weight, 1.5)
    return min(weight, 2.5) if group.is_warned else weight


def _direction(health: ConsumerHealth) -> int:
    if not health.lag or health.rate_in is None or health.rate_out is None:
        return 0
    return (health.rate_in > health.rate_out) - (health.rate_in < health.rate_out)


def _tenths(figure: float | None) -> float | None:
    # A small rate stays above 0.
    return None if figure is None else round(figure, 1) or (0.04 if figure > 0 else 0.0)


def done_in(group: Group) -> str:
    """Say when the lag will be gone, or why nobody knows."""
    if group.lag is None:
        return UNKNOWN
    if not group.lag:
        return "-"
    if group.drain_s is not None:
        return duration(group.drain_s)
    return "when it goes on" if group.state in _STILL else "not at this rate"


def owner_words(group: Group) -> str:
    """Say who runs it."""
    if not group.workers:
        return "no worker"
    return group.workers[0] if len(group.workers) == 1 else plural(len(group.workers), "worker")


def standing(health: ConsumerHealth, faults: Sequence[FaultSet], now: float) -> str:
    """Say in one line what stands in its way, the worst first; empty = nothing does."""
    parts = []
    if not health.workers:
        parts.append("No worker runs it: start one with main.py worker")
    if health.error:
        parts.append(one_line(health.error))
    if health.wants_paused:
        by = f" by {health.paused_by}" if health.paused_by else ""
        until = health.paused_until
        ends = (
            "until resumed"
            if until is None
            else f"until {clock(until)}, {duration(max(0.0, until - now))} more"
        )
        parts.append(f"Paused{by} {ends}")
    if health.warning:
        parts.append(health.warning)
    parts += [fault.words for fault in faults]
    return " · ".join(parts)
