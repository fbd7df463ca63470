"""One owner per data dir, and a bell for whoever comes second."""

import os
import threading
import time
from pathlib import Path

import pytest

from core.errors import BadSettings, DataDirInUse
from core.operating.data_dir import DataDir
from core.operating.doorbell import Doorbell, ring
from tests.support.waiting import PATIENCE_S


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    first, second = DataDir(tmp_path), DataDir(tmp_path)
    first.make()
    first.own()

    with pytest.raises(
        DataDirInUse, match=rf"in use by process {os.getpid()} since \d{{4}}-\d\d-\d\d"
    ) as caught:
        second.own()
    assert caught.value.holder_pid == os.getpid()
    assert caught.value.since == pytest.approx(time.time(), abs=60)
    assert first.is_owned

    first.release()
    assert not second.is_owned
    second.own()
    second.release()


def test_the_folder_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"

    DataDir(folder).make()

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    with pytest.raises(BadSettings, match=r"SIGNALBOX_DATA_DIR.*file/data"):
        DataDir(tmp_path / "file" / "data").make()


def test_a_ring_reaches_whoever_listens_and_nobody_else(tmp_path: Path) -> None:
    assert not ring(tmp_path)
    rung = threading.Event()
    bell = Doorbell(tmp_path)
    bell.listen(rung.set)

    assert ring(tmp_path)
    assert rung.wait(PATIENCE_S)

    bell.close()
    assert not ring(tmp_path)


def test_a_bell_left_behind_by_a_crash_is_taken_over(tmp_path: Path) -> None:
    Doorbell(tmp_path).listen(lambda: None)
    second = Doorbell(tmp_path)
    rung = threading.Event()

    second.listen(rung.set)

    assert ring(tmp_path)
    assert rung.is_set()
    second.close()
