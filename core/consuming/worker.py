"""A worker: runs consumers, one thread each, obeys what operators want and says how it is.

The same object runs as a child of the window, as a process of its own on any machine, and inside a test.
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from core.broker.streams import Streams
from core.consuming.archive import Archive
from core.consuming.backoff import retry_delay
from core.consuming.contract import Consumer, HelperTurn
from core.consuming.controls import Controls, Wanted
from core.consuming.failure import storable
from core.consuming.faults import Faults, read_active
from core.consuming.heartbeats import BEAT_S, Heartbeat, Heartbeats
from core.consuming.inbox import Inbox
from core.consuming.loop import ConsumerLoop, LoopStatus, Shared
from core.consuming.requests import Requests
from core.consuming.roster import Roster
from core.consuming.standstill import as_obeyed, standstill
from core.errors import StoreUnavailable
from core.storage.database import Database

log = logging.getLogger(__name__)

#: What is kept of an error's text.
_ERROR_CHARACTERS = 2_000

#: How long the first heartbeat waits for the consumers' tables, in seconds.
_READY_S = 1.0
#: How often the control table is read, in seconds: with a blocked read of 150 ms a pause is obeyed within 300 ms.
_LOOK_S = 0.1


@dataclass(slots=True)
class _Running:
    """One consumer at work."""

    consumer: Consumer
    database: Database
    loop: ConsumerLoop
    faults: Faults
    turn: HelperTurn
    helper: threading.Thread | None = None
    helper_error: str | None = None


class Worker:
    """Runs consumers until stopped."""

    def __init__(
        self,
        consumers: Sequence[Consumer],
        *,
        open_database: Callable[[str], Database],
        open_streams: Callable[[], Streams],
        archive: Archive,
        control: Database,
        retention_days: int = 0,
    ) -> None:
        """Receipts are kept for `retention_days`; 0 = for ever."""
        self.worker_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self._control = control
        self._controls = Controls(control)
        self._requests = Requests(control)
        self._roster = Roster()
        self._shared = Shared(self._roster.alive, threading.Lock(), retention_days)
        self._open_database = open_database
        self._heartbeats = Heartbeats(control)
        self._started_at = time.time()
        self._process = psutil.Process()
        self._stopping = threading.Event()
        self._streams: list[Streams] = []
        self._running = [
            self._build(consumer, open_database(consumer.name), open_streams(), archive)
            for consumer in consumers
        ]
        self._watcher = threading.Thread(target=self._watch, name="worker", daemon=True)

    def _build(self, consumer: Consumer, database: Database, streams: Streams, archive: Archive) -> _Running:
        self._streams.append(streams)
        turn_committed, turn_stopping = threading.Event(), threading.Event()
        faults = Faults(self._control, consumer.name, open_database=self._open_database)
        loop = ConsumerLoop(
            consumer,
            inbox=Inbox(consumer, database, self.worker_id),
            streams=streams,
            archive=archive,
            committed=turn_committed,
            faults=faults,
            shared=self._shared,
        )
        turn = HelperTurn(turn_committed, turn_stopping, loop.is_paused, loop.term)
        return _Running(consumer, database, loop, faults, turn)

    def start(self) -> None:
        """Start all threads; consumers that are paused begin paused."""
        self._controls.register([running.consumer.name for running in self._running])
        self._obey()
        # Before anything is taken it must be known who is there already.
        self._roster.note(self._heartbeats.all())
        for running in self._running:
            running.loop.start()
            helper = running.consumer.helper(running.database)
            if helper is not None:
                running.helper = threading.Thread(
                    target=self._help,
                    args=(running, helper.run),
                    name=f"{running.consumer.name} helper",
                    daemon=True,
                )
                running.helper.start()
        self._watcher.start()

    def stop(self, deadline_s: float = 5.0) -> list[str]:
        """Ask all threads to end after what they have in hand; gives the names of those still alive at the deadline."""
        until = time.monotonic() + deadline_s
        self._stopping.set()
        for running in self._running:
            running.faults.close()
            running.loop.stop()
            running.turn.stopping.set()
            running.turn.woken.set()
        threads = [self._watcher, *(running.loop for running in self._running)]
        threads += [running.helper for running in self._running if running.helper is not None]
        for thread in threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        alive = [thread.name for thread in threads if thread.is_alive()]
        self._say_goodbye()
        for streams in self._streams:
            streams.close()
        for running in self._running:
            running.database.close()
        return alive

    def _say_goodbye(self) -> None:
        try:
            self._heartbeats.end(self.worker_id)
        except StoreUnavailable as error:
            log.warning("could not take back the heartbeat: %s", error)

    # What operators want, and what is so

    def _watch(self) -> None:
        """Read the control table, tell the loops, and say how they are; at once when something has changed."""
        # A consumer that is said to run has its tables, unless something keeps it from making them.
        ready_by = time.monotonic() + _READY_S
        for running in self._running:
            running.loop.prepared.wait(max(0.0, ready_by - time.monotonic()))
        said: list[LoopStatus] = []
        said_at = 0.0
        while not self._stopping.is_set():
            try:
                self._obey()
                statuses = [running.loop.status for running in self._running]
                if statuses != said or time.monotonic() - said_at >= BEAT_S:
                    self._beat()
                    said, said_at = statuses, time.monotonic()
            except StoreUnavailable as error:
                log.warning("the control table can't be used: %s", error)
            except Exception:  # A worker that nobody can pause any more must at least say so.
                log.exception("the worker could not obey or say how it is")
            self._stopping.wait(_LOOK_S)

    def _obey(self) -> None:
        wanted, faults, requests = (
            self._controls.wanted(),
            read_active(self._control),
            self._requests.waiting(),
        )
        still = standstill(self._control)
        for running in self._running:
            name = running.consumer.name
            running.loop.want(as_obeyed(wanted.get(name, Wanted()), still))
            running.faults.want(faults.get(name, ()), paused=running.loop.is_paused())
            running.loop.errands.ask([request for request in requests if request.consumer == name])
        self._tell_outcomes()

    def _tell_outcomes(self) -> None:
        outcomes = []
        for running in self._running:
            while not running.loop.errands.outcomes.empty():
                outcomes.append(running.loop.errands.outcomes.get())
        if outcomes:
            self._requests.done(outcomes)

    def _beat(self) -> None:
        """Say how the consumers are, and see who else is there: only who is heard may judge others by their silence."""
        self._heartbeats.beat([self._heartbeat(running) for running in self._running])
        self._roster.note(self._heartbeats.all())

    def _heartbeat(self, running: _Running) -> Heartbeat:
        status = running.loop.status
        error = status.error or running.loop.why_slow() or running.helper_error
        return Heartbeat(
            worker_id=self.worker_id,
            consumer=running.consumer.name,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=self._started_at,
            heard_at=time.time(),
            memory_bytes=self._process.memory_info().rss,
            paused=status.paused,
            obeyed_version=status.obeyed_version,
            error=None if error is None else storable(error, _ERROR_CHARACTERS),
        )

    # Helpers

    @staticmethod
    def _help(running: _Running, run: Callable[[HelperTurn], None]) -> None:
        """Run a consumer's helper until it ends in order; one that fails is shown, and starts again."""
        failures = 0
        while not running.turn.stopping.is_set():
            if not running.loop.prepared.wait(_LOOK_S):
                continue
            running.helper_error = None
            try:
                run(running.turn)
            except Exception as error:  # A thread must never die in silence: say it, then try again.
                failures += 1
                running.helper_error = f"{type(error).__name__}: {error}"
                log.exception("the helper of %s failed", running.consumer.name)
                running.turn.stopping.wait(retry_delay(failures, longest_s=10.0))
