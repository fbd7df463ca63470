"""Applies runs of events: all at once, and when that fails in halves, until the event is found that fails alone.

That one is parked with its key; all others are applied. What a process has died of is tried with nothing else in hand,
and becomes a dead letter at the third death.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.consuming.archive import Archive
from core.consuming.contract import Consumer
from core.consuming.dead_letters import discarded
from core.consuming.failure import CRASH_STRIKES, crash, failure_of
from core.consuming.faults import Faults
from core.consuming.inbox import Inbox, InHand
from core.consuming.ownership import Holding
from core.consuming.parking import Parking
from core.consuming.runs import fill
from core.errors import OwnershipLost, StoreUnavailable
from core.events.envelope import Event

log = logging.getLogger(__name__)

#: Shortest and longest wait before something is tried that a process has died of alone, in seconds.
_WAIT_S = (0.2, 1.5)
_chance = random.SystemRandom()

Runs = Mapping[int, Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Means:
    """What applying needs; shared by all that apply events of one consumer in one worker."""

    consumer: Consumer
    inbox: Inbox
    parking: Parking
    archive: Archive
    faults: Faults
    #: Set after each commit, for the consumer's helper.
    committed: threading.Event
    stopping: threading.Event
    #: Whether operators want the later events of a key to wait behind its dead letter; None = as the consumer has it.
    wants_hold: Callable[[], bool | None]
    #: Held while something is tried that a process has died of: by one consumer of a process at a time.
    trial: threading.Lock
    #: The partitions that are owned, by number. Changed only by the loop's thread.
    holdings: dict[int, Holding] = field(default_factory=dict)

    def wait_at_random(self) -> None:
        """Wait a little before trying what a process has died of.

        Who kills processes from outside often does so at the same moment of their lives: such a death would be blamed
        again and again on what is tried first. What really kills dies of itself, whenever it is tried.
        """
        self.stopping.wait(_chance.uniform(*_WAIT_S))

    @property
    def holds(self) -> bool:
        """Whether the later events of a key wait behind its dead letter."""
        wanted = self.wants_hold()
        return self.consumer.holds_behind_dead_letters if wanted is None else wanted

    def is_due(self, event: Event) -> bool:
        """Whether the consumer is to be given an event now: it reacts to it, and nothing of its key waits."""
        return self.inbox.is_ours(event) and event.link_id not in self.parking.keys


class Applier:
    """Applies what was delivered. Used by one thread."""

    def __init__(self, means: Means) -> None:
        self._means = means
        #: What the last owner of a partition had in hand when it was lost.
        self._suspects: dict[int, InHand] = {}
        #: What comes and is not to be applied, by partition: discarded before a rebuild, or given up before its turn.
        self._discarded: dict[int, frozenset[int]] = {}
        #: Since when what is in hand is being handled, by the monotonic clock, and what it is; None = nothing.
        self.busy: tuple[float, str] | None = None

    def take_over(self, number: int) -> None:
        """Look whether the last owner of a partition was lost with something in hand."""
        means, position = self._means, self._means.holdings[number].position
        found = means.inbox.was_in_hand(number)
        self._suspects.pop(number, None)
        if found.upto > position:
            self._suspects[number] = found
        self._discarded.pop(number, None)
        with means.inbox.database.reading() as db:
            if again := discarded(db, number, after=position):
                self._discarded[number] = again

    def apply(self, runs: Runs) -> None:
        """Apply runs, each following its partition's watermark.

        Raises:
            OwnershipLost, StoreUnavailable: some of it may have been applied; the watermarks tell.
        """
        trusted = dict(runs)
        for number in [number for number in runs if number in self._suspects]:
            rest = self._try(number, trusted.pop(number))
            if rest:
                trusted[number] = rest
        if trusted:
            self._apply(trusted, strikes=0)

    # What a process has died of

    def _try(self, number: int, run: Sequence[Event]) -> Sequence[Event]:
        """Try a run's suspects with nothing else in hand; gives the rest of the run."""
        suspect, holding = self._suspects[number], self._means.holdings[number]
        some = [event for event in run if event.position <= suspect.upto]
        if suspect.alone == 0 and suspect.strikes == 0:
            with self._means.trial:
                self._apply({number: some}, strikes=1, upto=suspect.upto)
        else:
            for event in some:
                self._try_alone(event, suspect)
        if holding.position >= suspect.upto:
            del self._suspects[number]
        return [event for event in run if event.position > max(suspect.upto, holding.position)]

    def _try_alone(self, event: Event, suspect: InHand) -> None:
        means, strikes = self._means, 1
        if event.position == suspect.alone:
            strikes += suspect.strikes
            means.wait_at_random()
        if strikes < CRASH_STRIKES:
            with means.trial:
                self._apply({event.partition: [event]}, strikes=strikes, upto=suspect.upto)
            return
        log.error("%s: %s of link %s kills the process", means.consumer.name, event.event_id, event.link_id)
        means.parking.give_up_at_once(
            event, crash(strikes), strikes, means.holdings[event.partition], holds=means.holds
        )

    # Narrowing

    def _apply(self, runs: Runs, *, strikes: int, upto: int = 0) -> None:
        error = self._attempt(runs, strikes, upto)
        if error is None:
            return
        halves = _halves(runs)
        if halves is None:
            ((event,),) = runs.values()
            self._doubt(event, error)
            return
        for half in halves:
            self._apply(half, strikes=strikes, upto=upto)

    def _attempt(self, runs: Runs, strikes: int, upto: int) -> Exception | None:
        """Apply runs at once; gives the error that is about one of these events, if any."""
        try:
            self._commit(runs, strikes, upto)
        except (StoreUnavailable, OwnershipLost):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a consumer raises
            return error
        return None

    def _commit(self, runs: Runs, strikes: int, upto: int) -> None:
        means = self._means
        count = sum(map(len, runs.values()))
        notes = {
            number: InHand(max(upto, run[-1].position), run[0].position if count == 1 else 0, strikes)
            for number, run in runs.items()
        }
        means.inbox.take_in_hand(notes, means.holdings)
        self.busy = time.monotonic(), _in_words(runs, count)
        try:
            means.faults.before_handling(self._due(runs), means.stopping)
            means.inbox.apply(
                runs,
                means.holdings,
                waiting=means.parking.keys,
                before_commit=means.faults.before_commit,
                passed_by=self._discarded,
            )
        finally:
            self.busy = None
        means.faults.after_commit()
        means.committed.set()

    def _due(self, runs: Runs) -> Iterator[Event]:
        """Give the events that the consumer is about to be given."""
        for number, run in runs.items():
            passed_by = self._discarded.get(number, ())
            for event in run:
                if event.position not in passed_by and self._means.is_due(event):
                    yield event

    def _doubt(self, event: Event, error: Exception) -> None:
        """Try the outbox's copy of an event that failed: the broker's may be damaged. If it is the same, park it."""
        means = self._means
        (true,) = fill(means.archive, event.partition, after=event.position - 1, count=1)
        if true != event:
            log.warning(
                "%s: position %d of partition %d is damaged in the broker",
                means.consumer.name,
                event.position,
                event.partition,
            )
            self._apply({event.partition: [true]}, strikes=0)
            return
        failure = failure_of(error)
        log.error(
            "%s: %s %s of link %s: %s",
            means.consumer.name,
            event.type,
            event.event_id,
            event.link_id,
            failure.error,
            exc_info=error,
        )
        means.parking.park(event, failure, means.holdings[event.partition])


def _halves(runs: Runs) -> tuple[Runs, Runs] | None:
    """Split runs in two, the order within each partition kept; None when there is one event only."""
    if len(runs) > 1:
        numbers = list(runs)
        middle = len(numbers) // 2
        return (
            {number: runs[number] for number in numbers[:middle]},
            {number: runs[number] for number in numbers[middle:]},
        )
    ((number, run),) = runs.items()
    if len(run) == 1:
        return None
    return {number: run[: len(run) // 2]}, {number: run[len(run) // 2 :]}


def _in_words(runs: Runs, count: int) -> str:
    first = next(iter(runs.values()))[0]
    return f"event {first.event_id}" if count == 1 else f"{count} events from {first.event_id} on"
