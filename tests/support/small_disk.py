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
_MS_REMOUNT = 1 << 5
_MNT_DETACH = 2
_UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
#: What a process may still write where nothing can be mounted, in bytes: nothing that reaches beyond this in a file.
_SMALL_FILE = 4_096


class SmallDisk:
    """Holds `folder`; full between `fill` and `free`."""

    def __init__(self, folder: Path, *, megabytes: int, users: Callable[[], Iterable[int]]) -> None:
        """Mount it if we may. `users` gives the ids of the processes that write to it."""
        folder.mkdir()
        self._folder = folder
        self._bytes = megabytes << 20
        self._users = users
        #: Whether it is a file system of its own, which all processes started from now on see.
        self.is_mounted = _have_own_mounts() and _mount(folder, self._bytes)

    def fill(self) -> None:
        """Leave no space."""
        if self.is_mounted:
            # Between the look and the change somebody may write, and it would be too small for what is there.
            while not _mount(self._folder, self._used(), _MS_REMOUNT):
                pass
        else:
            self._limit((_SMALL_FILE, resource.RLIM_INFINITY))

    def free(self) -> None:
        """Give the space back."""
        if self.is_mounted:
            assert _mount(self._folder, self._bytes, _MS_REMOUNT)
        else:
            for _ in range(2):  # Once more for those that were started meanwhile, by somebody with a limit.
                self._limit(_UNLIMITED)

    def close(self) -> None:
        """Take it away, with all that is on it; the folder is empty afterwards if it was mounted."""
        if self.is_mounted:
            ctypes.CDLL(None).umount2(os.fsencode(self._folder), _MNT_DETACH)

    def _used(self) -> int:
        now = os.statvfs(self._folder)
        return (now.f_blocks - now.f_bfree) * now.f_frsize

    def _limit(self, limits: tuple[int, int]) -> None:
        for pid in self._users():
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
            except ProcessLookupError:
                continue


def _have_own_mounts() -> bool:
    """Let this process and those it starts see mounts of their own: what they mount goes with the last of them."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    return bool(
        libc.unshare(_CLONE_NEWNS) == 0 and libc.mount(b"none", b"/", None, _MS_PRIVATE_EVERYWHERE, None) == 0
    )


def _mount(folder: Path, size_bytes: int, flags: int = 0) -> bool:
    options = b"size=%d,mode=700" % size_bytes
    return bool(ctypes.CDLL(None).mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options) == 0)
