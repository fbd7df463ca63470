"""A new event that tells of the same fact as one before, for one consumer alone. The original never changes.

It takes the place of what the consumer gave up, as an operator has edited it; or it has the original's own data, and the
consumer is told once more. Either way it has the original's link, type, time, trace and number within its link; the
other consumers pass it by.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, select

from core.errors import InvalidInput, MalformedEvent, SchemaViolation
from core.events.envelope import Event
from core.events.schemas import check_data
from core.events.times import unix_seconds
from core.events.tracing import child_traceparent
from core.events.types import EVENT_TYPES, EventData
from core.producing.link_rows import lock_link
from core.producing.outbox import Outbox
from core.producing.tables import outbox
from core.producing.urls import check_target
from core.storage.database import Database

#: Databases limit the values in one statement; lists are looked up in pieces of this size.
_LOOK_UP_AT_ONCE = 500


class Republisher:
    """Publishes replacements: at most one for each event and consumer. Safe to call from any thread."""

    def __init__(
        self, database: Database, outbox: Outbox, *, short_base: str, on_commit: Callable[[], None]
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._own_hosts = frozenset({(urlsplit(short_base).hostname or "").lower()})
        self._on_commit = on_commit

    def check(self, original: Event, text: bytes) -> EventData:
        """Read the data of a replacement, JSON as an operator has written it; changes nothing.

        Raises:
            InvalidInput: with field "data": it is no JSON, does not fit the schema of the original's type, is about
                another link, or has a target that no link may have.
        """
        if original.position < 0:
            raise _refusal(
                "not_ours", "Somebody else wrote this into the streams: it has no event to put right."
            )
        data = _read(original.type, text)
        if data.link_id != original.link_id:
            raise _refusal(
                "link_changed", f"The data is about link {data.link_id!r}, not {original.link_id}."
            )
        target = getattr(data, "target_url", None)
        if target is not None and target != _target_of(original):
            try:
                check_target(target, self._own_hosts)
            except InvalidInput as error:
                raise _refusal(error.code, f"target_url: {error}") from None
        return data

    def publish(
        self,
        original: Event,
        data: EventData,
        *,
        audience: str,
        event_id: str | None = None,
        guard: Callable[[Connection], None] = lambda _db: None,
    ) -> Event:
        """Commit an event with this data and id in the original's place, for the consumer `audience` alone.

        `guard` is called within the transaction, before anything is changed; what it raises ends it.

        Raises:
            InvalidInput: with field "event": it was replaced already; nothing was changed.
            NotFound: there is no such link; nothing was changed.
            SchemaViolation, StoreUnavailable: nothing was changed.
        """
        with self._database.transaction() as db:
            guard(db)
            # Two operators at once: the second waits here, then finds the first one's event.
            lock_link(db, original.link_id)
            before = _replacements(db, {original.link_id}).get((original.event_id, audience))
            if before is not None:
                text = f"{audience} has event {before} in the place of {original.event_id} already."
                raise InvalidInput("event", "already_replaced", text)
            event = self._add(db, original, data, audience, event_id)
        self._on_commit()
        return event

    def publish_again(
        self,
        original: Event,
        known: Mapping[str, Collection[str]],
        event_ids: Mapping[str, str] | None = None,
        guard: Callable[[Connection], None] = lambda _db: None,
    ) -> list[Event]:
        """Commit, for each of some consumers, an event with the original's own data; all of them or none.

        `event_ids` has the ids that were made for the new events beforehand, by consumer. `known` has, by consumer, the
        events that it was told of in the original's place until somebody looked. `guard` is as with `publish`.

        Raises:
            InvalidInput: with field "data": as `check`; with field "event": there are other such events by now. Nothing
                was changed.
            NotFound: there is no such link; nothing was changed.
            StoreUnavailable: nothing was changed.
        """
        data = self.check(original, original.data_json)
        with self._database.transaction() as db:
            guard(db)
            # Two operators at once: the second waits here, then finds the first one's events.
            lock_link(db, original.link_id)
            for consumer, before in known.items():
                if _told_before(db, original, consumer) != set(before):
                    text = f"{consumer} was told of it once more meanwhile: look again."
                    raise InvalidInput("event", "changed", text)
            events = [self._add(db, original, data, name, (event_ids or {}).get(name)) for name in known]
        self._on_commit()
        return events

    def replacements(self, link_ids: Collection[str]) -> dict[tuple[str, str], str]:
        """Give the replacements among the events of some links: (original's id, consumer) to the new event's id."""
        with self._database.reading() as db:
            return _replacements(db, link_ids)

    def _add(
        self, db: Connection, original: Event, data: EventData, audience: str, event_id: str | None
    ) -> Event:
        return self._outbox.add(
            db,
            data,
            sequence=original.sequence,
            traceparent=child_traceparent(original.traceparent),
            at=unix_seconds(original.time),
            origin=original.event_id,
            audience=audience,
            event_id=event_id,
        )


def _read(type_name: str, text: bytes) -> EventData:
    known = EVENT_TYPES.get(type_name)
    if known is None:
        raise _refusal("schema_unknown", f"There is no schema for events of type {type_name!r}.")
    try:
        value = msgspec.json.decode(text)
        check_data(type_name, value, len(text))
        return msgspec.convert(value, known)
    except SchemaViolation as error:
        raise _refusal("schema_violation", str(error)) from None
    except msgspec.ValidationError as error:
        raise _refusal("schema_violation", f"{type_name} does not fit its type: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal("data_json", f"The data is no JSON: {error}.") from None


def _refusal(code: str, message: str) -> InvalidInput:
    return InvalidInput("data", code, message)


def _target_of(event: Event) -> str | None:
    try:
        return getattr(event.data, "target_url", None)
    except MalformedEvent:
        return None


def _replacements(db: Connection, link_ids: Collection[str]) -> dict[tuple[str, str], str]:
    found = {}
    for part in _pieces(link_ids):
        statement = select(outbox.c.origin, outbox.c.audience, outbox.c.event_id).where(
            outbox.c.link_id.in_(part), outbox.c.origin.is_not(None)
        )
        found.update({(row.origin, row.audience): row.event_id for row in db.execute(statement)})
    return found


def _told_before(db: Connection, original: Event, consumer: str) -> set[str]:
    # By its link, which an index tells.
    same_link = outbox.c.link_id == original.link_id
    statement = select(outbox.c.event_id).where(
        same_link, outbox.c.origin == original.event_id, outbox.c.audience == consumer
    )
    return set(db.scalars(statement))


def _pieces(values: Collection[str]) -> Iterator[list[str]]:
    waiting = iter(values)
    while piece := list(islice(waiting, _LOOK_UP_AT_ONCE)):
        yield piece
