"""What the head of the page says, from one snapshot. No Qt here."""

from core.operating.snapshot import Snapshot
from gui.formatting import UNKNOWN, count
from gui.tokens import Tone

_NAMES = ("Dead", "Parked", "Decided", "Policy")
TAB_TIPS = (
    "Events that consumers have given up on",
    "Events that wait for another attempt; the table has their links, also those that only wait behind a dead letter",
    "Dead letters that were retried or discarded, with who decided, when, and why",
    "Whether later events of a link wait behind its dead letter",
)


def badge_of(snapshot: Snapshot) -> tuple[str, Tone, str]:
    """Give the badge of the page: word, tone and tooltip."""
    dead, parked = figures_of(snapshot)
    if dead is None or parked is None:
        return "count unknown", Tone.NEUTRAL, "A database can't be read now; it is tried again by itself."
    if dead:
        return f"{count(dead)} dead", Tone.BAD, "They wait until somebody decides about them."
    if parked:
        return f"{count(parked)} parked", Tone.WARN, "They are tried again by themselves."
    return (
        "nothing dead",
        Tone.OK,
        "No consumer has given up on anything, and nothing waits for another attempt.",
    )


def figures_of(snapshot: Snapshot) -> tuple[int | None, int | None]:
    """Count what is dead and what is parked, of all consumers; None = of one it is unknown, or which there are."""
    if snapshot.database_error or not snapshot.consumers:
        return None, None
    dead = [health.dead for health in snapshot.consumers]
    parked = [health.parked for health in snapshot.consumers]
    return _sum(dead), _sum(parked)


def tab_words(snapshot: Snapshot | None) -> tuple[str, ...]:
    """Give what the tabs say, with the figures that are known."""
    if snapshot is None:
        return _NAMES
    dead, parked = figures_of(snapshot)
    words = [f"{name} {_figure(number)}" for name, number in zip(_NAMES, (dead, parked), strict=False)]
    return (*words, *_NAMES[2:])


def idle_of(snapshot: Snapshot | None) -> frozenset[str]:
    """Give the consumers that no worker runs now, as far as that is known."""
    if snapshot is None:
        return frozenset()
    return frozenset(health.name for health in snapshot.consumers if not health.workers)


def _figure(number: int | None) -> str:
    return UNKNOWN if number is None else count(number)


def _sum(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None
