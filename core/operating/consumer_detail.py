"""One consumer in detail: its partitions by our books and by the broker's, what is in flight, which keys wait. Reads only.

Each part that can't be read is None, with the reason beside it; a broker that is away takes nothing else with it.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.broker.client import connect
from core.broker.group_look import GroupLook, GroupPart, GroupParts
from core.broker.stream_look import Copy
from core.consuming.event_rows import EVENT_COLUMNS, event_of
from core.consuming.heartbeats import Heartbeat, Heartbeats
from core.consuming.tables import parked, parked_keys, watermarks
from core.errors import BrokerUnavailable
from core.events.envelope import Event
from core.operating.dead_letters.rows import WaitingKey, first_waiting
from core.operating.installation import Installation
from core.operating.looking import open_look
from core.operating.open_books import OpenBooks
from core.operating.places import Place, at_places
from core.producing.progress import PartitionCursor
from core.producing.tables import links, outbox

#: Entries in flight, and keys, that are shown at most; how many there are is counted all the same.
MOST = 200
#: How long the broker may take for an answer, in seconds.
_ANSWER_S = 1.0
_KEY = list(WaitingKey.__slots__)[1:-2]


@dataclass(frozen=True, slots=True)
class PartitionDetail:
    """One partition of one consumer; None = it is unknown."""

    partition: int
    published: int
    #: The watermark; 0 = nothing was dealt with yet.
    position: int
    #: The worker that may apply its events; None = nobody.
    owner: str | None
    #: Whether that worker was heard of lately.
    is_owner_alive: bool
    epoch: int
    #: Deliveries of events that had been dealt with already.
    absorbed: int
    #: What the broker says of the group; None = it was not asked, or knows no such group.
    by_broker: GroupPart | None
    #: The worker from which operators have moved it to this owner; None = they have not.
    moved_from: str | None = None

    @property
    def lag(self) -> int:
        """How many published events are not dealt with."""
        return max(0, self.published - self.position)


@dataclass(frozen=True, slots=True)
class FlightDetail:
    """An entry that was delivered and not acknowledged."""

    partition: int
    position: int
    #: Since its newest delivery, in seconds, at the time of the look.
    idle_s: float
    deliveries: int
    #: What the stream holds in its place; the event itself is the outbox's, None = it has been removed there.
    copy: Copy
    event: Event | None


@dataclass(frozen=True, slots=True)
class KeyDetail:
    """A link whose events wait."""

    key: WaitingKey
    #: None = there is no such link.
    slug: str | None


@dataclass(frozen=True, slots=True)
class ConsumerDetail:
    """All of it; times in Unix seconds."""

    name: str
    read_at: float
    partitions: tuple[PartitionDetail, ...]
    #: Those that are longest in flight come first, at most `MOST`; None = the broker could not be asked at all.
    in_flight: tuple[FlightDetail, ...] | None
    #: None = some partitions could not be asked.
    in_flight_total: int | None
    #: Those that wait longest come first, at most `MOST`.
    keys: tuple[KeyDetail, ...]
    keys_total: int
    workers: tuple[Heartbeat, ...]
    #: Why the broker, or which of its partitions, could not be asked; empty = all were.
    broker_error: str


class ConsumerDetails:
    """Reads them for one installation. Methods may block, and may be called from any thread."""

    def __init__(self, installation: Installation, books: OpenBooks) -> None:
        self._installation, self._books = installation, books

    def read(self, consumer: str) -> ConsumerDetail:
        """Read how a consumer is now.

        Raises:
            StoreUnavailable: one of the databases can't be read now.
        """
        cursors = self._installation.outbox.cursors()
        marks, keys, keys_total = self._progress(consumer)
        beats = tuple(
            beat for beat in Heartbeats(self._installation.control).live() if beat.consumer == consumer
        )
        asked, error = self._ask_broker(consumer, [cursor.partition for cursor in cursors])
        parts = None if asked is None else asked.by_partition
        alive = {beat.worker_id for beat in beats}
        return ConsumerDetail(
            name=consumer,
            read_at=time.time(),
            partitions=tuple(_partition(cursor, marks, alive, parts or {}) for cursor in cursors),
            in_flight=None if parts is None else self._flights(parts),
            in_flight_total=sum(part.pending for part in parts.values())
            if parts is not None and not error
            else None,
            keys=self._named(keys),
            keys_total=keys_total,
            workers=beats,
            broker_error=error,
        )

    def _progress(self, consumer: str) -> tuple[dict[int, Row[Any]], tuple[WaitingKey, ...], int]:
        """Read the consumer's own database; nothing at all where no worker has made its tables yet."""
        with self._books.reading(consumer, parked.name, parked_keys.name) as db:
            if db is None:
                return {}, (), 0
            marks = {row.partition: row for row in db.execute(select(watermarks))}
            total = db.scalar(select(func.count()).select_from(parked_keys)) or 0
            return marks, _keys(db, consumer) if total else (), total

    def _named(self, keys: Sequence[WaitingKey]) -> tuple[KeyDetail, ...]:
        """Add how people call the links."""
        if not keys:
            return ()
        wanted = links.c.link_id.in_([key.link_id for key in keys])
        with self._installation.links.reading() as db:
            slugs = {
                row.link_id: row.slug
                for row in db.execute(select(links.c.link_id, links.c.slug).where(wanted))
            }
        return tuple(KeyDetail(key, slugs.get(key.link_id)) for key in keys)

    def _ask_broker(self, consumer: str, partitions: list[int]) -> tuple[GroupParts | None, str]:
        with closing(GroupLook(connect(self._installation.broker_url, answer_timeout_s=_ANSWER_S))) as look:
            try:
                found = look.look(consumer, partitions, most=MOST)
                return found, _said_of(found.away)
            except BrokerUnavailable as error:
                return None, str(error)

    def _flights(self, parts: Mapping[int, GroupPart]) -> tuple[FlightDetail, ...]:
        found = [one for part in parts.values() for one in part.oldest]
        found = sorted(found, key=lambda one: -one.idle_s)[:MOST]
        places = [(one.partition, one.position) for one in found]
        if not places:
            return ()
        copies, events = self._copies(places), self._events(places)
        return tuple(
            FlightDetail(
                *place, one.idle_s, one.deliveries, copies.get(place, Copy.UNKNOWN), events.get(place)
            )
            for place, one in zip(places, found, strict=True)
        )

    def _copies(self, places: list[Place]) -> dict[Place, Copy]:
        try:
            with open_look(self._installation) as look:
                return look.copies(places)
        except BrokerUnavailable:
            return {}

    def _events(self, places: list[Place]) -> dict[Place, Event]:
        with self._installation.links.reading() as db:
            rows = at_places(db, outbox, EVENT_COLUMNS, places)
        return {place: event_of(row) for place, row in rows.items()}


