"""The space on the data dir's disk: warned of while there is little, saved for links when there is next to none.

What writes in the background then stands still, and goes on by itself once there is space again. Nothing is deleted.
"""

import logging
import time
from pathlib import Path

from core.consuming.standstill import Standstill
from core.errors import StoreUnavailable
from core.operating.snapshot import Cause, Notice, Severity
from core.storage.database import Database
from core.storage.file_systems import Space, space_of

log = logging.getLogger(__name__)

#: While there is little, or the folder can't be written, it is looked at this often, in seconds.
_LITTLE_LOOK_S = 2.0
_MIB = 2**20
_REMEDY = "Free some space; everything goes on by itself."


class DiskWatch:
    """Looks at one folder's disk; whoever owns the data dir also lets the consumers stand still."""

    def __init__(self, folder: Path, *, warn_mib: int, stop_mib: int, look_s: float) -> None:
        self._folder = folder
        self._warn_bytes, self._stop_bytes = warn_mib * _MIB, stop_mib * _MIB
        self._look_s = look_s
        self._looked_at = float("-inf")
        #: What was found; None = there is space enough.
        self.notice: Notice | None = None

    def look(self, control: Database | None) -> None:
        """Look, if it is time to; `control` = where the consumers are told, None = only look."""
        now = time.monotonic()
        rest_s = self._look_s if self.notice is None else min(_LITTLE_LOOK_S, self._look_s)
        if now - self._looked_at < rest_s:
            return
        self._looked_at = now
        before = self.notice
        try:
            space = space_of(self._folder)
        except OSError as error:
            self.notice = Notice(Cause.READ_ONLY, Severity.BAD, f"{self._folder} is gone: {error.strerror}.")
            return
        self.notice = disk_notice(space, self._folder, self._warn_bytes, self._stop_bytes)
        if control is not None and space.is_writable:
            self._tell(Standstill(control, "disk"), rest_s)
        if self.notice != before:
            log.warning("%s", self.notice.text if self.notice is not None else "there is space again")

    def _tell(self, standstill: Standstill, rest_s: float) -> None:
        """Ask the consumers to stand still, or no more; where even that can't be written, nothing of theirs can be."""
        try:
            if self.notice is not None and self.notice.severity is Severity.BAD:
                standstill.ask(
                    f"{self.notice.what} {self.notice.why}", seconds=3 * max(rest_s, _LITTLE_LOOK_S)
                )
            else:
                standstill.lift()
        except StoreUnavailable as error:
            log.warning("the consumers can't be told of the disk: %s", error)
            self._looked_at = float("-inf")


def disk_notice(space: Space, folder: Path, warn_bytes: int, stop_bytes: int) -> Notice | None:
    """Say what there is to say of the space that is left."""
    if not space.is_writable:
        return Notice(
            Cause.READ_ONLY,
            Severity.BAD,
            "The data dir can't be written: no links are created, and consumers stand still.",
            f"{folder} is read-only.",
            "Make it writable again; everything goes on by itself.",
        )
    left = f"{space.free_bytes // _MIB:,} MiB are free for {folder}"
    if space.free_bytes < stop_bytes:
        return Notice(
            Cause.DISK_FULL,
            Severity.BAD,
            "The disk is nearly full: consumers stand still; links are created as long as there is space.",
            f"{left}, less than {stop_bytes // _MIB:,}.",
            _REMEDY,
        )
    if space.free_bytes < warn_bytes:
        why = f"{left}; below {stop_bytes // _MIB:,} consumers stand still."
        return Notice(Cause.DISK_LOW, Severity.WARN, "The disk is getting full.", why, _REMEDY)
    return None
