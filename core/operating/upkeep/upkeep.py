"""The upkeep of a data dir: its disk, locks on its databases, and their soundness. What it finds joins each snapshot.

The owner's upkeep looks by itself; one that is attached looks when it is asked, and changes nothing.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from core.errors import BadSettings, DatabaseDamaged, StoreUnavailable
from core.operating.snapshot import Cause, ConsumerHealth, Notice, Severity, Snapshot
from core.operating.upkeep.database_check import DatabaseCheck
from core.operating.upkeep.disk_watch import DiskWatch
from core.operating.upkeep.lock_holders import told_with_its_holder
from core.operating.upkeep.notices import trouble_of_database
from core.settings import Settings
from core.storage.database import Database
from core.storage.file_systems import network_file_system
from core.storage.sqlite_files import try_writing

log = logging.getLogger(__name__)

#: How often the databases are tried, in seconds.
_LOOK_S = 2.0
#: A database that nobody else can write to for so long is locked, in seconds: our own transactions are far shorter.
_LOCKED_S = 1.5
#: Databases whose lock nobody tells of otherwise: consumers say by themselves what they wait for.
_TRIED = ("links", "control")


class Upkeep:
    """Begins with `begin` where the data dir is owned; ends with `end`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._check = DatabaseCheck(settings.data_dir, has_files=settings.database is None)
        self._disk = DiskWatch(
            settings.data_dir,
            warn_mib=settings.disk_warn_mb,
            stop_mib=settings.disk_stop_mb,
            look_s=settings.disk_look_s,
        )
        self._troubles: tuple[Notice, ...] = ()
        #: What consumers said last that they fail by.
        self._told: tuple[str, ...] = ()
        #: By what a consumer has told: who keeps its database locked.
        self._holders: Mapping[str, Notice] = {}
        self._looked_at = float("-inf")
        self._control: Database | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
        self._began = False
        self._why_full: Callable[[], str | None] = lambda: None

    def begin(self) -> None:
        """Look whether the last end was in order, before anything is opened. The caller owns the data dir.

        Raises:
            BadSettings: the data dir is no place for databases.
            DatabaseDamaged: one is damaged without which nothing runs.
            StoreUnavailable: the data dir can't be written.
        """
        refuse_network_file_system(self._settings)
        self._began = True
        self._check.begin()

    def start(self, control: Database, why_full: Callable[[], str | None] = lambda: None) -> None:
        """Look by itself from now on, and let the consumers stand still while there is no space for them.

        `why_full` says why the broker's memory stays nearly full although all is trimmed that may be, or None.
        """
        self._why_full = why_full
        # What consumers write elsewhere needs no space here.
        self._control = control if self._settings.database is None else None
        self._thread.start()

    def stop(self, deadline_s: float = 2.0) -> bool:
        """Stop looking; False when it is still at it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def end(self) -> None:
        """Note that the end is in order; the last thing before the data dir is given up."""
        if self._began:
            self._check.end()

    def announce(self, snapshot: Snapshot) -> Snapshot:
        """Give a snapshot with what was found."""
        self._told = tuple(health.error for health in snapshot.consumers if health.error)
        if not self._began and time.monotonic() - self._looked_at > _LOOK_S:
            self._look()
        consumers = tuple(self._explained(health) for health in snapshot.consumers)
        return replace(snapshot, consumers=consumers, notices=tuple(self._found()))

    def _explained(self, health: ConsumerHealth) -> ConsumerHealth:
        """Say of a consumer that is kept from its database by a frozen process which one that is, and what to do."""
        notice = self._holders.get(health.error or "")
        return health if notice is None else replace(health, error=f"{notice.what} {notice.remedy}")

    def _found(self) -> Iterator[Notice]:
        if self._disk.notice is not None:
            yield self._disk.notice
        if (problem := self._why_full()) is not None:
            yield Notice(Cause.BROKER_FILLING, Severity.WARN, problem)
        yield from self._check.notices
        yield from self._troubles

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception:  # A thread must never die in silence.
                log.exception("the upkeep could not look")
            self._stopping.wait(min(_LOOK_S, self._settings.disk_look_s))

    def _look(self) -> None:
        self._disk.look(self._control)
        if self._settings.database is None:
            self._troubles = tuple(self._try_databases())
        self._looked_at = time.monotonic()

    def _try_databases(self) -> Iterator[Notice]:
        for name in _TRIED:
            path = self._settings.data_dir / f"{name}.db"
            try:
                if not self._stopping.is_set():
                    try_writing(path, wait_s=_LOCKED_S)
            except (StoreUnavailable, DatabaseDamaged) as error:
                text = str(error)
                yield told_with_its_holder(text, self._settings.data_dir) or trouble_of_database(text)
        told = {text: told_with_its_holder(text, self._settings.data_dir) for text in self._told}
        self._holders = {text: notice for text, notice in told.items() if notice is not None}
        yield from self._holders.values()


def refuse_network_file_system(settings: Settings) -> None:
    """Refuse a place where SQLite's locks may not hold.

    Raises:
        BadSettings: the data dir is such a place, and that was not accepted.
    """
    if settings.database is not None or settings.accept_network_file_system:
        return
    kind = network_file_system(settings.data_dir)
    if kind is not None:
        raise BadSettings(
            f"SIGNALBOX_DATA_DIR: {settings.data_dir} lies on a network file system ({kind}), where databases get damaged. "
            "Choose a folder of this machine, keep the databases in PostgreSQL (SIGNALBOX_DATABASE), or accept it with "
            "SIGNALBOX_ACCEPT_NETWORK_FILE_SYSTEM=true."
        )
