"""Files by name, for content that does not belong into a table. A name is written whole or not at all."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from core.errors import StoreUnavailable


class ObjectStore(Protocol):
    """Where objects are kept; names look like `qr/4f/<link>-<hash>.png` and follow from the content's inputs."""

    def put_all(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Write all of them durably; writing the same name again is harmless.

        Raises:
            StoreUnavailable: no space, no permission; some may have been written.
        """
        ...

    def get(self, name: str) -> bytes | None:
        """Read an object; None when there is none.

        Raises:
            StoreUnavailable: it can't be read.
        """
        ...


class FileObjects:
    """Objects as files below one folder: temporary file, fsync, rename."""

    #: The disk gathers syncs that wait at the same time, so several threads wait together.
    SYNCS_AT_ONCE = 8

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pool = ThreadPoolExecutor(self.SYNCS_AT_ONCE, thread_name_prefix="objects")

    def put_all(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """See `ObjectStore.put_all`."""
        try:
            for _ in self._pool.map(self._put, objects):
                pass
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

    def close(self) -> None:
        """End the writing threads."""
        self._pool.shutdown()

    def _put(self, named: tuple[str, bytes]) -> None:
        name, content = named
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
