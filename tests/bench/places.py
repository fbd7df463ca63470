"""Where measurements happen: folders, brokers and desks of their own, real ones, gone afterwards."""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from consumers import NAMES, build_consumers
from core.broker.server import EmbeddedBroker
from core.operating.desk import Desk
from core.operating.program import Program
from core.operating.snapshot import Snapshot
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PARTITIONS = 8
BROKER_MEMORY_MB = 512
_PATIENCE_S = 300.0


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder whose path is short enough for a unix socket."""
    path = Path(tempfile.mkdtemp(prefix="sb-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running_broker(data_dir: Path) -> Iterator[EmbeddedBroker]:
    """Give a broker as the program runs it."""
    broker = EmbeddedBroker(data_dir, memory_mb=BROKER_MEMORY_MB)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def program() -> Program:
    """Give this program as main.py puts it together."""
    return Program((sys.executable, str(ROOT / "main.py")), NAMES, build_consumers)


def settings_for(data_dir: Path) -> Settings:
    """Give the default settings on a data dir."""
    return Settings(data_dir=data_dir, partitions=PARTITIONS, broker_memory_mb=BROKER_MEMORY_MB)


@contextmanager
def open_desk(*, run_worker: bool) -> Iterator[Desk]:
    """Give a desk that owns a new data dir: broker, relay, monitor and, if wanted, the worker as a child."""
    with folder() as data_dir:
        desk = Desk.open(settings_for(data_dir), program=program(), run_worker=run_worker)
        try:
            if run_worker:
                wait_until(lambda: (look := desk.snapshot) is not None and bool(look.workers))
            yield desk
        finally:
            desk.close(10.0)


@contextmanager
def another_worker(data_dir: Path, *, only: str | None = None) -> Iterator[int]:
    """Run `main.py worker` on a data dir that a desk owns, for all consumers or for one; gives its process id."""
    command = [*program().command, "--data-dir", str(data_dir), "worker"]
    with subprocess.Popen(
        [*command, *(() if only is None else ("--only", only))], stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def wait_until(check: Callable[[], bool], *, every_s: float = 0.05) -> None:
    """Wait for what must become true.

    Raises:
        TimeoutError: it didn't within minutes.
    """
    pause = threading.Event()
    deadline = time.monotonic() + _PATIENCE_S
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not true within {_PATIENCE_S:g} s")
        pause.wait(every_s)


def pause_all(desk: Desk, names: Sequence[str] = NAMES) -> None:
    """Pause all consumers, or some, and wait until the worker has obeyed."""
    versions = {name: desk.pause(name, by="bench") for name in names}
    wait_until(lambda: versions.items() <= _obeyed(desk).items())


def resume_all(desk: Desk, names: Sequence[str] = NAMES) -> None:
    """Resume all consumers, or some."""
    for name in names:
        desk.resume(name, by="bench")


def _look(desk: Desk) -> Snapshot | None:
    """Give the newest picture; an attached desk takes one."""
    return desk.snapshot if desk.owns else desk.look()


def _obeyed(desk: Desk) -> dict[str, int | None]:
    look = _look(desk)
    return {} if look is None else {health.name: health.obeyed_version for health in look.consumers}


def lags(desk: Desk) -> dict[str, int | None]:
    """Give each consumer's lag, by the newest picture."""
    look = _look(desk)
    return {} if look is None else {health.name: health.lag for health in look.consumers}


def is_published(desk: Desk, total: int) -> bool:
    """Tell whether the broker has so many events."""
    look = _look(desk)
    return look is not None and sum(partition.published for partition in look.partitions) >= total