def _said_of(away: Mapping[int, str]) -> str:
    """Say which partitions could not be asked, and why; empty = all were."""
    numbers = ", ".join(map(str, sorted(away)))
    why = "; ".join(dict.fromkeys(away.values()))
    return f"Partition{'' if len(away) == 1 else 's'} {numbers}: {why}" if away else ""


def _partition(
    cursor: PartitionCursor,
    marks: Mapping[int, Row[Any]],
    alive: set[str],
    parts: Mapping[int, GroupPart],
) -> PartitionDetail:
    row = marks.get(cursor.partition)
    return PartitionDetail(
        partition=cursor.partition,
        published=cursor.published,
        position=0 if row is None else row.position,
        owner=None if row is None else row.owner,
        is_owner_alive=row is not None and row.owner in alive,
        epoch=0 if row is None else row.epoch,
        absorbed=0 if row is None else row.absorbed,
        by_broker=parts.get(cursor.partition),
        moved_from=None if row is None else row.moved_from,
    )


def _keys(db: Connection, consumer: str) -> tuple[WaitingKey, ...]:
    count = select(func.count()).where(parked.c.link_id == parked_keys.c.link_id).scalar_subquery()
    columns = [parked_keys.c[name] for name in _KEY]
    more = (count.label("events"), first_waiting())
    statement = select(*columns, *more).order_by(parked_keys.c.first_failed_at).limit(MOST)
    return tuple(WaitingKey(consumer=consumer, **row._mapping) for row in db.execute(statement))
