"""Obeys the faults of the broker, in the desk that owns the data dir. They end with the desk: none outlives a start."""

import logging
import threading
import time
from collections.abc import Hashable

from sqlalchemy import update

from core.broker.damage import flush, freeze, lose_tail, thaw
from core.broker.emptying import empty_streams
from core.broker.server import EmbeddedBroker
from core.consuming.contract import Answer
from core.consuming.control_tables import faults
from core.consuming.faults import Fault, FaultKind, read_active
from core.errors import BrokerUnavailable, StoreUnavailable
from core.operating.actor import actor
from core.operating.faults.board import BROKER, ONCE, end_faults
from core.storage.database import Database

log = logging.getLogger(__name__)

#: Rest between two looks at the table, in seconds.
_LOOK_S = 0.2
_STOP_DEADLINE_S = 2.0


class BrokerFaults:
    """Does to the broker what operators want, and makes it good again."""

    def __init__(
        self, control: Database, broker: EmbeddedBroker | None, *, url: str, partitions: int
    ) -> None:
        """`broker` is None when it is an external one, which can only be flushed."""
        self._control = control
        self._broker = broker
        self._url = url
        self._partitions = partitions
        #: The fault that stands now; there is one at a time.
        self._standing: Fault | None = None
        #: The sign of the control database before it was read last.
        self._sign: Hashable | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="broker faults", daemon=True)

    def start(self) -> None:
        """Clear what an earlier desk has left, then obey.

        Raises:
            StoreUnavailable: the control database can't be read or written.
        """
        self._clear_all("the desk has started")
        self._thread.start()

    def stop(self) -> bool:
        """Make everything good and stop obeying; False when it is still at it."""
        self._stopping.set()
        if not self._thread.is_alive():
            return True
        self._thread.join(_STOP_DEADLINE_S)
        if self._standing is not None and self._standing.kind is FaultKind.FREEZE:
            self._end(self._standing)  # One that is stopped may stay so: it is to be stopped anyway.
        try:
            self._clear_all("the desk has stopped")
        except StoreUnavailable as error:
            log.warning("faults of the broker could not be cleared: %s", error)
        return not self._thread.is_alive()

    def _clear_all(self, why: str) -> None:
        left = read_active(self._control).get(BROKER, ())
        if left:
            end_faults(self._control, left, by=actor(), why=why)

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            try:
                self._look()
            except StoreUnavailable as error:
                log.warning("the faults of the broker can't be read: %s", error)
            except Exception:  # A thread must never die in silence: what stands would stand for ever.
                log.exception("the faults of the broker could not be obeyed")

    def _look(self) -> None:
        sign = self._control.sign()
        if self._standing is None and sign is not None and sign == self._sign:
            return  # Nobody has written anything, and nothing can end by the clock.
        self._obey_all()
        self._sign = sign

    def _obey_all(self) -> None:
        if self._standing is not None and self._standing.is_over(time.time()):
            self._end(self._standing)
        wanted = read_active(self._control).get(BROKER, ())
        if self._standing is not None and self._standing.fault_id not in [fault.fault_id for fault in wanted]:
            self._end(self._standing)
        for fault in wanted:
            if self._standing is None and not fault.used:
                self._obey(fault)

    def _obey(self, fault: Fault) -> None:
        log.warning("fault %d: the broker is to %s", fault.fault_id, fault.kind)
        try:
            outcome = self._do(fault)
        except BrokerUnavailable as error:
            self._note(fault, Answer(f"failed: {error}", done=False), is_over=True)
        else:
            if fault.kind not in ONCE:
                self._standing = fault
            self._note(fault, Answer(outcome), is_over=fault.kind in ONCE)

    def _do(self, fault: Fault) -> str:
        if fault.kind == FaultKind.FLUSH:
            return self._flush()
        if self._broker is None:
            raise BrokerUnavailable("it is not ours: it was not started here.")
        match fault.kind:
            case FaultKind.STOP:
                self._broker.hold_down()
                return "the broker is stopped"
            case FaultKind.FREEZE:
                freeze(self._broker)
                return "the broker is frozen"
            case FaultKind.LOSE_TAIL:
                return f"the broker was killed and has lost its last {lose_tail(self._broker, fault.figures.bytes):,} bytes"
            case _:
                raise BrokerUnavailable(f"nobody knows how a broker can {fault.kind}.")

    def _flush(self) -> str:
        if self._broker is not None:
            flush(self._url)
            return "the broker was flushed"
        # Others may keep something there as well.
        empty_streams(self._url, self._partitions)
        return "our streams in the broker were deleted"

    def _end(self, fault: Fault) -> None:
        self._standing = None
        if self._broker is not None:
            self._broker.let_up()
            thaw(self._broker)
        log.warning("fault %d of the broker has ended", fault.fault_id)

    def _note(self, fault: Fault, answer: Answer, *, is_over: bool) -> None:
        log.warning("fault %d: %s", fault.fault_id, answer.sentence)
        over = {"cleared_at": time.time()} if is_over else {}
        values = {"used": int(answer.done), "outcome": answer.sentence, **over}
        with self._control.transaction() as db:
            db.execute(update(faults).where(faults.c.id == fault.fault_id).values(values))
