"""Removes what nobody needs any more: entries of the streams every few seconds, old events of the outbox once a minute.

The streams are only a copy, so that removing too much there would cost time, never an event; the outbox is the truth.
"""

import logging
import threading
import time
from collections.abc import Collection, Mapping

from core.broker.client import connect
from core.broker.facts import BrokerFacts
from core.broker.trim import StreamTrim
from core.consuming.controls import Controls, Wanted
from core.consuming.standstill import standstill
from core.errors import BrokerUnavailable, StoreUnavailable
from core.operating.installation import Installation
from core.operating.upkeep.floors import Floors, Needs
from core.producing.retention import forget

log = logging.getLogger(__name__)

#: How often the streams are trimmed, and old events are looked for, in seconds.
TRIM_EVERY_S = 5.0
FORGET_EVERY_S = 60.0
#: Entries that each stream keeps to be looked at, while there is memory.
WINDOW = 2_000
#: Share of its memory from which on the broker keeps nothing for consumers that are paused.
TIGHT = 0.8
#: Old events deleted in one transaction, and the rest between two of them in seconds: a create waits for one at most.
_FORGET_AT_ONCE = 100
_FORGET_REST_S = 0.05
_ANSWER_S = 1.0
_DAY_S = 86_400.0


class Trimmer(threading.Thread):
    """Trims one installation until stopped. `problem` says why the broker's memory stays full, or is None."""

    def __init__(self, installation: Installation) -> None:
        super().__init__(name="trimmer", daemon=True)
        self._installation = installation
        self._controls = Controls(installation.control)
        self._floors = Floors(installation)
        self._streams = installation.open_streams(answer_timeout_s=_ANSWER_S)
        self._trim = StreamTrim(
            connect(installation.broker_url, answer_timeout_s=_ANSWER_S), installation.settings.partitions
        )
        self._stopping = threading.Event()
        self._forgot_at = time.monotonic()
        self.problem: str | None = None

    def stop(self) -> None:
        """Ask the thread to end after the portion in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Trim until stopped; what can't be reached is tried again the next time."""
        while not self._stopping.wait(TRIM_EVERY_S):
            try:
                if standstill(self._installation.control) is not None:
                    continue
                self.trim()
                if time.monotonic() - self._forgot_at >= FORGET_EVERY_S:
                    self.forget()
                    self._forgot_at = time.monotonic()
            except (BrokerUnavailable, StoreUnavailable) as error:
                log.info("nothing is trimmed: %s", error)
            except Exception:  # A thread must never die in silence.
                log.exception("the trimmer failed")
        self._floors.close()
        self._streams.close()
        self._trim.close()

    # Streams

    def trim(self) -> int:
        """Trim the streams once; gives how many entries were removed.

        Raises:
            BrokerUnavailable, StoreUnavailable: as they say.
        """
        needs = self._floors.needs()
        if not needs:  # Nobody is known, or somebody can't be asked: everything may be needed.
            return 0
        removed = self._trim_behind(needs, keep=WINDOW)
        if not _is_tight(facts := self._streams.facts()):
            self._say(None)
            return removed
        removed += self._trim_behind(needs, keep=1)
        if _is_tight(facts := self._streams.facts()):
            removed += self._trim_behind(needs, keep=1, only=self._running())
            facts = self._streams.facts()
        self._say(_why_full(facts, needs, self._streams.last_positions()) if _is_tight(facts) else None)
        return removed

    def _trim_behind(
        self, needs: Mapping[str, Needs], *, keep: int, only: Collection[str] | None = None
    ) -> int:
        """Trim behind the slowest consumer, and never into what is in flight; `only` = look at nobody else.

        The newest `keep` entries stay, at least one: whoever reads on learns from it that there is a hole to fill.
        """
        lasts = self._streams.last_positions()
        in_flight = self._trim.oldest_in_flight(lasts)
        upto = {}
        for number, last in lasts.items():
            floors = [one.floor(number) for name, one in needs.items() if only is None or name in only]
            floors += [
                first - 1 for name, first in in_flight.get(number, {}).items() if only is None or name in only
            ]
            upto[number] = min([*floors, last - keep])
        return self._trim.trim({number: position for number, position in upto.items() if position > 0})

    def _running(self) -> set[str]:
        """Give the consumers that nobody has paused."""
        now, wanted = time.time(), self._controls.wanted()
        return {name for name in self._controls.registered() if not wanted.get(name, Wanted()).is_paused(now)}

    def _say(self, problem: str | None) -> None:
        if problem is not None and self.problem is None:
            log.warning("%s", problem)
        self.problem = problem

    # Outbox

    def forget(self) -> int:
        """Delete events that are older than the retention and that no consumer needs; gives how many.

        Raises:
            StoreUnavailable: some may have been deleted.
        """
        settings = self._installation.settings
        if not settings.retention_days:
            return 0
        older_than = time.time() - settings.retention_days * _DAY_S
        deleted = 0
        # Asked anew each time: a consumer that is being rebuilt needs everything again.
        while needs := self._floors.needs():
            upto = {
                number: min(one.outbox_floor(number) for one in needs.values())
                for number in range(settings.partitions)
            }
            more = forget(self._installation.links, upto, older_than=older_than, limit=_FORGET_AT_ONCE)
            deleted += more
            if not more or self._stopping.wait(_FORGET_REST_S):
                break
        if deleted:
            log.info("deleted %d events that were older than %d days", deleted, settings.retention_days)
        return deleted


def _is_tight(facts: BrokerFacts) -> bool:
    return 0 < facts.memory_limit_bytes * TIGHT <= facts.memory_bytes


def _why_full(facts: BrokerFacts, needs: Mapping[str, Needs], lasts: Mapping[int, int]) -> str:
    """Say what fills the broker although everything was trimmed that may be."""
    share = 100 * facts.memory_bytes // facts.memory_limit_bytes
    behind = {
        name: sum(max(0, last - one.floor(number)) for number, last in lasts.items())
        for name, one in needs.items()
    }
    slowest = max(behind, key=lambda name: behind[name])
    reason = (
        f"{slowest} has yet to deal with {behind[slowest]:,} events"
        if behind[slowest] > WINDOW
        else "something else than the streams fills it"
    )
    return f"The broker's memory is {share} % full, and nothing more can be removed: {reason}."
