"""After an end that was not in order, every database file is read through once. A damaged one is named, never touched.

A mark in the data dir, which only an orderly end removes, tells of such an end.
"""

import logging
import threading
from pathlib import Path

from core.errors import DatabaseDamaged, StoreUnavailable
from core.operating.backups.backup import newest_backup
from core.operating.snapshot import Cause, Notice, Severity
from core.storage.sqlite_files import check_database

log = logging.getLogger(__name__)

_MARK = "running"
#: A start waits this long for the check, in seconds; a larger one goes on beside it.
_PATIENCE_S = 0.3
#: Without these there is nothing to run; all others are consumers', and the rest goes on without one.
_VITAL = ("links", "control")
#: A consumer whose effects are outside: begun anew, it would send once more what it has sent.
_TELLING_OTHERS = ("webhook",)


class DatabaseCheck:
    """The mark of one data dir, and the check when it was there."""

    def __init__(self, data_dir: Path, *, has_files: bool) -> None:
        """Know a data dir; `has_files` = its databases are files."""
        self._data_dir = data_dir
        self._has_files = has_files
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._check, name="database check", daemon=True)
        self._is_sound = True
        #: What was found, by database.
        self.damaged: dict[str, str] = {}

    def begin(self) -> None:
        """Set the mark; check everything first if it was there already. The caller owns the data dir.

        Raises:
            DatabaseDamaged: one is damaged without which nothing runs.
            StoreUnavailable: the mark can't be written.
        """
        mark = self._data_dir / _MARK
        was_there = mark.exists()
        try:
            mark.touch(mode=0o600)
        except OSError as error:
            raise StoreUnavailable(f"{mark} can't be written: {error.strerror}.") from error
        if was_there and self._has_files:
            log.warning("the last end was not in order; checking the databases")
            self._is_sound = False
            self._thread.start()
            self._thread.join(_PATIENCE_S)
        for name in _VITAL:
            if name in self.damaged:
                raise DatabaseDamaged(self._sentence(name))

    def end(self) -> None:
        """Remove the mark, unless the check has found damage or has not been through: the next start goes on with it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S)
        if self._is_sound:
            (self._data_dir / _MARK).unlink(missing_ok=True)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What there is to say: that it goes on, or what it has found."""
        found = [self._damage_notice(sorted(self.damaged))] if self.damaged else []
        if self._thread.is_alive():
            what = "The databases are being checked, since the last end was not in order."
            found.append(Notice(Cause.CHECKING, Severity.WARN, what))
        return tuple(found)

    def _check(self) -> None:
        sound = True
        for path in sorted(self._data_dir.glob("*.db"), key=lambda path: path.stem not in _VITAL):
            if self._stopping.is_set():
                return
            try:
                check_database(path)
            except DatabaseDamaged as error:
                sound = False
                self.damaged[path.stem] = str(error)
                log.error("%s", error)
            except StoreUnavailable as error:
                sound = False  # Neither sound nor damaged: the next start asks again.
                log.warning("a database can't be checked: %s", error)
        self._is_sound = sound

    def _damage_notice(self, names: list[str]) -> Notice:
        """Tell of all damage at once: one backup mends it."""
        several = len(names) > 1
        named = f"{', '.join(names[:-1])} and {names[-1]}" if several else names[0]
        databases = f"Databases {named} are" if several else f"Database {named} is"
        what = (
            f"{databases} damaged: what needs {'them' if several else 'it'} stands still, the rest goes on."
        )
        why = " ".join([*(self.damaged[name] for name in names), self._newest()])
        return Notice(Cause.DAMAGED, Severity.BAD, what, why, _remedy(names))

    def _sentence(self, name: str) -> str:
        return f"{self.damaged[name]} {self._newest()} Restore one: main.py restore FILE."

    def _newest(self) -> str:
        newest = newest_backup(self._data_dir)
        backup = f"the newest backup is {newest}" if newest else "no backup is known of"
        return f"The file is kept as it is; {backup}."


def _remedy(names: list[str]) -> str:
    if set(names) & {*_VITAL, *_TELLING_OTHERS}:
        return "Restore a backup (main.py restore FILE)."
    return "Restore a backup; or close Signalbox and move the file away: its consumer begins anew from the outbox."
