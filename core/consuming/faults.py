"""Faults for demonstrations: what a worker does wrong on purpose while operators want it. Without one, next to nothing.

Nothing here is imitated: a crash kills the process, a lock is held by another connection, a failure is raised where
a consumer would raise it. All of it ends when the fault is cleared.
"""

import logging
import random
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import msgspec
import psutil
from sqlalchemy import bindparam, or_, select

from core.broker.streams import Entry
from core.consuming.control_tables import faults
from core.consuming.fault_counts import FaultCounts
from core.consuming.held_lock import HeldLock
from core.errors import Rejected, Transient
from core.events.envelope import Event
from core.storage.database import Database

log = logging.getLogger(__name__)

#: How soon a wait notices that its fault was cleared or the consumer paused, in seconds; a stop is noticed at once.
_GLANCE_S = 0.1
_chance = random.SystemRandom()


class FaultKind(StrEnum):
    """What can be wrong; the values are the words of the command line and of the table."""

    # Of a consumer
    LATENCY = "latency"
    FAIL = "fail"
    FAIL_LINK = "fail-link"
    CRASH = "crash"
    HANG = "hang"
    TWICE = "twice"
    LOCKED = "locked"
    # Of the broker
    STOP = "stop"
    FREEZE = "freeze"
    LOSE_TAIL = "lose-tail"
    FLUSH = "flush"


class Figures(msgspec.Struct, frozen=True, omit_defaults=True):
    """The figures of a fault; each kind has its own."""

    #: `latency`: added to each transaction, in milliseconds, give or take the jitter.
    ms: float = 0.0
    jitter_ms: float = 0.0
    #: `fail`: how many events, or (0) which share of them.
    next: int = 0
    share: float = 0.0
    #: `fail-link`: the link, and what the operator called it.
    link_id: str = ""
    link: str = ""
    #: `fail`, `fail-link`: whether it will pass by itself; else the event is rejected.
    transient: bool = False
    #: `crash`: after the commit, before the acknowledgement; else before the commit.
    after_commit: bool = False
    #: `crash`: how often.
    times: int = 1
    #: `lose-tail`: how much of the broker's log.
    bytes: int = 0


class Fault(msgspec.Struct, frozen=True):
    """One fault that operators have set."""

    fault_id: int
    #: A consumer's name, or "broker".
    target: str
    kind: FaultKind
    figures: Figures
    set_by: str
    set_at: float
    #: When it ends by itself; None = not by the clock.
    ends_at: float | None = None
    #: How often it has struck, for the kinds that count.
    used: int = 0

    def is_over(self, now: float) -> bool:
        """Whether it has ended by itself, by the clock or by its count; events that were rejected stay rejected."""
        if self.ends_at is not None and now >= self.ends_at:
            return True
        if self.kind == FaultKind.CRASH:
            return self.used >= self.figures.times
        passes = self.kind == FaultKind.FAIL and self.figures.next > 0 and self.figures.transient
        return passes and self.used >= self.figures.next


_in_force = (
    select(*(faults.c[name] for name in "id target kind arguments set_by set_at ends_at used".split()))
    .where(
        faults.c.cleared_at.is_(None), or_(faults.c.ends_at.is_(None), faults.c.ends_at > bindparam("now"))
    )
    .order_by(faults.c.id)
)


def read_active(control: Database) -> dict[str, tuple[Fault, ...]]:
    """Read the faults that are set now, per target, the oldest first; what a newer program has set is passed by.

    Raises:
        StoreUnavailable: it can't be read.
    """
    now = time.time()
    found: dict[str, list[Fault]] = defaultdict(list)
    with control.reading() as db:
        rows = db.execute(_in_force, {"now": now}).all()
    for number, target, kind, arguments, *rest in rows:
        try:
            fault = Fault(number, target, FaultKind(kind), decode_figures(arguments), *rest)
        except ValueError as error:
            log.debug("fault %d can't be obeyed: %s", number, error)
        else:
            if not fault.is_over(now):
                found[target].append(fault)
    return {target: tuple(own) for target, own in found.items()}


#: Read and write `Figures` as they are kept.
decode_figures = msgspec.json.Decoder(Figures).decode
encode_figures = msgspec.json.Encoder().encode


