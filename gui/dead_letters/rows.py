"""Rows of the page: dead letters and waiting keys as they are shown, with what came of acts in this window. No Qt here."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.operating.dead_letters.rows import DeadLetter, WaitingKey
from core.operating.links.slugs import slug_of
from core.operating.logs import redact
from core.operating.outcomes import Asked, Outcome
from gui.formatting import clock, duration, one_line

#: A dead letter: consumer, partition, position; a waiting key: consumer, link.
Name = tuple[str, int, int] | tuple[str, str]

#: Acts of this window that are followed; the oldest are let go.
MOST_FOLLOWED = 2_000
_OUTCOME_CHARACTERS = 300
HELD = "held"
#: What is told of a waiting link that was tried and is not parked any more.
_GONE, _NEVER = "tried: nothing of it waits any more", "none"


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A dead letter, with what came of the last act on it in this window."""

    letter: DeadLetter
    slug: str
    error: str
    outcome: str = ""
    failed: bool = False

    @property
    def name(self) -> Name:
        """What tells it apart from others."""
        return name_of(self.letter)

    @property
    def again(self) -> str:
        """Its attempts, and how often operators have had it tried again."""
        more = f" (+{self.letter.retries})" if self.letter.retries else ""
        return f"{self.letter.attempts}{more}"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A link that waits in a consumer."""

    key: WaitingKey
    slug: str
    error: str
    next_attempt: str
    outcome: str = ""
    failed: bool = False
    #: Whether nothing of it waits any more: it is only here to tell what came of an act.
    is_gone: bool = False

    @property
    def name(self) -> Name:
        """What tells it apart from others."""
        return self.key.consumer, self.key.link_id

    @property
    def is_held(self) -> bool:
        """Whether it waits behind a dead letter, until an operator decides about that one."""
        return self.key.error_class == HELD


def name_of(letter: DeadLetter) -> Name:
    """Give what tells a dead letter apart from others."""
    return letter.consumer, letter.event.partition, letter.event.position


def letter_rows(letters: Iterable[DeadLetter]) -> tuple[LetterRow, ...]:
    """Make the rows of dead letters; secrets are taken out of their errors."""
    return tuple(LetterRow(letter, slug_of(letter.event), first_line(letter.error)) for letter in letters)


def key_rows(keys: Iterable[WaitingKey], slugs: Mapping[str, str], now: float) -> tuple[KeyRow, ...]:
    """Make the rows of waiting keys, as they are at a time."""
    return tuple(
        KeyRow(key, slugs.get(key.link_id, key.link_id), first_line(key.error), next_words(key, now))
        for key in keys
    )


def next_words(key: WaitingKey, now: float) -> str:
    """Say when a key is tried again."""
    if key.next_attempt_at is None:
        return "when its dead letter is decided about" if key.error_class == HELD else "by decision"
    wait = key.next_attempt_at - now
    return "now" if wait <= 0 else f"in {duration(wait if wait < 9.95 else float(round(wait)))}"


def first_line(text: str) -> str:
    """Give the first line of an error, without secrets."""
    return redact(text.strip().split("\n", 1)[0])


class Followed:
    """The acts of this window, by what they were done to, and what came of each: followed until they are cleared."""

    def __init__(self) -> None:
        self._asked: dict[Name, Asked] = {}
        self._outcomes: dict[Name, Outcome] = {}
        #: The waiting links that were acted on, as they were then.
        self._keys: dict[Name, KeyRow] = {}

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What was asked for, to look again what came of it."""
        return tuple(self._asked.values())

    def add(self, asked: Sequence[Asked], outcomes: Sequence[Outcome]) -> None:
        """Take what was asked, with what is known of each by now."""
        for one, outcome in zip(asked, outcomes, strict=True):
            name = asked_name(one)
            self._asked.pop(name, None)
            self._asked[name] = one
            self._outcomes[name] = outcome
        for name in list(self._asked)[:-MOST_FOLLOWED]:
            del self._asked[name], self._outcomes[name]
            self._keys.pop(name, None)

    def note_keys(self, rows: Sequence[KeyRow]) -> None:
        """Keep waiting links that are acted on: their rows go when they are applied."""
        self._keys.update({row.name: row for row in rows})

    def learn(self, asked: Sequence[Asked], outcomes: Sequence[Outcome]) -> None:
        """Take what has become of them since; of what was cleared meanwhile nothing more is known."""
        for one, outcome in zip(asked, outcomes, strict=True):
            name = asked_name(one)
            if self._asked.get(name) is one:
                self._outcomes[name] = outcome

    def clear(self) -> None:
        """Follow nothing any more."""
        self._asked.clear()
        self._outcomes.clear()
        self._keys.clear()

    def letters(self, rows: Sequence[LetterRow]) -> list[LetterRow]:
        """Give the rows with their outcomes; those that were acted on stay, though they are dead no more."""
        here = {row.name for row in rows}
        gone = [
            replace(one.letter, state=_state_after(one, self._outcomes[name]))
            for name, one in self._asked.items()
            if one.letter is not None and name not in here
        ]
        every = [*rows, *letter_rows(gone)]
        every.sort(key=lambda row: row.letter.last_failed_at, reverse=True)
        return [self._letter(row) for row in every]

    def keys(self, rows: Sequence[KeyRow]) -> list[KeyRow]:
        """Give the rows with their outcomes; those that were acted on stay, though nothing of them waits any more."""
        here = {row.name for row in rows}
        gone = [
            replace(row, outcome=_GONE, next_attempt=_NEVER, is_gone=True)
            for name, row in self._keys.items()
            if name not in here and name in self._outcomes and not self._outcomes[name].failed
        ]
        waiting = [
            replace(row, outcome=told(outcome), failed=outcome.failed)
            if (outcome := self._outcomes.get(row.name)) is not None
            else row
            for row in rows
        ]
        return [*gone, *waiting]

    def _letter(self, row: LetterRow) -> LetterRow:
        outcome = self._outcomes.get(row.name)
        return row if outcome is None else replace(row, outcome=told(outcome), failed=outcome.failed)


def asked_name(asked: Asked) -> Name:
    """Give what an act was about."""
    return (asked.consumer, asked.link_id) if asked.letter is None else name_of(asked.letter)


def _state_after(asked: Asked, outcome: Outcome) -> str:
    """Say what has become of a dead letter that is dead no more, or is not listed."""
    if outcome.failed or outcome.is_noted:
        return "dead"
    if asked.act == "discard":
        return "discarded"
    return "applied" if outcome.outcome == "applied" else "retrying"


def told(outcome: Outcome) -> str:
    """Say what came of an act, without secrets."""
    text = one_line(redact(outcome.outcome))[:_OUTCOME_CHARACTERS]
    if outcome.replaced_by:
        return f"{text.rstrip('.')}; event {outcome.replaced_by} is in its place"
    return text


def when(at: float) -> str:
    """Write a time: of today as a time of day, else with its date."""
    then = time.localtime(at)
    if then[:3] == time.localtime()[:3]:
        return clock(at)
    return time.strftime("%Y-%m-%d %H:%M", then)
