"""What is done to the program, and when: decided beforehand from a seed, so that a storm can be had again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of blows, in the words of the report."""

    KILL_PRODUCER = "kill -9 of a producer"
    KILL_WORKER = "kill -9 of a worker"
    KILL_OWNER = "kill -9 of the relay's owner"
    KILL_BROKER = "kill -9 of the broker"
    CUT_TAIL = "kill -9 of the broker, and its file cut"
    KILL_ALL = "kill -9 of everything at once"
    FREEZE_WORKER = "frozen worker"
    FREEZE_BROKER = "frozen broker"
    FREEZE_OWNER = "frozen owner"
    FLUSH = "FLUSHALL"
    DELETE_STREAM = "one stream deleted"
    TRIM = "streams trimmed, read or not"
    DESTROY_GROUP = "one consumer's groups destroyed"
    REWIND = "one consumer's groups set back to the start"
    CUT_CONNECTIONS = "all connections cut"
    SLOW_DISK = "slow fsync"
    WRONG_CLOCK = "clocks set wrong"
    FULL_DISK = "full disk"
    LOCK_DATABASE = "locked database"


BROKER_KILLS = (Kind.KILL_BROKER, Kind.CUT_TAIL, Kind.KILL_ALL)
KILLS = (Kind.KILL_PRODUCER, Kind.KILL_WORKER, Kind.KILL_OWNER, *BROKER_KILLS)


@dataclass(frozen=True, slots=True)
class _Habit:
    """How often a kind of blow falls, and how long it lasts."""

    per_minute: float
    #: Shortest and longest duration, in seconds; a kill has none.
    lasts: tuple[float, float] = (0.0, 0.0)


_HABITS = {
    Kind.KILL_PRODUCER: _Habit(62),
    # Seldom enough that others can take over its partitions before the next one dies.
    Kind.KILL_WORKER: _Habit(12),
    Kind.KILL_OWNER: _Habit(8),
    Kind.KILL_BROKER: _Habit(13),
    Kind.CUT_TAIL: _Habit(4),
    Kind.KILL_ALL: _Habit(1.6),
    # Longer than a worker may be silent before others take over its partitions.
    Kind.FREEZE_WORKER: _Habit(3.2, (3, 9)),
    Kind.FREEZE_BROKER: _Habit(2.5, (1, 4)),
    Kind.FREEZE_OWNER: _Habit(2.5, (1, 4)),
    Kind.FLUSH: _Habit(4),
    Kind.DELETE_STREAM: _Habit(4),
    Kind.TRIM: _Habit(6),
    Kind.DESTROY_GROUP: _Habit(4),
    Kind.REWIND: _Habit(4),
    Kind.CUT_CONNECTIONS: _Habit(6),
    Kind.SLOW_DISK: _Habit(4, (4, 10)),
    Kind.WRONG_CLOCK: _Habit(4, (2, 8)),
    Kind.FULL_DISK: _Habit(2.5, (1, 3)),
    # Around the 5 s for which a writer waits.
    Kind.LOCK_DATABASE: _Habit(4, (1, 7)),
}


@dataclass(frozen=True, slots=True, order=True)
class Blow:
    """One thing that is done."""

    #: Seconds after the beginning of the storm.
    at: float
    kind: Kind
    #: Seconds until it is undone; 0 = it can't be undone.
    lasts: float
    #: Between 0 and 1: which of several it hits, and how hard.
    chance: float


def blows(seed: int, seconds: float) -> list[Blow]:
    """Give all blows of a storm, in order; each kind is spread over the whole of it."""
    dice = random.Random(seed)
    return sorted(blow for kind, habit in _HABITS.items() for blow in _spread(dice, kind, habit, seconds))


def _spread(dice: random.Random, kind: Kind, habit: _Habit, seconds: float) -> Iterator[Blow]:
    count = max(1, round(habit.per_minute * seconds / 60))
    for number in range(count):
        at = (number + dice.random()) * seconds / count
        yield Blow(at, kind, dice.uniform(*habit.lasts), dice.random())
