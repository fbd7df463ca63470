"""What operators break on purpose: set, listed and cleared, each with its entry in the journal.

Workers obey what is set for their consumers, the desk that owns the data dir what is set for the broker. What is set
for a consumer stays set until it is cleared, through restarts of everything.
"""

import time
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import delete, insert, select, update

from core.consuming.contract import Answer
from core.consuming.control_tables import fault_events, faults
from core.consuming.controls import Controls, ends_at, note
from core.consuming.faults import Fault, FaultKind, Figures, encode_figures, read_active
from core.errors import InvalidInput, NotFound
from core.operating.faults.words import fault_words
from core.operating.snapshot import FaultSet
from core.producing.link_list import LinkList
from core.storage.database import Database

#: The target that is no consumer.
BROKER = "broker"
BROKER_KINDS = (FaultKind.STOP, FaultKind.FREEZE, FaultKind.LOSE_TAIL, FaultKind.FLUSH)
#: These are done once, and over; all others stand until they end.
ONCE = (FaultKind.LOSE_TAIL, FaultKind.FLUSH)
#: Longest latency, in milliseconds.
_LONGEST_MS = 600_000.0
_MOST = 1_000_000
#: What `lose-tail` cuts off if nothing is said: some tens of events.
_TAIL_BYTES = 16_384


class FaultBoard:
    """The faults of one installation."""

    def __init__(
        self, control: Database, links: LinkList, *, embedded: bool, is_owned: Callable[[], bool]
    ) -> None:
        self._database = control
        self._controls = Controls(control)
        self._links = links
        self._embedded = embedded
        self._is_owned = is_owned

    def active(self) -> tuple[Fault, ...]:
        """Read what is set now, the oldest first."""
        found = [fault for own in read_active(self._database).values() for fault in own]
        return tuple(sorted(found, key=lambda fault: fault.fault_id))

    def set(
        self,
        target: str,
        kind: FaultKind,
        figures: Figures,
        *,
        seconds: float | None = None,
        by: str,
        why: str = "",
    ) -> Fault:
        """Set a fault for a consumer or for the broker, for some seconds or until it is cleared.

        Raises:
            NotFound: there is no such target, or no such link.
            InvalidInput: the figures make no sense, or nobody could do this to the broker now.
        """
        self._check_target(target, kind)
        figures = self._check_figures(kind, figures)
        _demand(seconds is None or kind not in ONCE, "for", f"{kind} is done once: it can't last for a time.")
        now = time.time()
        row = {"target": target, "kind": kind.value, "set_by": by, "set_at": now}
        until = ends_at(seconds, now)
        with self._database.transaction() as db:
            statement = insert(faults).values(
                **row, arguments=encode_figures(figures).decode(), ends_at=until
            )
            number: int = db.execute(statement.returning(faults.c.id)).scalar_one()
            fault = Fault(number, target, kind, figures, by, now, until)
            note(db, by=by, act=f"set fault {number}: {fault_words(fault)}", subject=target, why=why)
        return fault

    def clear(self, what: str | None = None, *, by: str, why: str = "") -> tuple[Fault, ...]:
        """Clear one fault by its number, all of a target, or (None) all there are; gives those that were in force.

        Raises:
            NotFound: there is no such fault, and no such target.
        """
        active = self.active()
        if what is None:
            chosen = active
        elif what in self._targets():
            chosen = tuple(fault for fault in active if fault.target == what)
        else:
            chosen = tuple(fault for fault in active if str(fault.fault_id) == what)
            if not chosen:
                known = ", ".join(str(fault.fault_id) for fault in active) or "none"
                raise NotFound(f"There is no fault {what[:40]!r} to clear. There are: {known}.")
        end_faults(self._database, chosen, by=by, why=why)
        return chosen

    def outcome(self, fault_id: int) -> Answer | None:
        """Give what came of a fault of the broker; None = the desk has not answered yet."""
        wanted = select(faults.c.outcome, faults.c.used).where(faults.c.id == fault_id)
        with self._database.reading() as db:
            row = db.execute(wanted).one_or_none()
        return None if row is None or row.outcome is None else Answer(row.outcome, bool(row.used))

    def _targets(self) -> tuple[str, ...]:
        return (*self._controls.registered(), BROKER)

    def _check_target(self, target: str, kind: FaultKind) -> None:
        targets = self._targets()
        if target not in targets:
            raise NotFound(f"There is no {target[:40]!r} to break. There are: {', '.join(targets)}.")
        if (kind in BROKER_KINDS) != (target == BROKER):
            own = [each.value for each in FaultKind if (each in BROKER_KINDS) == (target == BROKER)]
            raise InvalidInput("kind", "fault_kind", f"{target} can't {kind}. It can: {', '.join(own)}.")
        if target == BROKER:
            self._check_broker(kind)

    def _check_broker(self, kind: FaultKind) -> None:
        if not self._is_owned():
            raise InvalidInput(
                "target",
                "fault_nobody",
                "Nobody runs a desk on this data dir, so nobody could do this to the broker.",
            )
        if not self._embedded and kind != FaultKind.FLUSH:
            raise InvalidInput(
                "kind",
                "fault_external",
                f"The broker is not ours to {kind}: it was not started here. It can only be flushed.",
            )
        standing = [fault for fault in self.active() if fault.target == BROKER]
        if standing:
            raise InvalidInput(
                "kind",
                "fault_standing",
                f"Fault {standing[0].fault_id} is set already: {fault_words(standing[0])}. Clear it first.",
            )

    def _check_figures(self, kind: FaultKind, figures: Figures) -> Figures:
        if kind == FaultKind.LATENCY:
            _demand(0 < figures.ms <= _LONGEST_MS, "ms", f"Say how slow: up to {_LONGEST_MS:,.0f} ms.")
            _demand(0 <= figures.jitter_ms <= figures.ms, "jitter", "The jitter is 0 to the latency itself.")
        elif kind == FaultKind.FAIL:
            _demand(
                (figures.next > 0) != (figures.share > 0),
                "next",
                "Say how many events, or which share of them.",
            )
            _demand(0 <= figures.next <= _MOST, "next", f"The next 1 to {_MOST:,} events can fail.")
            _demand(0 <= figures.share <= 1, "share", "A share is above 0 and at most 1.")
        elif kind == FaultKind.FAIL_LINK:
            _demand(bool(figures.link), "link", "Say which link, by its slug or id.")
            return msgspec.structs.replace(figures, link_id=self._links.one(figures.link).link_id)
        elif kind == FaultKind.CRASH:
            _demand(1 <= figures.times <= _MOST, "times", f"It can crash 1 to {_MOST:,} times.")
        elif kind == FaultKind.LOSE_TAIL:
            _demand(figures.bytes >= 0, "bytes", "Say how many bytes to lose.")
            return msgspec.structs.replace(figures, bytes=figures.bytes or _TAIL_BYTES)
        return figures


