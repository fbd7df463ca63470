"""One consumer's side of the ledger: each committed event has a receipt, waits, is parked or is a dead letter, just one.

Reads raw rows of one picture of the consumer's database; never writes.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from core.consuming.contract import Audit, Consumer, Evidence
from core.consuming.tables import dead_letters, inbox, parked, parked_keys, watermarks
from core.events.envelope import Event
from core.operating.ledger_outbox import CommittedEvents, Placed
from core.operating.ledger_report import Account, CutOff, Naming

_receipts = select(inbox.c.position, inbox.c.event_id, inbox.c.outcome, inbox.c.commit_number)
_parked = select(parked.c.position, parked.c.event_id)
_dead = select(dead_letters.c.position, dead_letters.c.event_id, dead_letters.c.state)
#: Links whose parked events have no row that says when they are tried.
_forgotten = select(parked.c.link_id).except_(select(parked_keys.c.link_id))

_GIVEN_UP = ("dead", "discarded")
#: Receipts that say nothing about order: no effect, or an order that an operator gave up.
_WITHOUT_ORDER = frozenset({"ignored", "retried"})


class _Receipt(NamedTuple):
    event_id: str
    outcome: str
    commit_number: int


class _Stations(NamedTuple):
    """Where events of one partition are, by position."""

    receipts: dict[int, _Receipt]
    #: Event ids.
    parked: dict[int, str]
    #: Event ids and states.
    dead: dict[int, tuple[str, str]]


class Books:
    """The receipts of one consumer, held against the committed events partition by partition, then against its effects."""

    def __init__(self, consumer: Consumer, db: Connection | None) -> None:
        """Take the picture; `db` is None where the consumer has never run."""
        self._consumer = consumer
        self._types = frozenset(data.type_name for data in consumer.handles)
        self._db = db
        rows = [] if db is None else db.execute(select(watermarks)).all()
        self._watermarks: Mapping[int, int] = {row.partition: row.position for row in rows}
        self._absorbed = sum(row.absorbed for row in rows)
        self._audit: Audit | None = None
        self._committed = self._applied = self._waiting = self._parked = self._dead = self._discarded = 0
        self._older_receipts = 0
        self._missing, self._doubled, self._out_of_order = Naming(), Naming(), Naming()
        self._foreign, self._findings = Naming(), Naming()
        #: Per key of an effect: how often it must be there, how much of that is by events published again, the first event.
        self._wanted: dict[str, int] = {}
        self._again: dict[str, int] = {}
        self._holders: dict[str, str] = {}
        self._remarks: tuple[str, ...] = ()

    def begin(self) -> None:
        """Let the consumer look around for its audit, once all pictures are taken."""
        self._audit = self._consumer.audit()

    def compare(self, placed: Placed, cut_off: CutOff) -> None:
        """Hold one partition against the committed events; those with rows behind the cut-off are not counted."""
        stations, mark = self._stations(placed.partition), self._watermarks.get(placed.partition, 0)
        self._check_marks(placed, stations, mark, kept_from=cut_off.first[placed.partition])
        newest_commits: dict[str, int] = {}
        for row_id, event in placed.events:
            receipt = self._receipt(event, stations)
            if receipt is not None:
                self._note_order(event, receipt, newest_commits)
                if event.type in self._types and event.audience in (None, self._consumer.name):
                    self._note_effects(event)
            kept = self._kept(event, stations, counted=row_id <= cut_off.outbox_id)
            if row_id <= cut_off.outbox_id:
                self._count(event, (receipt is not None) + kept, is_applied=receipt is not None, mark=mark)
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
            if times < self._least(key, wanted) or (times > wanted and committed.is_whole(link_id)):
                self._say_effect(key, times, wanted)
        for key, wanted in self._wanted.items():
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
            remarks=self._remarks,
        )

    # Where an event is

    def _stations(self, number: int) -> _Stations:
        if self._db is None:
            return _Stations({}, {}, {})
        # All at once: row by row costs twice as much.
        receipts = self._db.execute(_receipts.where(inbox.c.partition == number)).all()
        waiting = self._db.execute(_parked.where(parked.c.partition == number))
        dead = self._db.execute(
            _dead.where(dead_letters.c.partition == number, dead_letters.c.state.in_(_GIVEN_UP))
        )
        return _Stations(
            {position: _Receipt(*rest) for position, *rest in receipts},
            {row.position: row.event_id for row in waiting},
            {position: (event_id, state) for position, event_id, state in dead},
        )

    def _receipt(self, event: Event, stations: _Stations) -> _Receipt | None:
        receipt = stations.receipts.pop(event.position, None)
        if receipt is not None and receipt.event_id != event.event_id:
            self._foreign.add(receipt.event_id)
            return None
        return receipt

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

    def _count(self, event: Event, places: int, *, is_applied: bool, mark: int) -> None:
        self._committed += 1
        self._applied += is_applied
        if places == 0:
            if event.position > mark:
                self._waiting += 1
            else:
                self._missing.add(event.event_id)
        elif places > 1:
            self._doubled.add(event.event_id)

    def _check_marks(self, placed: Placed, stations: _Stations, mark: int, *, kept_from: int) -> None:
        """Look at the watermark; the outbox may have forgotten more since the cut-off, but not less."""
        number = placed.partition
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

    # Order and effects

    def _note_order(self, event: Event, receipt: _Receipt, newest_commits: dict[str, int]) -> None:
        if receipt.outcome in _WITHOUT_ORDER:
            return
        if receipt.commit_number < newest_commits.get(event.link_id, 0):
            self._out_of_order.add(event.event_id)
        else:
            newest_commits[event.link_id] = receipt.commit_number

    def _note_effects(self, event: Event) -> None:
        assert self._audit is not None
        for key in self._audit.effects_of(event):
            self._wanted[key] = self._wanted.get(key, 0) + 1
            self._holders.setdefault(key, event.event_id)
            if event.origin is not None:
                self._again[key] = self._again.get(key, 0) + 1

    def _least(self, key: str, wanted: int) -> int:
        """Give how often an effect must be there at least: one published again may find the first one's effect there."""
        return max(1, wanted - self._again.get(key, 0)) if wanted else 0

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
