"""Dead letters as a page shows them: the newest ones, all of them counted by cause, and never more kept than shown.

Reads only. What is filtered here is what `chosen` gives to an act: an act touches what its filter shows, and what it
would show if there were room.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from core.consuming.tables import dead_letters
from core.operating.dead_letters.causes import Cause, CauseCount
from core.operating.dead_letters.rows import DeadLetter, DeadLetterRows, Selection
from core.operating.links.slugs import slug_of

#: What has changed is told by these, per consumer: how many are in each state, the newest failure, the newest decision.
Stamp = tuple[tuple[str, str, int, float, float], ...]

DEAD = frozenset({"dead"})
DECIDED = frozenset({"retrying", "applied", "discarded"})


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which dead letters are wanted: those to which all of it applies."""

    states: frozenset[str] = DEAD
    #: Empty = of any consumer.
    consumer: str = ""
    #: Empty = of any class.
    error_class: str = ""
    #: A part of the consumer's name, error, cause, slug, type, or of an id, whatever its case; empty = whatever.
    text: str = ""
    #: Error class and cause of one group; None = of any.
    cause: tuple[str, str] | None = None

    def fits(self, letter: DeadLetter) -> bool:
        """Whether text and states apply; `in_group` is asked apart, since groups are counted before one is chosen."""
        if letter.state not in self.states:
            return False
        part = self.text.casefold()
        return not part or any(part in word.casefold() for word in _words(letter))

    def in_group(self, letter: DeadLetter) -> bool:
        """Whether it belongs to the group that is chosen."""
        return self.cause is None or (letter.error_class, letter.cause) == self.cause


@dataclass(frozen=True, slots=True)
class LetterPage:
    """What was found."""

    #: The newest ones, newest first; at most as many as were asked for.
    letters: tuple[DeadLetter, ...]
    #: How many there are of the group that is chosen, and of all groups.
    matching: int
    fitting: int
    #: How many there are without any filter but the states.
    total: int
    #: The groups of all that fit, the chosen one or not; the largest first.
    causes: tuple[Cause, ...]


class LetterPages:
    """Looks through the dead letters of one installation. Safe to call from any thread."""

    def __init__(self, rows: DeadLetterRows, consumers: Callable[[], Sequence[str]]) -> None:
        self._rows, self._consumers = rows, consumers

    def stamp(self) -> Stamp:
        """Give what is different as soon as any dead letter is.

        Raises:
            StoreUnavailable: a consumer's database can't be read now.
        """
        columns = dead_letters.c
        newest = (func.max(columns.last_failed_at), func.coalesce(func.max(columns.decided_at), 0.0))
        statement = select(columns.state, func.count(), *newest).group_by(columns.state)
        found: list[tuple[str, str, int, float, float]] = []
        for consumer in self._consumers():
            with self._rows.reading(consumer) as db:
                if db is not None:
                    found += sorted((consumer, *row) for row in db.execute(statement))
        return tuple(found)

    def page(self, wanted: LetterFilter, stamp: Stamp, most: int) -> LetterPage:
        """Read the newest that are wanted, and count all of them; `stamp` tells how many there are.

        Raises:
            StoreUnavailable: a consumer's database can't be read now.
        """
        count, matching, fitting = CauseCount(), 0, 0
        newest: list[tuple[float, str, str, DeadLetter]] = []
        for letter in self._rows.each(self._consumers(), _selection(wanted)):
            if not wanted.fits(letter):
                continue
            fitting += 1
            count.add(letter)
            if wanted.in_group(letter):
                matching += 1
                _keep(newest, (letter.last_failed_at, letter.consumer, letter.event.event_id, letter), most)
        letters = tuple(entry[-1] for entry in sorted(newest, key=lambda entry: entry[:3], reverse=True))
        total = sum(number for _, state, number, *_ in stamp if state in wanted.states)
        return LetterPage(letters, matching, fitting, total, tuple(count.causes))

    def chosen(self, wanted: LetterFilter) -> list[DeadLetter]:
        """Read all that are wanted, by consumer and position, for an act on all of them.

        Raises:
            StoreUnavailable: a consumer's database can't be read now.
        """
        each = self._rows.each(self._consumers(), _selection(wanted))
        return [letter for letter in each if wanted.fits(letter) and wanted.in_group(letter)]


def _keep(
    newest: list[tuple[float, str, str, DeadLetter]], entry: tuple[float, str, str, DeadLetter], most: int
) -> None:
    """Keep an entry if it is among the newest; a consumer has each event once, so that letters are never compared."""
    if len(newest) < most:
        heapq.heappush(newest, entry)
    else:
        heapq.heappushpop(newest, entry)


def _selection(wanted: LetterFilter) -> Selection:
    return Selection(
        consumer=wanted.consumer or None,
        error_class=wanted.error_class or None,
        state="dead" if wanted.states == DEAD else "all",
    )


def _words(letter: DeadLetter) -> tuple[str, ...]:
    event = letter.event
    return (
        letter.consumer,
        letter.error,
        letter.cause,
        slug_of(event),
        event.type,
        event.event_id,
        event.link_id,
        letter.trace_id,
    )
