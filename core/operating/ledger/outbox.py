"""The outbox's side of the ledger: the events that are committed, partition by partition, in the order of their positions.

Reads raw rows in one transaction; what is wrong with the outbox itself is found on the way.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from core.consuming.contract import KnownLink
from core.events.envelope import Event
from core.events.partitioning import partition_of
from core.events.times import rfc3339, unix_seconds
from core.operating.ledger.report import CutOff, Naming
from core.producing.tables import links, outbox, partitions

_event_columns = [outbox.c[name] for name in Event.__struct_fields__]


@dataclass(frozen=True, slots=True)
class Placed:
    """The events of one partition that the outbox keeps, in order, each behind the number of its row."""

    partition: int
    #: The first position that the outbox still keeps.
    first: int
    #: The last position that was given.
    given: int
    events: Sequence[tuple[int, Event]]


def read_cut_off(db: Connection) -> CutOff:
    """Read which events are committed at this moment."""
    rows = db.execute(select(partitions).order_by(partitions.c.partition)).all()
    kept = select(outbox.c.partition, func.min(outbox.c.position)).group_by(outbox.c.partition)
    firsts = {number: first for number, first in db.execute(kept) if first is not None}
    return CutOff(
        at=time.time(),
        outbox_id=db.scalar(select(func.max(outbox.c.id))) or 0,
        first={row.partition: firsts.get(row.partition, row.given + 1) for row in rows},
        given={row.partition: row.given for row in rows},
        published={row.partition: row.published for row in rows},
    )


def read_links(db: Connection) -> dict[str, KnownLink]:
    """Read all links by id."""
    columns = (links.c.link_id, links.c.team_id, links.c.slug, links.c.created_at)
    return {
        link_id: KnownLink(team_id, slug, rfc3339(created_at)[:7])
        for link_id, team_id, slug, created_at in db.execute(select(*columns)).all()
    }


class CommittedEvents:
    """The events of one picture of the outbox."""

    def __init__(self, db: Connection, cut_off: CutOff) -> None:
        self._db = db
        self.cut_off = cut_off
        rows = db.execute(select(partitions).order_by(partitions.c.partition))
        #: Per partition, the last position given by now.
        self.given: Mapping[int, int] = {row.partition: row.given for row in rows}
        #: What is wrong, a sentence each.
        self.findings = Naming()
        self._firsts: dict[int, int] = {}
        #: Links whose first event is kept, where others are not.
        self._begun: set[str] = set()
        self._republished: set[str] = set()
        self._newest = ""

    def partitions(self) -> Iterator[Placed]:
        """Read one partition after the other."""
        for number in self.given:
            yield self._partition(number)

    def unplaced(self) -> dict[str, str]:
        """Read the events without a position that were committed before the cut-off: their times, by id."""
        statement = select(outbox.c.event_id, outbox.c.time).where(
            outbox.c.position.is_(None), outbox.c.id <= self.cut_off.outbox_id
        )
        return {row.event_id: row.time for row in self._db.execute(statement)}

    def overtaken(self, unplaced: Mapping[str, str], *, by_s: float) -> list[str]:
        """Give the ids of events without a position although others that are so much younger have one."""
        if not self._newest:
            return []
        newest = unix_seconds(self._newest)
        return [event_id for event_id, at in unplaced.items() if newest - unix_seconds(at) > by_s]

    def is_whole(self, link_id: str) -> bool:
        """Tell whether the outbox keeps all events of a link, so that each effect must have its event there."""
        first = self._firsts.get(partition_of(link_id, len(self.given)), 1)
        return first == 1 or link_id in self._begun

    def may_differ(self, link_id: str) -> bool:
        """Tell whether an operator may have published an event of a link again, with other values."""
        return link_id in self._republished or not self.is_whole(link_id)

    def _partition(self, number: int) -> Placed:
        statement = (
            select(outbox.c.id, *_event_columns)
            .where(outbox.c.partition == number, outbox.c.position.is_not(None))
            .order_by(outbox.c.position)
        )
        events = [(row[0], Event(*row[1:])) for row in self._db.execute(statement).all()]
        given = self.given[number]
        first = self._firsts[number] = events[0][1].position if events else given + 1
        self._look_over(number, first, given, [event for _, event in events])
        return Placed(number, first, given, events)

    def _look_over(self, number: int, first: int, given: int, events: Sequence[Event]) -> None:
        """Check positions and partitions, and note what the audits will ask."""
        wanted, count = first, len(self.given)
        for event in events:
            if event.position != wanted:
                self._say_gap(number, wanted, event.position - 1)
            wanted = event.position + 1
            right = partition_of(event.link_id, count)
            if right != number:
                self.findings.add(
                    f"Event {event.event_id} of link {event.link_id} lies in partition {number} instead of {right}."
                )
            if first > 1 and event.sequence == 1:
                self._begun.add(event.link_id)
            if event.origin is not None:
                self._republished.add(event.link_id)
            self._newest = max(self._newest, event.time)
        if wanted <= given:
            self._say_gap(number, wanted, given)
        elif wanted > given + 1:
            self.findings.add(f"Partition {number} has position {wanted - 1}, but only {given} were given.")

    def _say_gap(self, number: int, start: int, end: int) -> None:
        self.findings.add(f"Positions {start} to {end} of partition {number} are in no event.")
