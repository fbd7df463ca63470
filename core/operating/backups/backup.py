"""Backups: all databases and objects in one file, made while everything goes on, and read back before it gets its name.

The order is what makes the copies fit together: no consumer's copy is ahead of the links', so that after a restore each
catches up from the outbox. The broker is not in it: it is a copy of the outbox.
"""

import json
import logging
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.consuming.controls import note
from core.errors import BadBackup, BadSettings, InvalidInput, NotFound, StoreUnavailable
from core.operating.backups.backup_file import (
    FORMAT,
    SECRETS,
    BackupReader,
    BackupWriter,
    DatabaseFacts,
    Manifest,
    is_member_name,
)
from core.operating.backups.swap import refuse_while_under_way
from core.settings import Settings, refuse_read_only
from core.storage.database import open_sqlite
from core.storage.schema import program_version
from core.storage.secrets import SecretStore
from core.storage.sqlite_files import ask, check_database, copy_database

log = logging.getLogger(__name__)

#: Where the data dir remembers its newest backup, for whoever needs one.
_NEWEST = "newest-backup.json"
#: The table of each database that is counted; all others are consumers', which have receipts.
_COUNTED = {"links": "links", "control": "journal"}
_HAS_RECEIPTS = "SELECT 1 FROM sqlite_master WHERE name = 'inbox'"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and read back."""

    file: Path
    size_bytes: int
    took_s: float
    manifest: Manifest


def back_up(
    settings: Settings,
    file: Path,
    *,
    by: str,
    why: str = "",
    with_secrets: bool = False,
    replace: bool = False,
) -> Backup:
    """Make a backup of a data dir, whether or not a desk runs on it.

    Secrets are left out unless wanted: with them, whoever has the file can sign webhooks.

    Raises:
        BadSettings: the databases are not in the data dir.
        NotFound: there is nothing to back up.
        InvalidInput: the file is there already, and shall not be replaced.
        DatabaseDamaged: what would be backed up is damaged.
        StoreUnavailable, BadBackup: it can't be read or written, or a restore has not been finished; an older file of
            that name is as it was.
    """
    began = time.monotonic()
    refuse_read_only(settings)  # Each backup is noted in the journal.
    refuse_elsewhere(settings)
    refuse_while_under_way(settings.data_dir)
    file = file.expanduser().absolute()
    _refuse_name(file, replace)
    if not (settings.data_dir / "links.db").exists():
        raise NotFound(f"There is nothing to back up in {settings.data_dir}.")
    with (
        _disk_faults_told(file),
        tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as work,
    ):
        whole = Path(work) / "whole"
        manifest = _write(settings, Path(work), whole, with_secrets)
        _keep(whole)
        with BackupReader(whole) as reader:
            reader.check()
        whole.replace(file)
        _sync(file.parent)
    backup = Backup(file, file.stat().st_size, time.monotonic() - began, manifest)
    _remember(settings, backup, by, why)
    return backup


def _refuse_name(file: Path, replace: bool) -> None:
    try:
        is_there = file.exists()
    except OSError as error:  # The name is too long, or leads through what nobody may look into.
        raise InvalidInput("file", "file_name", f"{str(file)[:200]!r}: {error.strerror}.") from None
    if is_there and not replace:
        raise InvalidInput(
            "file", "file_exists", f"{file} exists already. Choose another name, or --replace."
        )


def newest_backup(data_dir: Path) -> str | None:
    """Name the newest backup that was made of a data dir, and when, as far as known; it may lie elsewhere by now."""
    try:
        kept = json.loads((data_dir / _NEWEST).read_text(encoding="utf-8"))
        return f"{kept['file']} of {time.strftime('%Y-%m-%d %H:%M', time.localtime(kept['at']))}"
    except (OSError, ValueError, KeyError, TypeError):
        return None


def refuse_elsewhere(settings: Settings) -> None:
    """Refuse what has no files to copy.

    Raises:
        BadSettings: the databases are PostgreSQL's.
    """
    if settings.database is not None:
        raise BadSettings(
            "SIGNALBOX_DATABASE: these databases are PostgreSQL's: back them up by pg_dump, restore them by pg_restore, "
            "and copy the data dir's folder objects beside them."
        )


def _write(settings: Settings, work: Path, whole: Path, with_secrets: bool) -> Manifest:
    names = _copy_databases(settings.data_dir, work)
    for name in names:
        check_database(work / f"{name}.db")
    _check_fit(work, names)
    with BackupWriter(whole) as writer:
        for name in names:
            writer.add_file(f"databases/{name}.db", work / f"{name}.db")
        # After the qr consumer's database: an object that it names is there by now.
        for path in _objects(settings.data_dir):
            writer.add_bytes(path.relative_to(settings.data_dir).as_posix(), path.read_bytes())
        if with_secrets:
            writer.add_bytes(SECRETS, msgspec.json.encode(_secrets(settings.data_dir, work / "control.db")))
        ((events,),) = ask(work / "links.db", "SELECT count(*) FROM outbox")
        facts = tuple(read_facts(work / f"{name}.db") for name in names)
        manifest = Manifest(FORMAT, program_version(), time.time(), facts, events, tuple(writer.members))
        writer.add_manifest(manifest)
    return manifest


def _copy_databases(data_dir: Path, work: Path) -> list[str]:
    """Copy them one after the other.

    The control database first: a request that is done twice is harmless, one that is noted as done and was not is lost.
    The links last: what a consumer's copy has receipts for is then in the outbox.
    """
    copy_database(data_dir / "control.db", work / "control.db")
    known = [name for (name,) in ask(work / "control.db", "SELECT name FROM registered_consumers ORDER BY 1")]
    there = [name for name in known if (data_dir / f"{name}.db").exists()]
    for name in (*there, "links"):
        copy_database(data_dir / f"{name}.db", work / f"{name}.db")
    # One that has only just begun has no tables yet: after a restore it begins again.
    consumers = [name for name in there if ask(work / f"{name}.db", _HAS_RECEIPTS)]
    return ["control", *consumers, "links"]


def _check_fit(work: Path, names: list[str]) -> None:
    """Make sure that each consumer's copy can go on from the links' copy."""
    given = dict(ask(work / "links.db", "SELECT partition, given FROM partitions"))
    kept_from = dict(
        ask(
            work / "links.db",
            "SELECT partition, min(position) FROM outbox WHERE position IS NOT NULL GROUP BY 1",
        )
    )
    for name in names:
        if name in _COUNTED:
            continue
        for partition, position in ask(work / f"{name}.db", "SELECT partition, position FROM watermarks"):
            last = given.get(partition, 0)
            first = kept_from.get(partition, last + 1)
            if not first - 1 <= position <= last:
                raise StoreUnavailable(
                    f"The copy of {name} does not fit to that of the links (partition {partition}, position {position}). "
                    "Make the backup again."
                )


def read_facts(path: Path) -> DatabaseFacts:
    """Count in a database, and read who made it.

    Raises:
        StoreUnavailable: it is no database of this program.
    """
    ((version, made_by),) = ask(path, "SELECT version, made_by FROM schema_version ORDER BY 1 DESC LIMIT 1")
    ((rows,),) = ask(path, f"SELECT count(*) FROM {_COUNTED.get(path.stem, 'inbox')}")
    return DatabaseFacts(path.stem, version, made_by, rows)


def _objects(data_dir: Path) -> Iterator[Path]:
    """Find the objects; those that are being written have names that begin with a dot."""
    for path in (data_dir / "objects").rglob("*"):
        if path.is_file() and is_member_name(path.relative_to(data_dir).as_posix()):
            yield path


def _secrets(data_dir: Path, control: Path) -> dict[str, str]:
    store = SecretStore(data_dir)
    ids = [row[0] for row in ask(control, "SELECT endpoint_id FROM endpoints WHERE removed_at IS NULL")]
    return {name: secret for name in ids if (secret := store.get(name)) is not None}


def _keep(file: Path) -> None:
    """Return when the disk has the file; it is for its owner's eyes only."""
    file.chmod(0o600)
    handle = os.open(file, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    """Return when the disk has the folder's names, where the system can tell."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remember(settings: Settings, backup: Backup, by: str, why: str) -> None:
    """Write the backup into the journal, and where it is; the backup is good also where that fails."""
    control = open_sqlite(settings.data_dir / "control.db", name="control", durable=False)
    try:
        kept = json.dumps({"file": str(backup.file), "at": backup.manifest.made_at})
        (settings.data_dir / _NEWEST).write_text(kept, encoding="utf-8")
        with control.transaction() as db:
            note(db, by=by, act="backup", subject=str(backup.file), why=why)
    except (OSError, StoreUnavailable) as error:
        log.warning("the backup %s can't be noted: %s", backup.file, error)
    finally:
        control.close()


@contextmanager
def _disk_faults_told(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreUnavailable(f"{file} can't be written: {reason}. Nothing was left behind.") from error
    except BadBackup as error:
        raise BadBackup(f"The backup could not be read back and was thrown away. {error}") from error
