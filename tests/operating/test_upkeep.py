"""Locks, a full disk and an end that was not in order: each is one notice that goes by itself, and nothing is lost."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from core.errors import StoreUnavailable
from core.operating.desk import Desk
from core.operating.snapshot import Cause
from core.operating.upkeep.notices import notices
from core.settings import Settings
from tests.spine.conftest import PROGRAM
from tests.support.exactly_once import assert_exactly_once, query
from tests.support.programs import MAIN
from tests.support.small_disk import SmallDisk
from tests.support.waiting import eventually


def causes(desk: Desk) -> list[Cause]:
    """Give what the window would tell now."""
    return [notice.cause for notice in notices(desk.snapshot)] if desk.snapshot is not None else []


def settled(data_dir: Path, count: int) -> bool:
    """Whether every consumer has dealt with so many events."""
    return all(
        query(data_dir, name, "SELECT count(*) FROM inbox") == [(count,)] for name in PROGRAM.consumers
    )


@pytest.fixture
def opened() -> Iterator[Callable[[Settings], Desk]]:
    """Open desks with a worker; they are closed at the end."""
    desks: list[Desk] = []

    def open_desk(settings: Settings) -> Desk:
        desks.append(Desk.open(settings, program=PROGRAM, run_worker=True))
        eventually(lambda: desks[-1].snapshot and desks[-1].snapshot.workers)
        return desks[-1]

    yield open_desk
    for desk in desks:
        desk.close(10)


def test_a_locked_database_is_one_notice_which_goes_when_the_lock_does(
    opened: Callable[[Settings], Desk], short_dir: Path
) -> None:
    desk = opened(Settings.load(data_dir=short_dir))
    desk.create_link("https://example.com/before")

    for name in ("links", "control"):
        with closing(sqlite3.connect(short_dir / f"{name}.db", isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            eventually(lambda: causes(desk) == [Cause.LOCKED])
            holder.execute("ROLLBACK")
        eventually(lambda: causes(desk) == [])

    desk.create_link("https://example.com/after")
    eventually(lambda: settled(short_dir, 2))
    assert assert_exactly_once(short_dir) == 2


def test_a_full_disk_refuses_whole_links_only_and_all_goes_on_when_there_is_space(
    opened: Callable[[Settings], Desk], short_dir: Path
) -> None:
    disk = SmallDisk(short_dir / "disk", megabytes=48, users=_processes)
    settings = Settings.load(
        data_dir=short_dir / "disk" / "data", disk_warn_mb=2, disk_stop_mb=1, disk_look_s=0.2
    )
    try:
        desk = opened(settings)
        created = [desk.create_link(f"https://example.com/{number}").event_id for number in range(5)]
        disk.fill()
        refused = 0
        for number in range(5, 60):
            try:
                created.append(desk.create_link(f"https://example.com/{number}").event_id)
            except StoreUnavailable:
                refused += 1
        assert refused
        if disk.is_mounted:
            eventually(lambda: causes(desk) == [Cause.DISK_FULL])
    finally:
        disk.free()

    created.append(str(eventually(lambda: _created(desk))))
    eventually(lambda: settled(settings.data_dir, len(created)))
    eventually(lambda: causes(desk) == [])
    assert [
        row[0] for row in query(settings.data_dir, "links", "SELECT event_id FROM outbox ORDER BY id")
    ] == created
    assert assert_exactly_once(settings.data_dir) == len(created)
    assert desk.close(10) == []


def _created(desk: Desk) -> str | None:
    try:
        return desk.create_link("https://example.com/again").event_id
    except StoreUnavailable:
        return None


def _processes() -> list[int]:
    """Give this process and those that it has started."""
    return [os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))]


def test_a_desk_that_was_killed_has_its_databases_checked_and_says_what_it_finds(
    short_dir: Path, opened: Callable[[Settings], Desk]
) -> None:
    environment = {**os.environ, "SIGNALBOX_DATA_DIR": str(short_dir)}
    command = [sys.executable, str(MAIN)]
    first = subprocess.Popen([*command, "worker"], env=environment, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    first.stdout.readline()
    eventually(lambda: (short_dir / "billing.db").exists() and _has_receipts(short_dir))
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stdout.close()
    damage(short_dir / "billing.db")

    desk = opened(Settings.load(data_dir=short_dir, disk_warn_mb=0, disk_stop_mb=0))

    eventually(lambda: Cause.DAMAGED in causes(desk))
    assert desk.snapshot is not None
    (damaged,) = (notice for notice in notices(desk.snapshot) if notice.cause is Cause.DAMAGED)
    assert damaged.what.startswith("Database billing is damaged")


def _has_receipts(data_dir: Path) -> bool:
    return bool(query(data_dir, "billing", "SELECT 1 FROM sqlite_master WHERE name = 'inbox'"))


def damage(path: Path) -> None:
    """Overwrite all pages but the first with noise."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


def test_status_tells_the_same_notices(short_dir: Path) -> None:
    Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM).close()
    environment = {
        **os.environ,
        "SIGNALBOX_DATA_DIR": str(short_dir),
        "SIGNALBOX_DISK_WARN_MB": str(10**9),
        "SIGNALBOX_DISK_STOP_MB": "0",
    }

    def call(*arguments: str) -> str:
        command = [sys.executable, str(MAIN), "status", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    told = [notice["cause"] for notice in json.loads(call("--json"))["notices"]]
    assert told == ["disk low", "nothing runs"]
    assert "warn: The disk is getting full." in call()
