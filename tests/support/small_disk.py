"""A disk that can be full: a small file system in memory where that may be mounted, else a limit on the size of files."""

import ctypes
import os
import resource
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

#: From Linux's sched.h and mount.h.
_CLONE_NEWNS = 0x00020000
_MS_PRIVATE_EVERYWHERE = (1 << 18) | (1 << 14)
_UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
#: What a process may still write where nothing can be mounted, in bytes: nothing that reaches beyond this in a file.
_SMALL_FILE = 4_096


class SmallDisk:
    """Holds `folder`; full between `fill` and `free`."""

    def __init__(self, folder: Path, *, megabytes: int, users: Callable[[], Iterable[int]]) -> None:
        """Mount it if we may. `users` gives the ids of the processes that write to it."""
        folder.mkdir()
        self._filler = folder / "filler"
        self._users = users
        #: Whether it is a file system of its own, which all processes started from now on see.
        self.is_mounted = _mount(folder, megabytes)

    def fill(self) -> None:
        """Leave no space."""
        if not self.is_mounted:
            self._limit((_SMALL_FILE, resource.RLIM_INFINITY))
            return
        with self._filler.open("wb", buffering=0) as filler:
            left = os.statvfs(self._filler.parent)
            size = left.f_bavail * left.f_frsize
            while size > 0:
                try:
                    os.posix_fallocate(filler.fileno(), filler.tell(), size)
                    filler.seek(size, os.SEEK_CUR)
                except OSError:
                    size //= 2  # Somebody else was faster.

    def free(self) -> None:
        """Give the space back."""
        if self.is_mounted:
            self._filler.unlink(missing_ok=True)
        else:
            self._limit(_UNLIMITED)

    def _limit(self, limits: tuple[int, int]) -> None:
        for pid in self._users():
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
            except ProcessLookupError:
                continue


def _mount(folder: Path, megabytes: int) -> bool:
    """Mount for this process and those it starts: the file system goes with the last of them, whatever they die of."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    return bool(
        libc.unshare(_CLONE_NEWNS) == 0
        and libc.mount(b"none", b"/", None, _MS_PRIVATE_EVERYWHERE, None) == 0
        and libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, b"size=%dm,mode=700" % megabytes) == 0
    )
