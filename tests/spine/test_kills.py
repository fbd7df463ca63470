"""Kills and losses while links are created: every create succeeds, and every consumer has each event exactly once."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from core.operating.desk import Desk
from tests.support.exactly_once import assert_exactly_once, query
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S, eventually


@contextmanager
def _links_created(desk: Desk, count: int, per_second: float) -> Iterator[list[float]]:
    """Create links from a thread while the block does damage; gives each one's milliseconds, all when the block ends."""
    times: list[float] = []
    failures: list[BaseException] = []
    pace = threading.Event()

    def create() -> None:
        try:
            for number in range(count):
                times.append(desk.create_link(f"https://example.com/{number}").committed_ms)
                pace.wait(1 / per_second)
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            failures.append(error)

    thread = threading.Thread(target=create)
    thread.start()
    try:
        yield times
    finally:
        thread.join()
    assert not failures, failures
    assert len(times) == count


def _settled(data_dir: Path, count: int) -> bool:
    names = ("analytics", "qr", "billing", "webhook", "dashboard")
    return all(query(data_dir, name, "SELECT count(*) FROM inbox") == [(count,)] for name in names)


def _kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_the_broker_is_killed_while_200_links_are_created(desk: Desk, short_dir: Path) -> None:
    eventually(lambda: desk.snapshot and desk.snapshot.workers)

    with _links_created(desk, 200, per_second=100) as times:
        eventually(lambda: len(times) > 60)
        _kill(desk.broker_pid)

    eventually(lambda: _settled(short_dir, 200))
    assert assert_exactly_once(short_dir) == 200


def test_the_worker_is_killed_five_times_during_2000_creates(desk: Desk, short_dir: Path) -> None:
    eventually(lambda: desk.snapshot and desk.snapshot.workers)

    with _links_created(desk, 2_000, per_second=200):
        for _ in range(5):
            _await_more_than(20, short_dir)
            _kill(desk.worker_pid)
            threading.Event().wait(0.3)
            eventually(lambda: desk.worker_pid is not None)

    eventually(lambda: _settled(short_dir, 2_000))
    assert assert_exactly_once(short_dir) == 2_000


def _await_more_than(count: int, data_dir: Path) -> None:
    before = _receipts(data_dir)
    eventually(lambda: _receipts(data_dir) > before + count)


def _receipts(data_dir: Path) -> int:
    return int(str(query(data_dir, "dashboard", "SELECT count(*) FROM inbox")[0][0]))


def test_everything_in_the_broker_is_flushed_during_load(desk: Desk, short_dir: Path) -> None:
    eventually(lambda: desk.snapshot and desk.snapshot.workers)

    pause = threading.Event()
    with (
        _links_created(desk, 300, per_second=150) as times,
        redis.Redis.from_url(f"unix://{short_dir}/broker/valkey.sock") as client,
    ):
        for mark in (80, 160, 240):
            while len(times) <= mark:
                pause.wait(0.01)
            client.flushall()

    eventually(lambda: _settled(short_dir, 300))
    assert assert_exactly_once(short_dir) == 300


def test_a_desk_that_was_killed_leaves_a_broker_that_the_next_one_adopts(short_dir: Path) -> None:
    environment = {**os.environ, "SIGNALBOX_DATA_DIR": str(short_dir)}
    command = [sys.executable, str(MAIN), "worker"]
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    first.stdout.readline()
    with redis.Redis.from_url(f"unix://{short_dir}/broker/valkey.sock") as client:
        run_id = client.info("server")["run_id"]
        first.kill()
        first.wait()
        first.stdout.close()
        second = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert second.stdout is not None
            second.stdout.readline()

            assert client.info("server")["run_id"] == run_id
        finally:
            second.terminate()
            assert second.wait(timeout=PATIENCE_S) == 0
            assert second.stdout is not None
            second.stdout.close()
