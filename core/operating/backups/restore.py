"""Restoring a backup: everything is unpacked and verified beside the data before any of them is touched.

The old data are kept aside, never deleted. Webhooks begin paused, so that two copies never send the same ones by
themselves; the broker begins empty, and the relay publishes the outbox again.
"""

import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import delete

from core.broker.client import connect, errors_mapped
from core.broker.emptying import empty_streams
from core.broker.server_process import end, processes_in
from core.consuming import control_tables
from core.consuming.controls import Controls, note
from core.consuming.heartbeats import Heartbeats
from core.errors import BadBackup, SchemaTooNew, StoreUnavailable
from core.operating.backups import swap
from core.operating.backups.backup import read_facts, refuse_elsewhere
from core.operating.backups.backup_file import BackupReader, Manifest
from core.operating.data_dir import DataDir
from core.settings import Settings, refuse_read_only
from core.storage.database import open_sqlite
from core.storage.schema import SCHEMA_VERSION, prepare
from core.storage.secrets import SecretStore
from core.storage.sqlite_files import check_database

#: The consumers that tell others: they begin paused.
_TELLING_OTHERS = ("webhook",)
#: Room that is left free on the disk while unpacking, in bytes.
_ROOM_BYTES = 64 * 2**20
_END_S = 2.0


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has done."""

    manifest: Manifest
    #: Where the data are that were there before; None = there were none.
    kept_aside: Path | None
    #: Consumers that stand still until an operator resumes them.
    paused: tuple[str, ...]
    #: Endpoints whose signing secrets came with the backup.
    secrets: int


def restore(settings: Settings, file: Path, *, by: str, why: str = "") -> Restored:
    """Put a backup into a data dir that nobody runs a desk on; what is there now is kept aside.

    Raises:
        BadBackup, SchemaTooNew, DatabaseDamaged: the file can't be used; nothing was changed.
        DataDirInUse: a desk runs there; nothing was changed.
        BadSettings: the databases are not in the data dir.
        StoreUnavailable, BrokerUnavailable: no space, a worker still runs, or no answer; nothing was changed.
    """
    refuse_read_only(settings)
    refuse_elsewhere(settings)
    with BackupReader(file.expanduser().absolute()) as reader:
        _refuse_newer(reader.manifest, file)
        data_dir = DataDir(settings.data_dir)
        data_dir.make()
        data_dir.own()
        try:
            return _restore(settings, reader, file.name, by, why)
        except OSError as error:
            reason = error.strerror or str(error)
            if swap.is_under_way(settings.data_dir):
                raise StoreUnavailable(
                    f"The restore stopped: {reason}. It is finished at the next start of the window or a worker."
                ) from error
            raise StoreUnavailable(f"It can't be restored: {reason}. Nothing was changed.") from error
        finally:
            data_dir.release()


def finish_restore(settings: Settings) -> bool:
    """Finish a restore that was cut short, if there is one; the caller owns the data dir.

    Raises:
        StoreUnavailable: it can't be finished.
    """
    try:
        return swap.finish(settings.data_dir, empty_broker=lambda: _empty_external(settings))
    except OSError as error:
        raise StoreUnavailable(f"The restore that was cut short can't be finished: {error}") from error


def refuse_while_restoring(data_dir: Path) -> None:
    """Keep those who only attach away from files that are being exchanged.

    Raises:
        StoreUnavailable: they are.
    """
    swap.refuse_while_under_way(data_dir)


def _restore(settings: Settings, reader: BackupReader, source: str, by: str, why: str) -> Restored:
    finish_restore(settings)
    _refuse_running_workers(settings.data_dir)
    staged = swap.new_staging(settings.data_dir)
    try:
        _refuse_without_room(staged, reader.manifest)
        reader.unpack(staged)
        secrets = reader.secrets()
        _verify(staged, reader.manifest)
        paused = _make_ready(staged, source, by, why)
        _end_broker(settings)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    aside = _name_aside(settings.data_dir)
    kept = swap.swap_in(settings.data_dir, aside=aside, empty_broker=lambda: _empty_external(settings))
    store = SecretStore(settings.data_dir)
    for name, secret in secrets.items():
        store.put(name, secret)
    return Restored(reader.manifest, kept, paused, len(secrets))


def _name_aside(data_dir: Path) -> str:
    """Name a folder that is not there yet: an older one is never mixed with what is kept now."""
    name = f"before-restore-{time.strftime('%Y%m%dT%H%M%S')}"
    names = (name, *(f"{name}-{number}" for number in range(2, 1_000)))
    return next(free for free in names if not (data_dir / free).exists())


def _refuse_newer(manifest: Manifest, file: Path) -> None:
    for database in manifest.databases:
        if database.schema_version > SCHEMA_VERSION:
            raise SchemaTooNew(
                f"{database.name} in {file} was made by Signalbox {database.made_by}. Use that version or newer."
            )


def _refuse_running_workers(data_dir: Path) -> None:
    """A worker that goes on would write its receipts into files that nobody reads any more."""
    if not (data_dir / "control.db").exists():
        return
    control = open_sqlite(data_dir / "control.db", name="control", durable=False)
    try:
        beats = Heartbeats(control).live()
    except StoreUnavailable:
        return  # Restoring is what mends a control database that can't be read.
    finally:
        control.close()
    for beat in beats:
        if beat.host != socket.gethostname() or psutil.pid_exists(beat.pid):
            raise StoreUnavailable(
                f"Worker {beat.worker_id} (process {beat.pid} on {beat.host}) is still running here. Stop it first."
            )


def _refuse_without_room(staged: Path, manifest: Manifest) -> None:
    free = shutil.disk_usage(staged).free
    if free < manifest.total_bytes + _ROOM_BYTES:
        raise StoreUnavailable(
            f"It takes {manifest.total_bytes / 1e6:,.0f} MB to restore it, and {free / 1e6:,.0f} MB are free. "
            "Nothing was changed."
        )


def _verify(staged: Path, manifest: Manifest) -> None:
    """Bring the files to the places that they will have, and hold each database against what the manifest says."""
    for database in manifest.databases:
        path = staged / f"{database.name}.db"
        try:
            (staged / "databases" / path.name).rename(path)
        except FileNotFoundError:
            raise BadBackup(f"The backup lacks the database {database.name}.") from None
        check_database(path)
        if read_facts(path) != database:
            raise BadBackup(f"The database {database.name} in the backup is not what its manifest says.")
    missing = {"links", "control"} - {database.name for database in manifest.databases}
    if missing or any((staged / "databases").iterdir()):
        raise BadBackup("The backup does not have the databases that its manifest tells of.")
    (staged / "databases").rmdir()
    (staged / "objects").mkdir(mode=0o700, exist_ok=True)


def _make_ready(staged: Path, source: str, by: str, why: str) -> tuple[str, ...]:
    """Pause what tells others, forget workers that are gone, and note the restore; gives what was paused."""
    control = open_sqlite(staged / "control.db", name="control", durable=True)
    try:
        prepare(control, control_tables.metadata)
        controls = Controls(control)
        paused = tuple(name for name in _TELLING_OTHERS if name in controls.registered())
        for name in paused:
            controls.pause(name, seconds=None, by=by, why=f"restored from {source}")
        with control.transaction() as db:
            db.execute(delete(control_tables.heartbeats))
            note(db, by=by, act="restore", subject=source, why=why)
    finally:
        control.close()
    return paused


def _end_broker(settings: Settings) -> None:
    """End a server that a crash has left; make sure that one which is not ours can be emptied."""
    if settings.broker is not None:
        with connect(settings.broker, answer_timeout_s=1.0) as client, errors_mapped():
            client.ping()
        return
    folder = settings.data_dir / "broker"
    if folder.exists():
        for process in processes_in(folder, "valkey-server"):
            end(process, deadline_s=_END_S)


def _empty_external(settings: Settings) -> None:
    """Empty a broker that is not ours; our own one begins without its folder, which went aside."""
    if settings.broker is not None:
        empty_streams(settings.broker, settings.partitions)
