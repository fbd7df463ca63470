"""What a failed attempt was: of which class, and what to keep of it. The class decides how often it is tried again."""

import traceback
from dataclasses import dataclass
from enum import StrEnum

from core.errors import BrokerUnavailable, Transient

#: Attempts that an event gets before it becomes a dead letter, by what it did.
POISON_ATTEMPTS = 5
CRASH_STRIKES = 3
_MESSAGE_CHARACTERS = 2_000
_TRACEBACK_CHARACTERS = 16_000


class ErrorClass(StrEnum):
    """How an event failed; the values are the words that tables and people see."""

    #: For a reason outside, which will pass: tried for ever.
    TRANSIENT = "transient"
    #: It can't succeed as it is, or our code can't handle it: a few attempts, then a dead letter.
    POISON = "poison"
    #: The process died of it.
    CRASH = "crash"
    #: Not one of ours: something else wrote it into the stream.
    FOREIGN = "foreign"
    #: It has not failed: it waits behind a dead letter of its key.
    HELD = "held"
    #: An operator has given it up, whatever attempts were left.
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt, as it is kept."""

    error_class: ErrorClass
    error: str
    traceback: str


def failure_of(error: Exception) -> Failure:
    """Say what kind of failure an error is that flew out of a consumer."""
    transient = isinstance(error, Transient | BrokerUnavailable | ConnectionError | TimeoutError | OSError)
    text = "".join(traceback.format_exception(error))
    return Failure(
        ErrorClass.TRANSIENT if transient else ErrorClass.POISON,
        storable(f"{type(error).__name__}: {error}", _MESSAGE_CHARACTERS),
        storable(text[-_TRACEBACK_CHARACTERS:], _TRACEBACK_CHARACTERS),
    )


def crash(strikes: int) -> Failure:
    """Say that the process has died of an event, so many times."""
    return Failure(
        ErrorClass.CRASH, f"The worker's process died {strikes} times while handling this event.", ""
    )


def given_up(error: str, trace: str, attempts: int, *, by: str, why: str) -> Failure:
    """Say that an operator has given an event up; what it had failed by stays in front."""
    tried = "untried" if not attempts else f"after {attempts} attempt{'s' if attempts > 1 else ''}"
    words = f"Given up by {by} {tried}: {why}"
    text = f"{error}\n{words}" if attempts else words
    return Failure(ErrorClass.OPERATOR, storable(text, _MESSAGE_CHARACTERS), trace)


def storable(text: str, characters: int) -> str:
    """Give a text as any database takes it: no lone surrogates, no NUL, not endless."""
    return text[:characters].encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
