"""Waiting for what must become true, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

T = TypeVar("T")

#: How long a test waits for what has to come, in seconds. Only a guard against hanging, as long as a machine that is
#: busy with other things may need; a test that says how long something may take would fail by chance.
PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.01


def eventually(check: Callable[[], T], *, within: float = PATIENCE_S) -> T:
    """Call `check` until it gives something true, and give that.

    A check may fail by AssertionError too; the last failure is shown when time is up.

    Raises:
        AssertionError: it did not become true within so many seconds.
    """
    pause = Event()
    deadline = time.monotonic() + within
    while True:
        failure: AssertionError | None = None
        answer: T | None = None
        try:
            answer = check()
            if answer:
                return answer
        except AssertionError as error:
            failure = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"not true within {within:g} s; the last answer was {answer!r}") from failure
        pause.wait(_LOOK_EVERY_S)


def never(check: Callable[[], object], *, within: float) -> None:
    """Hold that `check` gives nothing true for so many seconds; only for what can't be waited for otherwise.

    Raises:
        AssertionError: it became true.
    """
    pause = Event()
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        answer = check()
        assert not answer, f"became true: {answer!r}"
        pause.wait(_LOOK_EVERY_S)