class Faults:
    """The faults of one consumer in one worker. The hooks are the loop's to call; `want` and `close` the worker's."""

    def __init__(self, control: Database, consumer: str, *, open_database: Callable[[str], Database]) -> None:
        """`open_database` opens the consumer's database once more, by its name: a lock needs a connection of its own."""
        self._counts = FaultCounts(control)
        self._consumer = consumer
        self._open_database = open_database
        self._active: tuple[Fault, ...] = ()
        self._paused = False
        # The same, by the hook that obeys them: each hook looks at one tuple, which is nearly always empty.
        self._twice: tuple[Fault, ...] = ()
        self._handling: tuple[Fault, ...] = ()
        self._before_commit: tuple[Fault, ...] = ()
        self._after_commit: tuple[Fault, ...] = ()
        self._lock: HeldLock | None = None
        self._closed = False
        self._telling = threading.Lock()

    # What the worker says to it

    def want(self, active: Sequence[Fault], *, paused: bool = False) -> None:
        """Tell it which faults are set now, and whether the consumer is: a pause lets an event that hangs go on.

        Call it again and again; the hooks may be at work meanwhile.
        """
        now = time.time()
        with self._telling:
            self._paused = paused
            active = () if self._closed else tuple(fault for fault in active if not fault.is_over(now))
            if active != self._active:
                self._sort(active)
                self._hold_lock(bool(_of(active, FaultKind.LOCKED)))

    def close(self) -> None:
        """Let go of everything, for good: waits end, the lock is released. Call it before the loop is joined."""
        self._closed = True
        self.want(())

    def _sort(self, active: tuple[Fault, ...]) -> None:
        self._active = active
        self._twice = _of(active, FaultKind.TWICE)
        self._handling = _of(active, FaultKind.LATENCY, FaultKind.FAIL, FaultKind.FAIL_LINK, FaultKind.HANG)
        crashes = _of(active, FaultKind.CRASH)
        self._before_commit = tuple(fault for fault in crashes if not fault.figures.after_commit)
        self._after_commit = tuple(fault for fault in crashes if fault.figures.after_commit)

    def _hold_lock(self, wanted: bool) -> None:
        if self._lock is not None and (not wanted or not self._lock.is_alive()):
            self._lock.release()
            self._lock = None
        if wanted and self._lock is None:
            self._lock = HeldLock(self._consumer, self._open_database, is_wanted=self._is_lock_wanted)
            self._lock.start()

    def _is_lock_wanted(self) -> bool:
        return any(self._is_set(fault) for fault in _of(self._active, FaultKind.LOCKED))

    # What the loop calls

    def delivered(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Give what the broker has delivered; with `twice`, each entry two times."""
        if not self._twice:
            return entries
        return [entry for entry in entries for _ in range(2)]

    def before_handling(self, events: Iterable[Event], stopping: threading.Event) -> None:
        """Be slow, hang or fail, just before the consumer is given the events; `events` is read only if there is a fault.

        A batch that holds an event which shall fail fails as a whole and uses no count: the loop then narrows it down,
        and it is the lone event that does.

        Raises:
            Rejected, Transient: a fault wants it; nothing of the batch was handled.
        """
        if not self._handling:
            return
        handled = list(events)
        if not handled:
            return
        for fault in self._handling:
            if fault.kind == FaultKind.LATENCY:
                jitter = fault.figures.jitter_ms
                slow_ms = fault.figures.ms + _chance.uniform(-jitter, jitter)
                self._wait(fault, stopping, seconds=slow_ms / 1000)
            elif fault.kind == FaultKind.HANG:
                self._wait(fault, stopping, seconds=float("inf"))
            elif self._shall_fail(fault, handled):
                raise _failure(fault)

    def before_commit(self) -> None:
        """Kill this process if a fault wants it: what was handled is rolled back, and delivered again."""
        for fault in self._before_commit:
            self._crash(fault)

    def after_commit(self) -> None:
        """Kill this process if a fault wants it: what was handled is committed, and yet delivered again."""
        for fault in self._after_commit:
            self._crash(fault)

    # Inside

    def _wait(self, fault: Fault, stopping: threading.Event, *, seconds: float) -> None:
        """Wait, until the fault is over or cleared, or the consumer is paused or stopped; then things go on."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if stopping.wait(min(left, _GLANCE_S)) or self._paused or not self._is_set(fault):
                return

    def _is_set(self, fault: Fault) -> bool:
        """Whether a fault is still set: by what the worker was told, and, should it be stuck, by the table itself."""
        told = any(fault.fault_id == other.fault_id for other in self._active)
        return told and not fault.is_over(time.time()) and self._counts.is_set(fault.fault_id)

    def _shall_fail(self, fault: Fault, events: Sequence[Event]) -> bool:
        figures = fault.figures
        if fault.kind == FaultKind.FAIL_LINK:
            return any(event.link_id == figures.link_id for event in events)
        if figures.share and figures.transient:
            # Each event takes its own chance at each attempt; a batch is tried one by one.
            return len(events) > 1 or _chance.random() < figures.share
        if figures.share:
            return any(_is_picked(fault, event) for event in events)
        if len(events) > 1:
            return fault.used < figures.next or self._counts.has_picked(fault.fault_id, events)
        if figures.transient:
            return self._counts.use(fault.fault_id, figures.next)
        return self._counts.pick(fault.fault_id, figures.next, events[0])

    def _crash(self, fault: Fault) -> None:
        if self._counts.use(fault.fault_id, fault.figures.times):
            log.warning("%s: fault %d kills this process", self._consumer, fault.fault_id)
            psutil.Process().kill()


def _of(active: Sequence[Fault], *kinds: FaultKind) -> tuple[Fault, ...]:
    return tuple(fault for fault in active if fault.kind in kinds)


def _is_picked(fault: Fault, event: Event) -> bool:
    """Whether a share takes in an event: the same answer at each attempt, in every worker."""
    dice = zlib.crc32(f"{fault.fault_id} {event.event_id}".encode())
    return dice < fault.figures.share * 2**32


def _failure(fault: Fault) -> Rejected | Transient:
    text = f"Fault {fault.fault_id} ({fault.kind}), set by {fault.set_by}, wants this to fail."
    return Transient(text) if fault.figures.transient else Rejected(text)