def end_faults(control: Database, ended: Sequence[Fault], *, by: str, why: str) -> None:
    """Clear faults, all or none, and forget what they have picked."""
    with control.transaction() as db:
        for fault in ended:
            still_set = (faults.c.id == fault.fault_id, faults.c.cleared_at.is_(None))
            if db.execute(update(faults).where(*still_set).values(cleared_at=time.time())).rowcount:
                db.execute(delete(fault_events).where(fault_events.c.fault_id == fault.fault_id))
                note(db, by=by, act=f"clear fault {fault.fault_id}", subject=fault.target, why=why)


def read_fault_sets(control: Database) -> tuple[FaultSet, ...]:
    """Read what is set now as a snapshot shows it, the oldest first.

    Raises:
        StoreUnavailable: it can't be read.
    """
    found = [
        FaultSet(
            fault_id=fault.fault_id,
            target=fault.target,
            kind=fault.kind.value,
            words=fault_words(fault),
            set_by=fault.set_by,
            set_at=fault.set_at,
            ends_at=fault.ends_at,
        )
        for own in read_active(control).values()
        for fault in own
    ]
    return tuple(sorted(found, key=lambda fault: fault.fault_id))


def _demand(good: bool, field: str, message: str) -> None:
    if not good:
        raise InvalidInput(field, f"fault_{field}", message)
