"""Dead letters grouped by what they died of: pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.operating.dead_letter_rows import DeadLetter


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


def by_cause(letters: Sequence[DeadLetter]) -> list[Cause]:
    """Group dead letters, the largest group first."""
    groups: dict[tuple[str, str], list[DeadLetter]] = {}
    for letter in letters:
        groups.setdefault((letter.error_class, letter.cause), []).append(letter)
    causes = [_cause(error_class, cause, group) for (error_class, cause), group in groups.items()]
    return sorted(causes, key=lambda cause: -cause.count)


def _cause(error_class: str, cause: str, letters: Sequence[DeadLetter]) -> Cause:
    return Cause(
        error_class=error_class,
        cause=cause,
        count=len(letters),
        consumers=tuple(dict.fromkeys(letter.consumer for letter in letters)),
        links=len({letter.event.link_id for letter in letters}),
        first_failed_at=min(letter.first_failed_at for letter in letters),
        last_failed_at=max(letter.last_failed_at for letter in letters),
        failed_again=sum(letter.retries > 0 and letter.state == "dead" for letter in letters),
        example=max(letters, key=lambda letter: letter.last_failed_at).error,
    )
