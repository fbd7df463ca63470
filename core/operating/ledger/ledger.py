"""The ledger: proves that every committed event has exactly one effect per consumer, in order per link.

It runs while everything is live and writes nothing. The order of its pictures makes that safe: first the cut-off, then
each consumer's database, then the outbox, so that the outbox has the event of every receipt that was seen; one
reading transaction each.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack

from sqlalchemy import inspect, select

from core.consuming.contract import Consumer, Evidence
from core.consuming.tables import dead_letters, inbox, parked, parked_keys, watermarks
from core.errors import StoreUnavailable
from core.operating.installation import Installation
from core.operating.ledger.books import Books
from core.operating.ledger.outbox import CommittedEvents, read_cut_off, read_links
from core.operating.ledger.report import CutOff, LedgerReport
from core.operating.ledger.streams import look_at_streams
from core.producing.tables import outbox
from core.storage.database import Database

#: An event without a position is passed by, when one that is so much younger has one; in seconds.
OVERTAKEN_AFTER_S = 10.0
#: How long the relay has to prove the opposite, in seconds.
_LAST_CHANCE_S = 2.0
_GLANCE_S = 0.1
_DAY_S = 86_400
#: What is read of each consumer's database, beside its own tables.
_READ = (inbox, watermarks, parked, parked_keys, dead_letters)


class Ledger:
    """Checks one installation. `overtaken_after_s`: when an event without a position counts as lost, in seconds."""

    def __init__(
        self,
        installation: Installation,
        consumers: Sequence[Consumer],
        *,
        overtaken_after_s: float = OVERTAKEN_AFTER_S,
    ) -> None:
        self._installation = installation
        self._consumers = consumers
        self._overtaken_after_s = overtaken_after_s

    def check(self, *, full: bool = False) -> LedgerReport:
        """Check everything once; `full` also looks at all that a sample would do for.

        Raises:
            StoreUnavailable: a database can't be read.
        """
        began = time.monotonic()
        with self._installation.links.reading() as db:
            cut_off = read_cut_off(db)
        with ExitStack() as pictures:
            books = [self._open_books(consumer, pictures) for consumer in self._consumers]
            for book in books:
                book.begin()
            committed = self._compare(books, cut_off, full=full)
        return LedgerReport(
            cut_off=cut_off,
            accounts=tuple(book.account() for book in books),
            outbox=committed.findings.named(),
            streams=look_at_streams(self._installation),
            seconds=time.monotonic() - began,
        )

    def _compare(self, books: Sequence[Books], cut_off: CutOff, *, full: bool) -> CommittedEvents:
        with self._installation.links.reading() as db:
            committed = CommittedEvents(db, cut_off)
            for placed in committed.partitions():
                for book in books:
                    book.compare(placed, cut_off)
            unplaced = committed.unplaced()
            overtaken = committed.overtaken(unplaced, by_s=self._overtaken_after_s)
            links = read_links(db)
        for book in books:
            book.examine(committed, Evidence(links, committed.may_differ, full))
        lost = self._still_unplaced(overtaken)
        for book in books:
            book.count_unplaced(len(unplaced) - len(lost), lost)
        return committed

    def _open_books(self, consumer: Consumer, pictures: ExitStack) -> Books:
        """Take the picture of a consumer's database, which a reader must not be the one to make."""
        settings = self._installation.settings
        since = time.time() - settings.retention_days * _DAY_S if settings.retention_days else 0.0
        if settings.database is None and not (settings.data_dir / f"{consumer.name}.db").exists():
            return Books(consumer, None, receipts_since=since)
        database = self._installation.open_database(consumer.name)
        pictures.callback(database.close)
        if not _is_prepared(database):
            return Books(consumer, None, receipts_since=since)
        return Books(consumer, pictures.enter_context(database.reading()), receipts_since=since)

    def _still_unplaced(self, event_ids: Sequence[str]) -> list[str]:
        """Give those events that have no position even after a while: the relay was busy, or it has passed them by."""
        pause, deadline = threading.Event(), time.monotonic() + _LAST_CHANCE_S
        left = list(event_ids)
        while left:
            with self._installation.links.reading() as db:
                waiting = set(db.scalars(select(outbox.c.event_id).where(outbox.c.position.is_(None))))
            left = [event_id for event_id in left if event_id in waiting]
            if time.monotonic() > deadline:
                break
            pause.wait(_GLANCE_S)
        return left


def _is_prepared(database: Database) -> bool:
    """Tell whether the runtime's tables are there.

    Raises:
        StoreUnavailable: an older program has made them. To add what is missing is its worker's business: a worker of that
            program may be at work.
    """
    with database.reading() as db:
        inspector = inspect(db)
        if not inspector.has_table(watermarks.name):
            return False
        for table in _READ:
            present = {column["name"] for column in inspector.get_columns(table.name)}
            if not present.issuperset(table.columns.keys()):
                raise StoreUnavailable(
                    f"Database {database.where} was made by an older Signalbox. "
                    "Start a worker of this one, then look again."
                )
    return True
