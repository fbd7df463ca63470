"""A file that was exported is whole, or it is not there."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.operating.exports import write_export


def test_an_export_that_breaks_leaves_nothing_and_harms_no_file_that_was_there(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("mine")

    def broken() -> Iterator[tuple[str, int]]:
        yield "half", 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_export(file, broken(), stop=threading.Event(), overwrite=True)

    assert file.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [file]


def test_an_export_has_all_pieces_in_order(tmp_path: Path) -> None:
    done = write_export(tmp_path / "all.txt", [("é\r\n", 1), ("b\n", 2)], stop=threading.Event())

    assert (tmp_path / "all.txt").read_bytes() == "é\r\nb\n".encode()
    assert (done.rows, done.is_cancelled) == (3, False)
