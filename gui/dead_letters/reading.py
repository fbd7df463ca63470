"""What the page asks of the desk; all of it runs in another thread. No Qt here."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from core.operating.dead_letters.acts import Affected
from core.operating.dead_letters.causes import Cause
from core.operating.dead_letters.pages import LetterFilter, Stamp
from core.operating.dead_letters.policies import Policy
from core.operating.dead_letters.rows import DeadLetter
from core.operating.desk import Desk
from core.operating.outcomes import Asked, Outcome
from gui.dead_letters.rows import KeyRow, LetterRow, key_rows, letter_rows

#: Dead letters in the table; all of them are counted, and an act on all of them touches all.
MOST_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filter of the page says; empty = anything."""

    consumer: str = ""
    error_class: str = ""
    text: str = ""

    def letters(self, states: frozenset[str], cause: tuple[str, str] | None = None) -> LetterFilter:
        """Give the filter of dead letters."""
        return LetterFilter(states, self.consumer, self.error_class, self.text, cause)


@dataclass(frozen=True, slots=True)
class FoundLetters:
    """Dead letters, as a page of rows."""

    stamp: Stamp
    rows: tuple[LetterRow, ...]
    causes: tuple[Cause, ...]
    matching: int
    fitting: int
    total: int


@dataclass(frozen=True, slots=True)
class LettersAnswer:
    """What has changed since the last look; found = None: nothing has."""

    found: FoundLetters | None
    asked: tuple[Asked, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class KeysAnswer:
    """The keys that wait."""

    rows: tuple[KeyRow, ...]
    total: int
    asked: tuple[Asked, ...]
    outcomes: tuple[Outcome, ...]


def read_letters(
    wanted: LetterFilter, known: Stamp | None, asked: tuple[Asked, ...], desk: Desk
) -> LettersAnswer:
    """Read the dead letters that are wanted, unless nothing has changed, and what came of acts."""
    pages = desk.dead_letters.pages
    stamp, found = pages.stamp(), None
    if stamp != known:
        page = pages.page(wanted, stamp, MOST_SHOWN)
        found = FoundLetters(
            stamp, letter_rows(page.letters), page.causes, page.matching, page.fitting, page.total
        )
    return LettersAnswer(found, asked, tuple(_outcomes(asked, desk)))


def read_keys(wanted: Wanted, asked: tuple[Asked, ...], desk: Desk) -> KeysAnswer:
    """Read the keys that wait, and what came of acts."""
    every = desk.dead_letters.waiting()
    slugs = desk.dead_letters.slugs({key.link_id for key in every})
    rows = key_rows(every, slugs, time.time())
    fitting = tuple(row for row in rows if _fits(row, wanted))
    return KeysAnswer(fitting, len(rows), asked, tuple(_outcomes(asked, desk)))


def read_policies(desk: Desk) -> list[Policy]:
    """Read what becomes of later events behind dead letters."""
    return desk.dead_letters.policies.all()


def find_all(wanted: LetterFilter, desk: Desk) -> list[Affected]:
    """Find all that a filter shows, with what is known of each."""
    return desk.dead_letters.preview(desk.dead_letters.pages.chosen(wanted))


def find_these(letters: Sequence[DeadLetter], desk: Desk) -> list[Affected]:
    """Give what is known of some dead letters."""
    return desk.dead_letters.preview(letters)


def retry_keys(keys: Sequence[KeyRow], desk: Desk) -> tuple[list[Asked], list[Outcome]]:
    """Ask for waiting keys to be tried at once."""
    asked = [desk.dead_letters.retry_now(row.key) for row in keys]
    return asked, desk.dead_letters.outcomes(asked, within_s=0.0)


def _outcomes(asked: Sequence[Asked], desk: Desk) -> list[Outcome]:
    return desk.dead_letters.outcomes(asked, within_s=0.0) if asked else []


def _fits(row: KeyRow, wanted: Wanted) -> bool:
    key, part = row.key, wanted.text.casefold()
    return (
        wanted.consumer in ("", key.consumer)
        and wanted.error_class in ("", key.error_class)
        and (
            not part
            or any(part in word.casefold() for word in (key.consumer, row.slug, key.link_id, key.error))
        )
    )
