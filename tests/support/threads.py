"""Several things at the same time."""

import threading
from collections.abc import Callable

from tests.support.waiting import PATIENCE_S


def at_once(*calls: Callable[[], object]) -> list[Exception]:
    """Run all calls, each in a thread of its own; gives what they raised."""
    errors: list[Exception] = []

    def run(call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    return errors
