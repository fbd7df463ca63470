"""What one consumer's database says of some events: receipts, dead letters, what waits, how far it is. One picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, inspect, select

from core.consuming.tables import (
    dead_letters,
    failed_attempts,
    in_hand,
    inbox,
    parked,
    parked_keys,
    watermarks,
)
from core.operating.places import Place, at_places
from core.operating.traces.attempts import attempts_at
from core.operating.why.facts import EventFacts, Letter, Progress, Receipt, Waiting

#: The rate is that of so many seconds, and of so many events at most.
_RATE_S = 10.0
_RATE_EVENTS = 5_000
_letter_columns = list(Letter.__slots__)


@dataclass(frozen=True, slots=True)
class Books:
    """What was read; events are found by their places, links by their ids."""

    receipts: dict[Place, Receipt] = field(default_factory=dict)
    letters: dict[Place, Letter] = field(default_factory=dict)
    parked: frozenset[Place] = frozenset()
    #: By link.
    waiting: dict[str, Waiting] = field(default_factory=dict)
    #: By partition.
    progress: dict[int, Progress] = field(default_factory=dict)
    #: The owner of the first partition.
    leader: str | None = None

    def waiting_of(self, event: EventFacts) -> Waiting | None:
        """Give what an event waits for, if it does."""
        is_parked = (event.partition, event.position) in self.parked
        return self.waiting.get(event.link_id) if is_parked else None


def read_books(db: Connection, events: Sequence[EventFacts], now: float) -> Books:
    """Read what a consumer has of some events."""
    places = [(event.partition, event.position) for event in events if event.position]
    receipts = _receipts(db, places)
    letters = at_places(db, dead_letters, _letter_columns, places)
    waiting = at_places(db, parked, ("link_id",), places)
    return Books(
        receipts=receipts,
        letters={place: _letter(row) for place, row in letters.items()},
        parked=frozenset(waiting),
        waiting={link_id: _waiting(db, link_id) for link_id in {row.link_id for row in waiting.values()}},
        progress=_progress(db, {event.partition for event in events}, now),
        leader=db.scalar(select(watermarks.c.owner).where(watermarks.c.partition == 0)),
    )


def _receipts(db: Connection, places: Sequence[Place]) -> dict[Place, Receipt]:
    rows = at_places(db, inbox, ("outcome", "applied_at", "worker"), places)
    # An older program's worker has not made the table.
    failed = attempts_at(db, rows) if rows and inspect(db).has_table(failed_attempts.name) else {}
    return {
        place: Receipt(
            row.outcome, row.applied_at, row.worker, failed[place][-1].number if place in failed else 0
        )
        for place, row in rows.items()
    }


def _letter(row: Row[Any]) -> Letter:
    return Letter(*(getattr(row, name) for name in _letter_columns))


def _waiting(db: Connection, link_id: str) -> Waiting:
    key = db.execute(select(parked_keys).where(parked_keys.c.link_id == link_id)).one()
    head = db.scalar(
        select(parked.c.event_id)
        .where(parked.c.link_id == link_id)
        .order_by(parked.c.origin.is_(None), parked.c.position)
        .limit(1)
    )
    return Waiting(
        head_event_id=head or "",
        error_class=key.error_class,
        error=key.error,
        attempts=key.attempts,
        strikes=key.strikes,
        first_failed_at=key.first_failed_at,
        next_attempt_at=key.next_attempt_at,
        held_by=_holder(db, link_id) if key.error_class == "held" else None,
    )


def _holder(db: Connection, link_id: str) -> Letter | None:
    row = db.execute(
        select(*(dead_letters.c[name] for name in _letter_columns))
        .where(
            dead_letters.c.link_id == link_id,
            dead_letters.c.state == "dead",
            # What somebody else wrote only claims to be of this link.
            dead_letters.c.position > 0,
        )
        .order_by(dead_letters.c.position)
        .limit(1)
    ).one_or_none()
    return None if row is None else _letter(row)


def _progress(db: Connection, partitions: set[int], now: float) -> dict[int, Progress]:
    rows = db.execute(
        select(
            watermarks.c.partition,
            watermarks.c.position,
            watermarks.c.owner,
            in_hand.c.upto,
            in_hand.c.strikes,
        )
        .outerjoin(in_hand, in_hand.c.partition == watermarks.c.partition)
        .where(watermarks.c.partition.in_(partitions))
    ).all()
    keys = db.scalar(select(func.count()).select_from(parked_keys)) or 0
    oldest = select(func.min(inbox.c.position))
    return {
        row.partition: Progress(
            watermark=row.position,
            owner=row.owner,
            in_hand=row.upto or 0,
            strikes=row.strikes or 0,
            oldest_receipt=db.scalar(oldest.where(inbox.c.partition == row.partition)),
            rate=_rate(db, row.partition, now),
            waiting_keys=keys,
        )
        for row in rows
    }


def _rate(db: Connection, partition: int, now: float) -> float:
    """Give how many events of a partition were dealt with per second, lately."""
    newest = (
        select(inbox.c.applied_at)
        .where(inbox.c.partition == partition)
        .order_by(inbox.c.position.desc())
        .limit(_RATE_EVENTS)
        .subquery()
    )
    recent = select(func.count(), func.min(newest.c.applied_at)).where(newest.c.applied_at > now - _RATE_S)
    count, since = db.execute(recent).one()
    return count / max(1.0, now - since) if count else 0.0
