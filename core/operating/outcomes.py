"""What came of an operator's wishes: waited for until the workers have done them, or nobody is there to do them."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row

from core.consuming.contract import Answer
from core.consuming.requests import Requests
from core.consuming.tables import dead_letters
from core.operating.attendance import attendance
from core.operating.dead_letters.rows import DeadLetter, DeadLetterRows
from core.operating.places import at_places
from core.storage.database import Database

#: How often is looked, in seconds.
_GLANCE_S = 0.1
#: Databases limit the values in one statement; requests are looked up in pieces of this size.
_LOOK_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish that was written down, and the dead letter (as it was then) or the key that it is about."""

    number: int
    #: "retry", "discard", "retry now" or "dead-letter".
    act: str
    consumer: str
    link_id: str
    letter: DeadLetter | None = None
    #: The event in whose favour the dead letter is discarded.
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one wish, in one sentence."""

    consumer: str
    #: The dead letter's event; None when the wish was about a key, or an event that was no dead letter.
    event_id: str | None
    link_id: str
    outcome: str
    failed: bool
    replaced_by: str | None = None
    #: Whether nobody has answered yet: it is written down, and done later.
    is_noted: bool = False

    @property
    def is_done(self) -> bool:
        """Whether a worker has done it."""
        return not self.failed and not self.is_noted


class Outcomes:
    """Looks what came of wishes, in the requests and in the consumers' databases."""

    def __init__(self, control: Database, rows: DeadLetterRows) -> None:
        self._control, self._requests = control, Requests(control)
        self._rows = rows

    def wait(self, asked: Sequence[Asked], *, within_s: float) -> list[Outcome]:
        """Give an outcome per wish, in their order, as soon as all are known; after so many seconds what is known then.

        Raises:
            StoreUnavailable: it can't be read now; the wishes stay noted.
        """
        outcomes: list[Outcome] = []
        until(lambda: self._look(asked, outcomes), within_s)
        return outcomes

    def _look(self, asked: Sequence[Asked], outcomes: list[Outcome]) -> bool:
        """Look once, into `outcomes`; tells whether nothing more is to be expected."""
        said = self._said([one.number for one in asked])
        there = attendance(self._control)
        letters = self._letters(asked)
        outcomes.clear()
        settled = True
        for one in asked:
            answer, after = said.get(one.number), letters.get(one.number)
            waits = there.may_answer(one.consumer)
            if answer is None:
                outcomes.append(replace(_outcome(one, there.words(one.consumer)), is_noted=True))
            else:
                waits = waits and after is not None and after.state == "retrying"
                outcomes.append(_told(one, answer, after))
            settled = settled and not waits
        return settled

    def _said(self, numbers: Sequence[int]) -> dict[int, Answer | None]:
        found: dict[int, Answer | None] = {}
        for start in range(0, len(numbers), _LOOK_UP_AT_ONCE):
            found |= self._requests.outcomes(numbers[start : start + _LOOK_UP_AT_ONCE])
        return found

    def _letters(self, asked: Sequence[Asked]) -> dict[int, Row[Any]]:
        """Read how the dead letters are now, by the number of the wish."""
        found: dict[int, Row[Any]] = {}
        for consumer in sorted({one.consumer for one in asked if one.letter is not None}):
            places = {
                (one.letter.event.partition, one.letter.event.position): one.number
                for one in asked
                if one.letter is not None and one.consumer == consumer
            }
            with self._rows.reading(consumer) as db:
                if db is not None:
                    rows = at_places(db, dead_letters, ("state", "retries", "error"), places)
                    found |= {places[place]: row for place, row in rows.items()}
        return found


def _told(one: Asked, answer: Answer, after: Row[Any] | None) -> Outcome:
    """Say what an answered request has led to; the dead letter itself knows better than the answer."""
    sentence = answer.sentence
    if one.letter is None or after is None:
        return _outcome(one, sentence, failed=not answer.done)
    match one.act, after.state:
        case "retry", "applied":
            return _outcome(one, "applied")
        case ("retry", "retrying") | ("discard", "discarded"):
            return _outcome(one, sentence)
        case "retry", "dead" if after.retries > one.letter.retries:
            return _outcome(one, f"failed again: {after.error.strip().splitlines()[0]}", failed=True)
        case _:
            return _outcome(one, sentence, failed=True)


def _outcome(one: Asked, sentence: str, *, failed: bool = False) -> Outcome:
    event_id = None if one.letter is None else one.letter.event.event_id
    return Outcome(one.consumer, event_id, one.link_id, sentence, failed, one.replaced_by)


def until(is_done: Callable[[], bool], within_s: float) -> None:
    """Look again and again until something is done, but not for longer than so many seconds; at least once."""
    waiting, deadline = threading.Event(), time.monotonic() + within_s
    while not is_done() and time.monotonic() < deadline:
        waiting.wait(_GLANCE_S)
