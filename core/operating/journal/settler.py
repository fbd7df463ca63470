"""Finds out, while a data dir is run, what became of acts whose process ended in between: nobody need act first."""

import logging
import threading

from core.errors import StoreUnavailable
from core.operating.journal.intents import Intents

log = logging.getLogger(__name__)

#: Rest between two looks, in seconds.
_LOOK_S = 5.0


class Settler(threading.Thread):
    """Settles the acts of one installation until stopped."""

    def __init__(self, intents: Intents) -> None:
        super().__init__(name="settler", daemon=True)
        self._intents = intents
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask the thread to end after the look in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Look until stopped; what can't be found out is looked for again the next time."""
        while not self._stopping.is_set():
            try:
                self._intents.settle()
            except StoreUnavailable as error:
                log.info("what became of acts is not known: %s", error)
            except Exception:  # A thread must never die in silence.
                log.exception("the settler failed")
            self._stopping.wait(_LOOK_S)
