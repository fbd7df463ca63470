"""Making the streams again from the database: the way out when the broker knows of events that the database never had.

Nobody else may run the data dir meanwhile. What the streams held is lost only where the database has lost it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.broker.emptying import empty_streams
from core.broker.server import EmbeddedBroker
from core.errors import BrokerAhead, StoreUnavailable
from core.operating.data_dir import DataDir
from core.operating.installation import Installation
from core.operating.journal.intents import Intent, Intents
from core.operating.upkeep.floors import Floors, Needs, read_floor
from core.producing.progress import PartitionCursor
from core.producing.relay import Relay
from core.settings import Settings, refuse_read_only


@dataclass(frozen=True, slots=True)
class RebuiltStreams:
    """What a rebuild has done: entries that the streams have now, and the last positions given, per partition."""

    published: int
    given: tuple[int, ...]


def rebuild_streams(settings: Settings, *, by: str, why: str = "") -> RebuiltStreams:
    """Delete the streams and publish again what some consumer still needs.

    Raises:
        DataDirInUse: another process runs the data dir; nothing was changed.
        BrokerAhead: consumers have dealt with what this database never had; nothing was changed.
        StoreUnavailable, BadSettings, SchemaTooNew: nothing was changed.
        BrokerUnavailable, BrokerUnfit: whoever runs the data dir next publishes what is missing.
    """
    refuse_read_only(settings)
    data_dir = DataDir(settings.data_dir)
    data_dir.make()
    data_dir.own()
    try:
        installation = Installation(settings)
        try:
            _refuse_consumers_ahead(installation)
            with _broker(settings):
                return _rebuild(installation, by, why)
        finally:
            installation.close()
    finally:
        data_dir.release()


@contextmanager
def _broker(settings: Settings) -> Iterator[None]:
    """Run the embedded broker for a while, if there is no other."""
    if settings.broker is not None:
        yield
        return
    broker = EmbeddedBroker(settings.data_dir, memory_mb=settings.broker_memory_mb)
    broker.start()
    try:
        yield
    finally:
        broker.stop()


def _rebuild(installation: Installation, by: str, why: str) -> RebuiltStreams:
    settings = installation.settings
    intents = Intents(installation.control, installation.links)
    with intents.noted([Intent("rebuild", "streams")], by=by, why=why):
        empty_streams(installation.broker_url, settings.partitions)
    streams = installation.open_streams()
    relay = Relay(
        installation.outbox,
        streams,
        accept_volatile_broker=settings.accept_volatile_broker,
        floor=lambda: read_floor(installation),
    )
    try:
        while relay.publish():
            pass
        first, last = streams.first_positions(), streams.last_positions()
    finally:
        streams.close()
    return RebuiltStreams(
        published=sum(last[number] + 1 - first[number] for number in last),
        given=tuple(cursor.given for cursor in installation.outbox.cursors()),
    )


def _refuse_consumers_ahead(installation: Installation) -> None:
    """Refuse while a consumer would take new events for ones that it has dealt with: their positions would be the same.

    Raises:
        BrokerAhead: there is one.
        StoreUnavailable: it can't be known.
    """
    floors = Floors(installation)
    try:
        needs = floors.needs()
    finally:
        floors.close()
    if needs is None:
        raise StoreUnavailable("A consumer's database can't be read: nothing was changed. Try again.")
    for cursor in installation.outbox.cursors():
        for name, one in needs.items():
            _refuse_ahead(cursor, name, one)


def _refuse_ahead(cursor: PartitionCursor, name: str, needs: Needs) -> None:
    reached = needs.floor(cursor.partition)
    if reached > cursor.given:
        raise BrokerAhead(
            f"The database is older than {name}, which has dealt with position {reached} of partition "
            f"{cursor.partition}; only {cursor.given} were given here. Nothing was changed: restore all databases from "
            f"one backup, or rebuild {name} first."
        )
