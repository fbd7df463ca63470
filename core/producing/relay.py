"""The relay: takes committed events to the broker, in order, without duplicates, however often either side dies.

It never guesses: after any error it asks the broker for the last position of each stream, and goes on from there.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from core.broker.streams import Streams
from core.errors import BrokerAhead, BrokerUnavailable, BrokerUnfit, PositionGap, StoreUnavailable
from core.producing.broker_fitness import refuse_unfit
from core.producing.outbox import Outbox
from core.producing.progress import PartitionCursor, Progress, PublishedRun

log = logging.getLogger(__name__)

#: Events given a position in one transaction, and appended to one partition in one call.
GIVE_AT_ONCE = 1_000
APPEND_AT_ONCE = 250
#: How long the note of what was published may wait, in seconds, and how many events at most it is about. The stream
#: itself tells the truth meanwhile; each commit waits for the disk, and a user's create may have to wait for it.
MARK_S = 0.2
MARK_AT_ONCE = 1_000
#: Rounds don't follow each other faster than this while there is little to do, in seconds: a round for each single event
#: takes the processor from those who create.
PACE_S = 0.01
#: How often it looks by itself, should a wake-up be lost, and asks the broker whether it still has what it had; seconds.
GLANCE_S = 1.0
_BACKOFF_S = (0.05, 0.1, 0.2, 0.5, 1.0)


class Relay(threading.Thread):
    """Publishes one outbox. Runs until stopped; `error` says why it does not publish, or not all of it, or is None."""

    def __init__(
        self,
        outbox: Outbox,
        streams: Streams,
        *,
        accept_volatile_broker: bool = False,
        floor: Callable[[], Mapping[int, int]] = dict,
        on_error: Callable[[str | None], None] = lambda _error: None,
    ) -> None:
        """`floor` gives, per partition, the position up to which every consumer has dealt with everything."""
        super().__init__(name="relay", daemon=True)
        self._floor = floor
        self._on_error = on_error
        self._outbox = outbox
        self._progress = Progress(outbox.database)
        self._streams = streams
        self._accept_volatile_broker = accept_volatile_broker
        self._wake = threading.Event()
        self._stopping = threading.Event()
        #: What the broker was last seen to have, per partition; empty = must be asked.
        self._seen: dict[int, int] = {}
        #: What was appended and is not noted yet, and since when, by the monotonic clock.
        self._unmarked: list[PublishedRun] = []
        self._unmarked_since = 0.0
        self._compared_at = 0.0
        #: The partitions that were held against the broker at least once.
        self._compared: set[int] = set()
        #: Whether the last round left events that could have been published.
        self._is_behind = False
        self._checked_run_id: str | None = None
        self.error: str | None = None
        #: How often the broker was found to have lost entries that it had.
        self.regressions = 0

    def wake(self) -> None:
        """Tell it that there is something to publish; costs nothing and may be called from anywhere."""
        self._wake.set()

    def stop(self) -> None:
        """Ask the thread to end after the batch in hand."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Publish until stopped."""
        failures = 0
        while not self._stopping.is_set():
            rest, began = 0.0, time.monotonic()
            try:
                self._append_next()
                if self._is_mark_due():
                    self._mark()
                rest = self._rest()
                self._say(self._streams.why_waiting())
                failures = 0
            except PositionGap as error:
                # The broker lost entries meanwhile: look again at once, unless that has not helped.
                log.warning("%s", error)
                self._wait_out(str(error) if failures else None, failures)
                failures += 1
            except (BrokerUnavailable, StoreUnavailable, BrokerAhead, BrokerUnfit) as error:
                self._wait_out(str(error), failures)
                failures += 1
            except Exception as error:  # A thread must never die in silence: say it, then try again.
                log.exception("the relay failed")
                self._wait_out(f"{type(error).__name__}: {error}", failures)
                failures += 1
            if rest and self._wake.wait(rest):
                self._stopping.wait(began + PACE_S - time.monotonic())
            self._wake.clear()
        self._mark_last()

    def publish(self) -> bool:
        """Do one round by hand; True when there may be more to do. What was published is noted once nothing is left.

        Raises:
            BrokerAhead: the database is older than the broker.
            BrokerUnfit: the broker would lose events by its configuration.
            BrokerUnavailable, StoreUnavailable, PositionGap: as they say.
        """
        appended = self._append_next()
        if not appended or self._is_mark_due():
            self._mark()
        return appended

    def _rest(self) -> float:
        """Give the longest rest before the next round, in seconds."""
        if self._is_behind:
            return 0.0
        if not self._unmarked:
            return GLANCE_S
        return max(0.0, self._unmarked_since + MARK_S - time.monotonic())

    # Appending

    def _append_next(self) -> bool:
        """Append what comes next in each partition; False when there was nothing."""
        if not self._seen or time.monotonic() - self._compared_at > GLANCE_S:
            self._compare()
        given = self._given()
        behind = {
            number: self._seen[number]
            for number, last in given.items()
            if last > self._seen.get(number, last)
        }
        runs = self._outbox.read_runs(behind, limit=APPEND_AT_ONCE) if behind else {}
        self._is_behind = sum(len(run) for run in runs.values()) >= APPEND_AT_ONCE
        if not runs:
            return False
        lasts = self._streams.append(runs)
        if any(last > given[number] for number, last in lasts.items()):
            self._seen = {}  # Somebody else publishes there: the next look says so.
        else:
            self._remember(lasts)
        return True

    def _given(self) -> dict[int, int]:
        """Give the last position given in each partition, after giving some to events that wait for one."""
        cursors, is_any_waiting = self._progress.look()
        if is_any_waiting:
            self._progress.give(GIVE_AT_ONCE, among=self._compared)
            cursors, _ = self._progress.look()
        return {cursor.partition: cursor.given for cursor in cursors}

    # Noting what was published

    def _remember(self, lasts: dict[int, int]) -> None:
        now = time.time()
        if not self._unmarked:
            self._unmarked_since = time.monotonic()
        self._unmarked += [
            PublishedRun(number, self._seen[number], last, now) for number, last in lasts.items()
        ]
        self._seen.update(lasts)

    def _is_mark_due(self) -> bool:
        if not self._unmarked:
            return False
        return (
            time.monotonic() - self._unmarked_since >= MARK_S
            or sum(run.upto - run.after for run in self._unmarked) >= MARK_AT_ONCE
        )

    def _mark(self) -> None:
        if self._unmarked:
            self._progress.note({run.partition: run.upto for run in self._unmarked}, self._unmarked)
            self._unmarked = []

    def _mark_last(self) -> None:
        """Note at the end what is not noted yet; whoever comes next finds it in the streams otherwise."""
        try:
            self._mark()
        except StoreUnavailable as error:
            log.warning("what was published last is not noted: %s", error)

    # Comparing

    def _compare(self) -> None:
        """Ask the broker where its streams end, and hold that against the database.

        Until it has, nobody gives positions: with new ones the database would soon seem to be as new as the broker. What
        can't be asked (see `Streams.waiting`) is left out, and waits.
        """
        self._check_fitness()
        self._mark()
        for number in self._streams.guard.remove_what_is_no_stream():
            log.warning("somebody else had put something in the place of partition %d's stream", number)
        seen, now = self._streams.last_positions(), time.time()
        cursors = [cursor for cursor in self._outbox.cursors() if cursor.partition in seen]
        for cursor in cursors:
            if seen[cursor.partition] > cursor.given:
                seen[cursor.partition] = self._drive_out(cursor, seen[cursor.partition])
            self._compare_one(cursor, seen[cursor.partition])
        seen |= self._skip_settled(
            [cursor for cursor in cursors if seen[cursor.partition] < cursor.published], seen
        )
        found = [
            PublishedRun(cursor.partition, cursor.published, seen[cursor.partition], now)
            for cursor in cursors
            if seen[cursor.partition] != cursor.published
        ]
        if found:
            self._progress.note({run.partition: run.upto for run in found}, found)
        self._seen, self._compared_at = seen, time.monotonic()
        self._compared |= seen.keys()
        self._outbox.gives_positions = len(self._compared) == len(self._streams.partitions)

    def _skip_settled(self, lost: Sequence[PartitionCursor], seen: Mapping[int, int]) -> dict[int, int]:
        """Let streams that lost entries go on behind what every consumer has dealt with: retention may have removed it.

        Gives where those end that were moved.
        """
        if not lost:
            return {}
        floor, oldest = self._floor(), self._outbox.oldest()
        settled = {
            cursor.partition: max(floor.get(cursor.partition, 0), oldest[cursor.partition] - 1)
            for cursor in lost
        }
        for cursor in lost:
            if settled[cursor.partition] > cursor.given:
                raise self._ahead(
                    f"The database is older than the consumers: in partition {cursor.partition} all of them have dealt "
                    f"with position {settled[cursor.partition]}, but only {cursor.given} were given here. "
                    "Nothing is published until the newer database is back, or the consumers are rebuilt."
                )
        moved = {number: position for number, position in settled.items() if position > seen[number]}
        if moved:
            self._streams.skip_to(moved)
        return moved

    def _drive_out(self, cursor: PartitionCursor, last: int) -> int:
        """Begin a stream anew when somebody else has written behind our last position; gives where it ends now."""
        if not self._streams.guard.is_foreign_after(cursor.partition, cursor.given):
            return last
        log.warning(
            "somebody else has written into partition %d behind position %d; its stream is published anew",
            cursor.partition,
            cursor.given,
        )
        self._streams.guard.delete(cursor.partition)
        return 0

    def _compare_one(self, cursor: PartitionCursor, last: int) -> None:
        if last > cursor.given:
            raise self._ahead(
                f"The database is older than the broker: partition {cursor.partition} has position {last} there, "
                f"but only {cursor.given} were given here. Nothing is published until the streams are rebuilt "
                "from this database, or the newer database is back."
            )
        if last < cursor.published:
            self.regressions += 1
            words = "the broker has lost entries: partition %d ends at %d, not %d; publishing the difference again"
            log.warning(words, cursor.partition, last, cursor.published)

    def _ahead(self, text: str) -> BrokerAhead:
        self._outbox.gives_positions = False
        return BrokerAhead(text)

    def _check_fitness(self) -> None:
        """Refuse a broker that may drop entries on purpose; asked once for each life of the server."""
        facts = self._streams.facts()
        if facts.run_id == self._checked_run_id:
            return
        refuse_unfit(facts, accept_volatile=self._accept_volatile_broker)
        self._checked_run_id = facts.run_id

    def _wait_out(self, reason: str | None, failures: int) -> None:
        self._seen = {}
        if reason is None:
            return
        self._say(reason)
        self._stopping.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])

    def _say(self, reason: str | None) -> None:
        """Tell why nothing is published, or that it is again."""
        if reason == self.error:
            return
        if reason is not None:
            log.warning("the relay does not publish: %s", reason)
        self.error = reason
        self._on_error(reason)
