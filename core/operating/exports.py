"""Files that operators take away: written beside their place and moved there once they are whole, so that nobody ever
finds half of one."""

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of an export."""

    path: Path
    #: Rows that the file has; 0 when it was cancelled.
    rows: int
    #: Whether it was stopped before its end, so that there is no file.
    is_cancelled: bool


def write_export(
    path: Path, pieces: Iterable[tuple[str, int]], *, stop: threading.Event, overwrite: bool = False
) -> Exported:
    """Write a file from pieces of text, each with the number of rows in it; `stop` cancels it between two pieces.

    Raises:
        InvalidInput: with field "path": there is such a file already, or it can't be written. Nothing was changed.
    """
    if path.exists() and not overwrite:
        raise InvalidInput("path", "exists", f"{path} exists already: choose another name.")
    part = path.with_name(f"{path.name}.part")
    try:
        try:
            rows = _write(part, pieces, stop)
            if stop.is_set():
                return Exported(path, 0, is_cancelled=True)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInput("path", "unwritable", f"{path} can't be written: {error.strerror}.") from error
    return Exported(path, rows, is_cancelled=False)


def _write(part: Path, pieces: Iterable[tuple[str, int]], stop: threading.Event) -> int:
    written = 0
    # The line ends are those that the pieces have.
    with part.open("w", encoding="utf-8", newline="") as file:
        for text, rows in pieces:
            if stop.is_set():
                break
            file.write(text)
            written += rows
        file.flush()
        os.fsync(file.fileno())
    return written
