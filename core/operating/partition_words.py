"""What moving partitions between workers does, said before it is done. Pure words."""

from collections.abc import Collection, Mapping, Sequence

_STAYS = "What has moved stays there until an operator moves it again or that worker ends; fair shares leave it alone."
_NOT_HEARD = "An owner that hangs or is frozen does not hear it: there a worker has to take over."
_LOCKED = (
    "On SQLite, an owner that is frozen in the middle of a transaction keeps the database locked: then the take-over is "
    "noted, and done when it goes on or is killed."
)


def numbers_in_words(numbers: Sequence[int]) -> str:
    """Name partitions, such as "partition 3" or "partitions 0, 1, 5"."""
    listed = ", ".join(map(str, sorted(numbers)))
    return f"partition {listed}" if len(numbers) == 1 else f"partitions {listed}"


def release_words(
    owners: Mapping[int, str], workers: Collection[str], moved_from: Mapping[int, str] | None = None
) -> list[str]:
    """Say what a release does: `owners` are those of the partitions, `workers` all that run the consumer.

    `moved_from` has from whom of the living operators have moved which of them.
    """
    words = []
    for owner in sorted(set(owners.values())):
        own = [number for number, name in owners.items() if name == owner]
        words += _released(owner, own, sorted(set(workers) - {owner}), moved_from or {})
    return words if len(set(workers)) < 2 else [*words, _STAYS, _NOT_HEARD]


def _released(
    owner: str, numbers: Sequence[int], others: Sequence[str], moved_from: Mapping[int, str]
) -> list[str]:
    what = numbers_in_words(numbers)
    if not others:
        return [
            f"Nobody else runs the consumer: {owner} gives {what} up and takes it again at once, with a higher epoch.",
            "It forgets what it has in memory and reads anew how far it is, what is parked and what is in flight. "
            "The lag waits for less than a second.",
        ]
    who = others[0] if len(others) == 1 else f"one of {len(others)} other workers"
    home = [number for number in numbers if moved_from.get(number) in others]
    words = [
        f"{owner} commits what it has in hand and gives {what} up; {who} takes over within a second, from the watermark on."
    ]
    return words + [f"Partition {number} goes back to {moved_from[number]}." for number in home]


def take_over_words(worker: str, owners: Mapping[int, str | None]) -> list[str]:
    """Say what a take-over does: `owners` are those of the partitions now."""
    former = sorted({name for name in owners.values() if name not in (None, worker)})
    own = [number for number, name in owners.items() if name == worker]
    free = [number for number, name in owners.items() if name is None]
    words = []
    if former:
        theirs = [number for number, name in owners.items() if name in former]
        words.append(
            f"{worker} owns {numbers_in_words(theirs)} from now on. The epoch rises: what {' and '.join(former)} has in "
            f"hand there can't be committed any more, is rolled back, and applied by {worker}."
        )
    if free:
        words.append(f"Nobody owns {numbers_in_words(free)}: {worker} takes what is free.")
    if own:
        words.append(
            f"{worker} owns {numbers_in_words(own)} already: the epoch rises, and it reads anew how far it is, what is "
            "parked and what is in flight."
        )
    return [*words, _STAYS, _LOCKED] if former else words
