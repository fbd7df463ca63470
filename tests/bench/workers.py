"""two_workers and worker_killed: what a second worker is good for, and how soon its work is taken over.

two_workers: links lie in the broker, qr is paused; from the wish to resume until its last receipt, with one worker for
qr (a process of its own, drawing an image for each link) and with two. Yardstick: one worker. In turn.
worker_killed: links are created at 200/s on a desk with its worker as a child. A second worker joins and owns half of
the partitions; it is killed (kill -9), and then, when the child owns all again, the child. From the kill to the moment
at which every partition that the victim owned, of each of the five consumers, had a receipt by another worker. The bar
is absolute, for the slowest of all kills.
"""

import os
import signal
import sqlite3
import statistics
import time
from contextlib import suppress
from typing import Any

import psutil

from consumers import NAMES
from core.operating.desk import Desk
from tests.bench.draining import Offered, fill
from tests.bench.measuring import Result, compare, spread
from tests.bench.places import PARTITIONS, another_worker, open_desk, pause_all, resume_all, wait_until
from tests.support.exactly_once import query

_QR = "qr"
#: Links created between two looks at who serves.
_BLOCK = 50


def two_workers(*, rounds: int = 2, count: int = 10_000) -> dict[str, Result]:
    """Measure, in `rounds` pairs of drains of `count` links each."""
    one, two = [], []
    with open_desk(run_worker=False) as desk, another_worker(desk.settings.data_dir, only=_QR) as first:
        for number in range(rounds):
            wait_until(lambda: _owned(desk, first, _QR) == PARTITIONS)
            one.append(count / _drain(desk, count, 2 * number * count))
            with another_worker(desk.settings.data_dir, only=_QR):
                wait_until(lambda: _owned(desk, first, _QR) == PARTITIONS // 2)
                two.append(count / _drain(desk, count, (2 * number + 1) * count))
    result = compare(two, one, unit="links/s", bar="> 1x with two cores", met=lambda ratio: ratio > 1)
    result.figures.update(links=count, cores=psutil.cpu_count())
    if not result.met:
        result.figures["profile"] = [f"{rate:,.0f} links/s with two workers" for rate in two]
    return {"two_workers": result}


def _drain(desk: Desk, count: int, before: int) -> float:
    """Let qr draw `count` new links after `before` others; gives the seconds until its last receipt."""
    pause_all(desk, [_QR])
    fill(desk, count)
    began = time.time()
    resume_all(desk, [_QR])
    wait_until(lambda: _query(desk, _QR, "SELECT sum(position) FROM watermarks") == [(before + count,)])
    ((ended,),) = _query(desk, _QR, "SELECT max(applied_at) FROM inbox")
    return float(ended) - began


def worker_killed(*, rounds: int = 2) -> dict[str, Result]:
    """Measure, in `rounds` kills of one of two workers and as many of the only one."""
    of_two, only = [], []
    with open_desk(run_worker=True) as desk:
        for _ in range(rounds):
            with another_worker(desk.settings.data_dir) as pid:
                wait_until(lambda: _owns_of_each(desk, pid, PARTITIONS // 2))
                of_two.append(_kill(desk, pid))
            wait_until(lambda: _owns_of_each(desk, desk.worker_pid, PARTITIONS))
            assert desk.worker_pid is not None
            only.append(_kill(desk, desk.worker_pid))
    kills = [*of_two, *only]
    worst = max(kills)
    return {
        "worker_killed": Result(
            ours=worst,
            yardstick=None,
            unit="s",
            bar="< 5 s",
            met=worst < 5,
            figures={
                "runs": len(kills),
                "spread": spread(kills),
                "median_s": statistics.median(kills),
                "one_of_two_s": of_two,
                "the_only_one_s": only,
                **({} if worst < 5 else {"profile": [f"{seconds:.2f} s" for seconds in kills]}),
            },
        )
    }


def _kill(desk: Desk, pid: int) -> float:
    """Kill a worker while links are created; gives the seconds until others serve all that it had served."""
    victim = _worker_id(desk, pid)
    served = {
        (name, number)
        for name in NAMES
        for (number,) in _query(desk, name, f"SELECT partition FROM watermarks WHERE owner = '{victim}'")
    }
    offered = Offered()
    offered.offer(desk, _BLOCK)
    os.kill(pid, signal.SIGKILL)
    killed_at, again = time.time(), dict[tuple[str, int], float]()
    while not served <= again.keys():
        offered.offer(desk, _BLOCK)
        again = _served_since(desk, killed_at, victim)
    return max(again[place] for place in served) - killed_at


def _served_since(desk: Desk, since: float, victim: str) -> dict[tuple[str, int], float]:
    """Give when each consumer's partitions had their first receipt by somebody else."""
    sql = (
        "SELECT partition, min(applied_at) FROM inbox "
        f"WHERE applied_at > {since} AND worker != '{victim}' GROUP BY partition"
    )
    return {(name, number): at for name in NAMES for number, at in _query(desk, name, sql)}


def _owned(desk: Desk, pid: int | None, name: str) -> int:
    """Give how many partitions of a consumer a worker owns."""
    owner = None if pid is None else _worker_id(desk, pid)
    rows = _query(desk, name, f"SELECT count(*) FROM watermarks WHERE owner = '{owner}'")
    return sum(count for (count,) in rows)


def _owns_of_each(desk: Desk, pid: int | None, count: int) -> bool:
    return all(_owned(desk, pid, name) == count for name in NAMES)


def _worker_id(desk: Desk, pid: int) -> str:
    """Give the name of the worker in a process; empty until it has been heard of."""
    look = desk.snapshot
    found = [] if look is None else [worker.worker_id for worker in look.workers if worker.pid == pid]
    return found[0] if found else ""


def _query(desk: Desk, name: str, sql: str) -> list[tuple[Any, ...]]:
    """Ask one of the databases; nothing when its consumer has never run."""
    with suppress(sqlite3.OperationalError):
        return query(desk.settings.data_dir, name, sql)
    return []
