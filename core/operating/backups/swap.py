"""One set of files takes another's place in a data dir: by renaming, and finished later where a crash cut it short.

A note says what is under way before the first file moves. Until it is gone, nobody may open the databases: SQLite would
take the log of one file for that of another.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.errors import StoreUnavailable

_NOTE = "restoring.json"
#: Where the new files are made ready.
STAGED = ".restoring"
#: What is replaced beside the databases: the objects, and the broker's copy of the outbox.
_FOLDERS = ("objects", "broker")


@dataclass(frozen=True, slots=True)
class _Swap:
    """What is under way; all names are those of files or folders in the data dir."""

    #: The folder that the old ones go to.
    aside: str
    old: tuple[str, ...]
    new: tuple[str, ...]


def is_under_way(data_dir: Path) -> bool:
    """Whether the data dir's files are being exchanged, or a crash has cut that short."""
    return (data_dir / _NOTE).exists()


def refuse_while_under_way(data_dir: Path) -> None:
    """Keep everybody but the owner away from files that are being exchanged.

    Raises:
        StoreUnavailable: they are.
    """
    if is_under_way(data_dir):
        raise StoreUnavailable(
            f"A backup is being restored in {data_dir}, or was until a crash: the window or a worker finishes that "
            "when it starts."
        )


def new_staging(data_dir: Path) -> Path:
    """Give an empty folder for the new files, on the same file system; what an earlier attempt has left is removed."""
    staged = data_dir / STAGED
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o700)
    return staged


def swap_in(data_dir: Path, *, aside: str, empty_broker: Callable[[], None]) -> Path | None:
    """Let the staged files take the place of the old ones, which are kept in the folder `aside`; gives that folder.

    The caller owns the data dir.

    Raises:
        OSError: a file can't be moved; calling `finish` goes on where it stopped.
    """
    staged = data_dir / STAGED
    for name in _FOLDERS:
        with suppress(OSError):
            (data_dir / name).rmdir()  # An empty one is nothing to keep.
    swap = _Swap(aside, tuple(_present(data_dir)), tuple(sorted(path.name for path in staged.iterdir())))
    temporary = data_dir / f".{_NOTE}"
    with temporary.open("wb") as file:
        file.write(msgspec.json.encode(swap))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(data_dir / _NOTE)
    finish(data_dir, empty_broker=empty_broker)
    return data_dir / aside if swap.old else None


def finish(data_dir: Path, *, empty_broker: Callable[[], None]) -> bool:
    """Do what is left of a swap; False when none was under way. The caller owns the data dir.

    Raises:
        StoreUnavailable: the note can't be read.
        OSError: a file can't be moved.
    """
    try:
        swap = msgspec.json.decode((data_dir / _NOTE).read_bytes(), type=_Swap)
    except FileNotFoundError:
        return False
    except msgspec.MsgspecError as error:
        raise StoreUnavailable(
            f"{data_dir / _NOTE} is damaged ({error}); restore the backup again."
        ) from None
    aside, staged = data_dir / swap.aside, data_dir / STAGED
    aside.mkdir(mode=0o700, exist_ok=True)
    # All old ones first: what stands in a place once the first new one has moved is new.
    for name in swap.old:
        if not (aside / name).exists() and (data_dir / name).exists():
            (data_dir / name).rename(aside / name)
    for name in swap.new:
        if (staged / name).exists():
            (staged / name).rename(data_dir / name)
    if not swap.old:
        aside.rmdir()
    _sync(data_dir)
    empty_broker()
    (data_dir / _NOTE).unlink()
    shutil.rmtree(staged, ignore_errors=True)
    return True


def _present(data_dir: Path) -> list[str]:
    """Name what a restore replaces: databases with their logs, and the folders."""
    names = {path.name for pattern in ("*.db", "*.db-wal", "*.db-shm") for path in data_dir.glob(pattern)}
    names |= {name for name in _FOLDERS if (data_dir / name).exists()}
    return sorted(names)


def _sync(folder: Path) -> None:
    """Return when the disk has the folder's names, where the system can tell."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
