"""Trouble around the databases: a broker without memory, a folder that can't be written. One notice, nothing lost."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from core.broker.client import connect
from core.operating.desk import Desk
from core.operating.snapshot import Cause
from core.operating.upkeep.notices import notices
from core.settings import Settings
from tests.spine.conftest import PROGRAM
from tests.support.exactly_once import assert_exactly_once, query
from tests.support.waiting import eventually

#: More than the broker's buffers, which it does not count when it looks for memory.
_SPARE_BYTES = 4 * 2**20


@contextmanager
def running(settings: Settings) -> Iterator[Desk]:
    """Run a desk with all consumers in this process."""
    desk = Desk.open(settings, program=PROGRAM, run_worker=False)
    try:
        worker = desk.build_worker()
        worker.start()
        eventually(lambda: desk.snapshot and desk.snapshot.workers and not causes(desk))
        yield desk
        worker.stop()
    finally:
        desk.close(10)


def causes(desk: Desk) -> list[Cause]:
    """Give what the window would tell now."""
    return [notice.cause for notice in notices(desk.snapshot)] if desk.snapshot is not None else []


def settled(data_dir: Path, count: int) -> bool:
    """Whether every consumer has dealt with so many events."""
    return all(
        query(data_dir, name, "SELECT count(*) FROM inbox") == [(count,)] for name in PROGRAM.consumers
    )


def fill(client: redis.Redis) -> None:
    """Fill the broker's memory with somebody else's data; what it needs to take them in is free again afterwards."""
    limit = int(str(client.config_get("maxmemory")["maxmemory"]))
    client.config_set("maxmemory", 0)
    while int(client.info("memory")["used_memory"]) <= limit + _SPARE_BYTES:
        client.append("junk", b"x" * 2**20)
    client.config_set("maxmemory", limit)


def test_a_broker_without_memory_is_one_notice_and_all_goes_on_when_there_is_some(short_dir: Path) -> None:
    settings = Settings.load(data_dir=short_dir, broker_memory_mb=16)
    with running(settings) as desk, connect(f"unix://{short_dir}/broker/valkey.sock") as client:
        fill(client)
        for number in range(5):
            desk.create_link(f"https://example.com/{number}")
        eventually(lambda: causes(desk) == [Cause.BROKER_MEMORY])

        client.delete("junk")

        eventually(lambda: settled(short_dir, 5))
        eventually(lambda: causes(desk) == [])
    assert assert_exactly_once(short_dir) == 5


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Let nobody write to a folder: by a mount where that is allowed, by its mode, or, for root, by moving it away."""
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
    elif _mount("--bind", str(folder), str(folder)):
        try:
            assert _mount("-o", "remount,bind,ro", str(folder))
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    else:
        away = folder.rename(folder.with_name("away"))
        yield
        away.rename(folder)


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def test_a_data_dir_that_cannot_be_written_is_one_notice_which_goes_by_itself(short_dir: Path) -> None:
    settings = Settings.load(data_dir=short_dir / "data", disk_look_s=0.1, disk_warn_mb=0, disk_stop_mb=0)
    with running(settings) as desk:
        with unwritable(settings.data_dir):
            eventually(lambda: causes(desk)[:1] == [Cause.READ_ONLY])
        eventually(lambda: causes(desk) == [])
        desk.create_link("https://example.com/")
        eventually(lambda: settled(settings.data_dir, 1))
    assert assert_exactly_once(settings.data_dir) == 1
