"""Dead letters grouped by what they died of: pure arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.operating.dead_letters.rows import DeadLetter


@dataclass(frozen=True, slots=True)
class Cause:
    """A group of dead letters that failed alike; times in Unix seconds."""

    error_class: str
    cause: str
    count: int
    consumers: tuple[str, ...]
    links: int
    first_failed_at: float
    last_failed_at: float
    #: How many were tried again for an operator, and are dead once more.
    failed_again: int
    #: The error's text of the newest one.
    example: str

    @property
    def name(self) -> tuple[str, str]:
        """What tells it apart from others."""
        return self.error_class, self.cause


class CauseCount:
    """Counts dead letters by their causes, one after the other, and keeps none of them."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], Cause] = {}
        self._links: dict[tuple[str, str], set[str]] = {}

    def add(self, letter: DeadLetter) -> None:
        """Count one more."""
        name = (letter.error_class, letter.cause)
        links = self._links.setdefault(name, set())
        links.add(letter.event.link_id)
        before = self._groups.get(name)
        self._groups[name] = _one(letter) if before is None else _joined(before, letter, len(links))

    @property
    def causes(self) -> list[Cause]:
        """The groups so far, the largest one first."""
        return sorted(self._groups.values(), key=lambda cause: -cause.count)


def by_cause(letters: Iterable[DeadLetter]) -> list[Cause]:
    """Group dead letters, the largest group first."""
    count = CauseCount()
    for letter in letters:
        count.add(letter)
    return count.causes


def _one(letter: DeadLetter) -> Cause:
    return Cause(
        error_class=letter.error_class,
        cause=letter.cause,
        count=1,
        consumers=(letter.consumer,),
        links=1,
        first_failed_at=letter.first_failed_at,
        last_failed_at=letter.last_failed_at,
        failed_again=_has_failed_again(letter),
        example=letter.error,
    )


def _joined(group: Cause, letter: DeadLetter, links: int) -> Cause:
    is_newer = letter.last_failed_at > group.last_failed_at
    return Cause(
        error_class=group.error_class,
        cause=group.cause,
        count=group.count + 1,
        consumers=tuple(dict.fromkeys((*group.consumers, letter.consumer))),
        links=links,
        first_failed_at=min(group.first_failed_at, letter.first_failed_at),
        last_failed_at=max(group.last_failed_at, letter.last_failed_at),
        failed_again=group.failed_again + _has_failed_again(letter),
        example=letter.error if is_newer else group.example,
    )


def _has_failed_again(letter: DeadLetter) -> int:
    return int(letter.retries > 0 and letter.state == "dead")
