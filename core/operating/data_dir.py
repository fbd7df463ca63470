"""The data dir and its one owner: a lock that dies with its holder, and a note that says who that is."""

import json
import logging
import os
import time
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import BadSettings, DataDirInUse

log = logging.getLogger(__name__)

#: Longest time for which somebody may hold the lock only to look at it, in seconds.
_MOMENT_S = 0.3


class DataDir:
    """One data dir; at most one process owns it at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._since = 0.0
        self._lock = FileLock(path / "signalbox.lock", thread_local=False)

    def make(self) -> None:
        """Make the folder where it is missing, for its owner's eyes only.

        Raises:
            BadSettings: it can't be made or written; the text has the path and the reason.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.path / "objects").mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise BadSettings(f"SIGNALBOX_DATA_DIR: {self.path} can't be used: {error.strerror}.") from None
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise BadSettings(f"SIGNALBOX_DATA_DIR: {self.path} can't be written by this user.")

    def own(self) -> None:
        """Become the owner.

        Raises:
            DataDirInUse: another process is.
        """
        try:
            # Whoever asks `is_owned` holds the lock for a moment: that is no owner.
            self._lock.acquire(timeout=_MOMENT_S, poll_interval=_MOMENT_S / 10)
        except Timeout:
            pid, since = self.holder()
            raise DataDirInUse(str(self.path), pid, since) from None
        self._since = time.time()
        self.note_relay_error(None)

    def note_relay_error(self, error: str | None) -> None:
        """Tell those who attach why the owner's relay publishes nothing; None = it does."""
        note = {"pid": os.getpid(), "since": self._since, "relay_error": error}
        temporary = self._note.with_suffix(f".{os.getpid()}")
        try:
            temporary.write_text(json.dumps(note), encoding="utf-8")
            temporary.replace(self._note)
        except OSError as problem:
            log.warning("the note of who owns %s can't be written: %s", self.path, problem)

    def relay_error(self) -> str | None:
        """Read why the owner's relay publishes nothing, as far as known."""
        try:
            error = json.loads(self._note.read_text(encoding="utf-8"))["relay_error"]
        except (OSError, ValueError, KeyError):
            return None
        return None if error is None else str(error)

    def release(self) -> None:
        """Stop being the owner, if we are."""
        if self._lock.is_locked:
            self._note.unlink(missing_ok=True)
            self._lock.release()

    @property
    def is_owned(self) -> bool:
        """Whether some process owns it at this moment."""
        if self._lock.is_locked:
            return True
        try:
            with FileLock(self.path / "signalbox.lock", thread_local=False).acquire(timeout=0):
                return False
        except Timeout:
            return True

    def holder(self) -> tuple[int | None, float | None]:
        """Give the owner's process id and since when, as far as known."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return int(note["pid"]), float(note["since"])
        except (OSError, ValueError, KeyError):
            return None, None

    @property
    def _note(self) -> Path:
        return self.path / "desk.json"
