"""Files by name, for content that does not belong into a table. A name is written whole or not at all."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Protocol

from core.errors import StoreUnavailable


class ObjectStore(Protocol):
    """Where objects are kept; names look like `qr/4f/<link>-<hash>.png` and follow from the content's inputs."""

    def put_all(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Write all of them; writing the same name again is harmless. Only `make_durable` survives a power cut.

        Raises:
            StoreUnavailable: no space, no permission; some may have been written.
        """
        ...

    def make_durable(self, names: Iterable[str]) -> None:
        """Return when the disk has all of these objects.

        Raises:
            StoreUnavailable: it can't be told that it has.
        """
        ...

    def get(self, name: str) -> bytes | None:
        """Read an object; None when there is none.

        Raises:
            StoreUnavailable: it can't be read.
        """
        ...


class FileObjects:
    """Objects as files below one folder: a temporary file takes the name when it is whole."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put_all(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """See `ObjectStore.put_all`."""
        try:
            for name, content in objects:
                self._put(name, content)
        except OSError as error:
            raise StoreUnavailable(f"Object store {self._root}: {error}") from error

    def make_durable(self, names: Iterable[str]) -> None:
        """See `ObjectStore.make_durable`."""
        try:
            sync_file_system = _find_sync()
            if sync_file_system is not None:
                sync_file_system(self._root)
            else:
                for name in names:
                    _sync_file(self._root / name)
        except OSError as error:
            raise StoreUnavailable(f"Object store {self._root}: {error}") from error

    def get(self, name: str) -> bytes | None:
        """See `ObjectStore.get`."""
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreUnavailable(f"Object store {self._root}: {error}") from error

    def _put(self, name: str, content: bytes) -> None:
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        temporary.write_bytes(content)
        temporary.replace(target)


def _sync_file(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@cache
def _find_sync() -> Callable[[Path], None] | None:
    """Find the system's way to sync a whole file system, which costs as much as one file; only Linux has one."""
    if sys.platform != "linux":
        return None
    system = ctypes.CDLL(None, use_errno=True)

    def sync(folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY)
        try:
            if system.syncfs(handle) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
        finally:
            os.close(handle)

    return sync
