"""Entries in our streams that somebody else wrote: set apart, named in the dead letters, never applied.

Where the outbox has an event at an entry's place, that one is taken instead, and nothing needs to be said.
"""

import logging
import time
from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select

from core.broker.streams import Entry, Streams
from core.consuming.applier import Means
from core.consuming.dead_letters import bury
from core.consuming.failure import ErrorClass, Failure, storable
from core.consuming.tables import dead_letters
from core.events.envelope import Event
from core.events.times import rfc3339

log = logging.getLogger(__name__)

#: So many are named, per consumer; what comes after them is only logged.
MAX_NAMED = 1_000
#: What is kept of one field.
_VALUE_CHARACTERS = 4_000
_FIELDS = 32


class Strangers:
    """Sets apart what is not ours. Used by the loop's thread."""

    def __init__(self, means: Means, streams: Streams) -> None:
        self._means = means
        self._streams = streams

    def set_apart(self, group: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Give the entries without those that are not ours and stand in nobody's place; those are named and put aside.

        Raises:
            OwnershipLost, StoreUnavailable, BrokerUnavailable: as they say; what was not put aside is delivered again.
        """
        doubtful = [entry for entry in entries if not entry.is_sealed or entry.strange_id is not None]
        strangers = [entry for entry in doubtful if self._is_stranger(entry)]
        if not strangers:
            return entries
        for entry in strangers:
            if entry.fields is not None:
                self._name(entry)
        self._streams.put_aside(group, strangers)
        return [entry for entry in entries if entry not in strangers]

    def _is_stranger(self, entry: Entry) -> bool:
        if entry.strange_id is not None:
            return True
        if not entry.is_foreign or entry.position <= self._means.holdings[entry.partition].position:
            return False
        true = self._means.archive.read(entry.partition, after=entry.position - 1, limit=1)
        return not true or true[0].position != entry.position

    def _name(self, entry: Entry) -> None:
        """Write a dead letter, at a position below all events': it has none of its own."""
        means, number = self._means, entry.partition
        entry_id = (entry.strange_id or b"%d-0" % entry.position).decode()
        name = f"entry {entry_id} of partition {number}"
        log.warning("%s: %s is not ours", means.consumer.name, name)
        holding, table = means.holdings[number], dead_letters.c
        with means.inbox.effect({number: holding.position}, {number: holding}) as db:
            foreign = table.error_class == ErrorClass.FOREIGN.value
            named = db.execute(
                select(func.count(), func.min(table.position)).where(foreign, table.partition == number)
            )
            count, lowest = named.one()
            known = db.scalar(select(table.position).where(foreign, table.event_id == name))
            if known is None and count < MAX_NAMED:
                failure = Failure(
                    ErrorClass.FOREIGN,
                    f"Somebody else wrote {name}: its seal is missing or does not fit, and no event was given this place.",
                    "",
                )
                event = _shown(entry, name, min(lowest or 0, 0) - 1)
                bury(db, event, failure, attempts=0, first_failed_at=time.time(), worker=means.inbox.worker)


def _shown(entry: Entry, name: str, position: int) -> Event:
    """Write down what a strange entry says of itself, for people to look at."""
    fields = {
        storable(key.decode(errors="replace"), _VALUE_CHARACTERS): storable(
            value.decode(errors="replace"), _VALUE_CHARACTERS
        )
        for key, value in list((entry.fields or {}).items())[:_FIELDS]
    }
    return Event(
        event_id=name,
        type=fields.get("type", "unknown")[:200],
        link_id=fields.get("partitionkey", "unknown")[:200],
        time=rfc3339(time.time()),
        sequence=None,
        traceparent="",
        data_json=msgspec.json.encode(fields),
        partition=entry.partition,
        position=position,
    )
