"""One consumer's side of the ledger: each committed event has a receipt, waits, is parked or is a dead letter, just one.

Reads raw rows of one picture of the consumer's database; never writes.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from core.consuming.contract import Audit, Consumer, Evidence
from core.consuming.tables import dead_letters, inbox, parked, parked_keys, watermarks
from core.events.envelope import Event
from core.events.times import rfc3339
from core.operating.ledger.outbox import CommittedEvents, Placed
from core.operating.ledger.report import Account, CutOff, Naming

_receipts = select(inbox.c.position, inbox.c.event_id, inbox.c.outcome, inbox.c.commit_number).order_by(
    inbox.c.position
)
_parked = select(parked.c.position, parked.c.event_id)
#: What somebody else wrote into the streams is among them, at positions below all events'.
_dead = select(dead_letters.c.position, dead_letters.c.event_id, dead_letters.c.state)
#: Links whose parked events have no row that says when they are tried.
_forgotten = select(parked.c.link_id).except_(select(parked_keys.c.link_id))

_GIVEN_UP = ("dead", "discarded")
#: Receipts that say nothing about order: no effect, or an order that an operator gave up.
_WITHOUT_ORDER = frozenset({"ignored", "retried", "forgotten"})


class _Receipt(NamedTuple):
    event_id: str
    outcome: str
    commit_number: int


class _Stations(NamedTuple):
    """Where events of one partition are, by position; what was found is taken out."""

    watermark: int
    first_receipt: int
    receipts: dict[int, _Receipt]
    #: Event ids.
    parked: dict[int, str]
    #: Event ids and states.
    dead: dict[int, tuple[str, str]]


class Books:
    """The receipts of one consumer, held against the committed events partition by partition, then against its effects."""

    def __init__(self, consumer: Consumer, db: Connection | None, *, receipts_since: float) -> None:
        """Take the picture; `db` is None where the consumer has never run.

        Receipts of events from before `receipts_since`, in Unix seconds, may have been deleted.
        """
        self._consumer = consumer
        self._types = frozenset(data.type_name for data in consumer.handles)
        self._db = db
        rows = [] if db is None else db.execute(select(watermarks)).all()
        self._watermarks: Mapping[int, int] = {row.partition: row.position for row in rows}
        self._absorbed = sum(row.absorbed for row in rows)
        self._audit: Audit | None = None
        self._committed = self._applied = self._waiting = self._parked = self._dead = self._discarded = 0
        self._older_receipts = self._strangers = 0
        self._receipts_since = rfc3339(receipts_since)
        self._missing, self._doubled, self._out_of_order = Naming(), Naming(), Naming()
        self._foreign, self._findings = Naming(), Naming()
        #: Per key of an effect: how often it must be there, how much of that may be there already, the first event.
        self._wanted: dict[str, int] = {}
        self._again: dict[str, int] = {}
        #: The keys of those events that others were published in the place of.
        self._origins: dict[str, frozenset[str]] = {}
        self._holders: dict[str, str] = {}
        self._remarks: tuple[str, ...] = ()

    def begin(self) -> None:
        """Let the consumer look around for its audit, once all pictures are taken."""
        self._audit = self._consumer.audit()

    def compare(self, placed: Placed, cut_off: CutOff) -> None:
        """Hold one partition against the committed events; those with rows behind the cut-off are not counted."""
        stations = self._stations(placed)
        self._check_marks(placed, stations, kept_from=cut_off.first[placed.partition])
        newest_commits: dict[str, int] = {}
        without_receipt: set[str] = set()
        origins = {event.origin for _, event in placed.events if event.origin is not None}
        for row_id, event in placed.events:
            receipt = self._receipt(event, stations)
            if receipt is None:
                without_receipt.add(event.event_id)
            else:
                self._note_order(event, receipt, newest_commits)
                if event.type in self._types and event.audience in (None, self._consumer.name):
                    keys = self._note_effects(event, without_receipt)
                    if event.event_id in origins:
                        self._origins[event.event_id] = keys
            kept = self._kept(event, stations, counted=row_id <= cut_off.outbox_id)
            if row_id <= cut_off.outbox_id:
                is_passed = event.position <= stations.watermark
                self._count(event, (receipt is not None) + kept, receipt is not None, is_passed)
        self._check_rest(placed, stations)

    def count_unplaced(self, waiting: int, lost: list[str]) -> None:
        """Count events without a position: those that wait for one, and those that were passed by."""
        self._committed += waiting + len(lost)
        self._waiting += waiting
        for event_id in lost:
            self._missing.add(event_id)

    def examine(self, committed: CommittedEvents, evidence: Evidence) -> None:
        """Hold the effects against the receipts, and let the consumer's audit look at the rest."""
        if self._db is None or self._audit is None:
            return
        for key, link_id, times in self._audit.effects(self._db):
            wanted = self._wanted.pop(key, 0)
            least = wanted - self._again.get(key, 0)
            if times < least or (times > wanted and committed.is_whole(link_id)):
                self._say_effect(key, times, wanted)
        for key, wanted in self._wanted.items():
            if wanted > self._again.get(key, 0):
                self._say_effect(key, 0, wanted)
        for link_id in self._db.scalars(_forgotten):
            self._findings.add(f"Events of link {link_id} are parked, but nobody is going to try them.")
        examination = self._audit.examine(self._db, evidence)
        for finding in examination.findings:
            self._findings.add(finding)
        self._remarks = tuple(examination.remarks)

    def account(self) -> Account:
        """Sum up."""
        return Account(
            name=self._consumer.name,
            committed=self._committed,
            applied=self._applied,
            waiting=self._waiting,
            parked=self._parked,
            dead=self._dead,
            discarded=self._discarded,
            missing=self._missing.named(),
            doubled=self._doubled.named(),
            out_of_order=self._out_of_order.named(),
            foreign=self._foreign.named(),
            findings=self._findings.named(),
            absorbed=self._absorbed,
            older_receipts=self._older_receipts,
            strangers=self._strangers,
            remarks=self._remarks,
        )

    # Where an event is

    def _stations(self, placed: Placed) -> _Stations:
        number = placed.partition
        if self._db is None:
            return _Stations(0, 0, {}, {}, {})
        # All at once: row by row costs twice as much.
        receipts = self._db.execute(_receipts.where(inbox.c.partition == number)).all()
        waiting = self._db.execute(_parked.where(parked.c.partition == number))
        dead = self._db.execute(
            _dead.where(dead_letters.c.partition == number, dead_letters.c.state.in_(_GIVEN_UP))
        )
        return _Stations(
            self._watermarks.get(number, 0),
            receipts[0].position if receipts else placed.given + 1,
            {position: _Receipt(*rest) for position, *rest in receipts},
            {row.position: row.event_id for row in waiting},
            {position: (event_id, state) for position, event_id, state in dead},
        )

    def _receipt(self, event: Event, stations: _Stations) -> _Receipt | None:
        receipt = stations.receipts.pop(event.position, None)
        if receipt is None:
            return _Receipt(event.event_id, "forgotten", 0) if self._is_forgotten(event, stations) else None
        if receipt.event_id != event.event_id:
            self._foreign.add(receipt.event_id)
            return None
        return receipt

    def _is_forgotten(self, event: Event, stations: _Stations) -> bool:
        """Tell whether the receipt was deleted for its age, as is done from the beginning of a partition, without holes."""
        position = event.position
        return (
            position < stations.first_receipt
            and position <= stations.watermark
            and event.time < self._receipts_since
            and position not in stations.parked
            and position not in stations.dead
        )

    def _kept(self, event: Event, stations: _Stations, *, counted: bool) -> int:
        """Count the places apart from the inbox that hold an event."""
        places = 0
        if stations.parked and stations.parked.get(event.position) == event.event_id:
            del stations.parked[event.position]
            places += 1
            self._parked += counted
        if stations.dead and (found := stations.dead.get(event.position, ("", "")))[0] == event.event_id:
            del stations.dead[event.position]
            places += 1
            self._dead += counted
            self._discarded += counted and found[1] == "discarded"
        return places

    def _count(self, event: Event, places: int, is_applied: bool, is_passed: bool) -> None:
        self._committed += 1
        self._applied += is_applied
        if places == 0:
            if is_passed:
                self._missing.add(event.event_id)
            else:
                self._waiting += 1
        elif places > 1:
            self._doubled.add(event.event_id)

    def _check_marks(self, placed: Placed, stations: _Stations, *, kept_from: int) -> None:
        """Look at the watermark; the outbox may have forgotten more since the cut-off, but not less."""
        number, mark = placed.partition, stations.watermark
        if mark > placed.given:
            self._findings.add(
                f"The watermark of partition {number} is {mark}, but only {placed.given} were given."
            )
        if mark < kept_from - 1 and number in self._watermarks:
            self._findings.add(
                f"The outbox no longer has positions {mark + 1} to {kept_from - 1} of partition {number}, "
                "which were never dealt with."
            )
        ahead = max(stations.receipts, default=0)
        if ahead > mark:
            self._findings.add(
                f"Partition {number} has a receipt at {ahead}, behind the watermark, which is {mark}."
            )

    def _check_rest(self, placed: Placed, stations: _Stations) -> None:
        """Look at what belongs to no event that the outbox keeps."""
        rest = [(position, receipt.event_id) for position, receipt in stations.receipts.items()]
        older = sum(position < placed.first for position, _ in rest)
        self._older_receipts += older
        rest += stations.parked.items()
        rest += [(position, event_id) for position, (event_id, _) in stations.dead.items()]
        for position, event_id in rest:
            if position >= placed.first:
                self._foreign.add(event_id)
            elif position < 0:
                self._strangers += 1

    # Order and effects

    def _note_order(self, event: Event, receipt: _Receipt, newest_commits: dict[str, int]) -> None:
        if receipt.outcome in _WITHOUT_ORDER:
            return
        if receipt.commit_number < newest_commits.get(event.link_id, 0):
            self._out_of_order.add(event.event_id)
        else:
            newest_commits[event.link_id] = receipt.commit_number

    def _note_effects(self, event: Event, without_receipt: set[str]) -> frozenset[str]:
        """Note the effects that an event must have; gives their keys."""
        assert self._audit is not None
        keys = frozenset(self._audit.effects_of(event))
        for key in keys:
            self._wanted[key] = self._wanted.get(key, 0) + 1
            self._holders.setdefault(key, event.event_id)
        for key in self._absorbable(event, keys, without_receipt):
            self._again[key] = self._again.get(key, 0) + 1
        return keys

    def _absorbable(self, event: Event, keys: frozenset[str], without_receipt: set[str]) -> frozenset[str]:
        """Give the effects that may be there already, since the event was published in the place of one that was applied.

        These are the ones that its origin has as well: all others only it can have made. Of an origin that the outbox
        keeps no longer it is not known which it had.
        """
        if event.origin is None or event.origin in without_receipt:
            return frozenset()
        return keys & self._origins.get(event.origin, keys)

    def _say_effect(self, key: str, times: int, wanted: int) -> None:
        """Name an effect by its event, where there is only one."""
        name = self._holders[key] if wanted == 1 else key
        if times < wanted:
            self._missing.add(name)
        elif wanted:
            self._doubled.add(name)
        else:
            self._foreign.add(name)
        self._findings.add(f"The effect {key!r} is there {times} times instead of {wanted}.")
