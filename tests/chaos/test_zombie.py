"""A worker that was frozen and wakes up has lost its partitions: what it had in hand has no second effect."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from consumers import NAMES, build_consumers
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from tests.chaos.tally import findings, waiting
from tests.support.exactly_once import query
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S, eventually

_COMMAND = (sys.executable, str(MAIN))


@pytest.fixture
def desk(short_dir: Path) -> Iterator[Desk]:
    """Give a desk that owns a data dir and runs no worker."""
    program = Program(_COMMAND, NAMES, build_consumers)
    opened = Desk.open(Settings.load(data_dir=short_dir), program=program, run_worker=False)
    yield opened
    opened.close()


@pytest.fixture
def workers(desk: Desk, short_dir: Path) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Give two workers of their own; they end in order."""
    command = [*_COMMAND, "--data-dir", str(short_dir), "worker"]
    started = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    try:
        yield started
        for worker in started:
            worker.terminate()
        assert [worker.wait(PATIENCE_S) for worker in started] == [0, 0]
    finally:
        for worker in started:
            worker.kill()
            worker.wait()


def _owners(data_dir: Path, name: str) -> set[str | None]:
    try:
        return {row[0] for row in query(data_dir, name, "SELECT owner FROM watermarks")}
    except sqlite3.OperationalError:
        return set()  # Its worker has not made it yet.


def _is_shared(data_dir: Path) -> bool:
    return all(len(_owners(data_dir, name)) == 2 and None not in _owners(data_dir, name) for name in NAMES)


def _is_frozen_at_rest(worker: "subprocess.Popen[bytes]", data_dir: Path) -> bool:
    """Freeze it where it writes to no database; with the writer's place of one it would hold up everybody."""
    worker.send_signal(signal.SIGSTOP)
    eventually(lambda: psutil.Process(worker.pid).status() == psutil.STATUS_STOPPED)
    if all(_may_write(data_dir, name) for name in (*NAMES, "links", "control")):
        return True
    worker.send_signal(signal.SIGCONT)
    return False


def _may_write(data_dir: Path, name: str) -> bool:
    with closing(sqlite3.connect(data_dir / f"{name}.db", timeout=2, isolation_level=None)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        db.execute("ROLLBACK")
    return True


def test_frozen_workers_that_wake_up_have_no_second_effect(
    desk: Desk, workers: list["subprocess.Popen[bytes]"], short_dir: Path
) -> None:
    confirmed: list[str] = []

    def create(count: int) -> None:
        confirmed.extend(desk.create_link("https://example.com/").event_id for _ in range(count))

    eventually(lambda: _is_shared(short_dir))
    for worker in workers:
        eventually(lambda: _is_frozen_at_rest(worker, short_dir))  # noqa: B023 - called within the round
        create(40)
        # The other one takes over; what the frozen one had been given is delivered to it, too.
        eventually(lambda: not waiting(short_dir))
        create(40)
        worker.send_signal(signal.SIGCONT)
        create(40)
        eventually(lambda: not waiting(short_dir))
        eventually(lambda: _is_shared(short_dir))

    assert len(confirmed) == 240
    # No endpoint is registered, so that webhook has nothing to do.
    found = findings(short_dir, confirmed)
    assert [finding for finding in found if not finding.startswith("webhook: missing effects")] == []
