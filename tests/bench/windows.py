"""The window's rows: start, window_idle, window_tick, window_repaint, memory.

The window is the real one, started by main.py as a process of its own on the display that there is (the caller's,
else a private Xvfb, else offscreen), with its broker and its worker as children; a probe in its thread measures
(`tests.bench.window_probe`). Load is that of `create_under_drain`: a backlog of links in the broker, five consumers
that drain it, and links created at 200/s by a thread of the window's process.

start: from the start of the process to the first frame that shows a ready broker, on a data dir that was open before.
Yardstick: a process that shows an empty window of bare Qt. In turn.
window_tick, window_repaint: the same figure at rest is the yardstick.
"""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from consumers import NAMES
from core.operating.desk import Desk
from tests.bench.displays import display
from tests.bench.draining import fill
from tests.bench.measuring import Result, latencies, spread
from tests.bench.places import ROOT, folder, lags, pause_all, program, resume_all, settings_for, wait_until
from tests.bench.window_process import WindowProcess, open_window

_MEGABYTE = 1_000_000
#: How long a window that has just opened is left alone, in seconds.
_SETTLE_S = 3.0
#: Longest wait for the slowest consumer before memory is read, in seconds.
_DRAIN_S = 60.0


def start(*, rounds: int = 5) -> dict[str, Result]:
    """Measure the start, after one that warms up."""
    ours: list[dict[str, float]] = []
    bare: list[float] = []
    with display() as (where, environment), folder() as data_dir:
        for number in range(rounds + 1):
            with open_window(data_dir, environment) as (_, marks):
                pass
            seconds = _bare_start(environment)
            if number:
                ours.append(marks)
                bare.append(seconds)
    parts = {mark: statistics.median(marks[mark] for marks in ours) for mark in ours[0]}
    runs = [marks["live frame"] for marks in ours]
    result = Result(
        ours=statistics.median(runs),
        yardstick=statistics.median(bare),
        unit="s",
        bar="< 1.5 s",
        met=statistics.median(runs) < 1.5,
        figures={"runs": rounds, "spread": spread(runs), "seconds_until": parts, "display": where},
    )
    if not result.met:
        result.figures["profile"] = [f"{seconds:6.3f} s  {mark}" for mark, seconds in parts.items()]
    return {"start": result}


def _bare_start(environment: Mapping[str, str]) -> float:
    began = time.time()
    command = [sys.executable, "-m", "tests.bench.bare_window_program"]
    said = subprocess.run(
        command, cwd=ROOT, env=dict(environment), stdout=subprocess.PIPE, text=True, check=True
    )
    return float(said.stdout) - began


def window_idle(*, seconds: float = 10.0) -> dict[str, Result]:
    """Measure the processor time of a window that nobody touches; its consumers have nothing to do."""
    pause = threading.Event()
    with (
        display() as (where, environment),
        folder() as data_dir,
        open_window(data_dir, environment) as (window, _),
    ):
        pause.wait(_SETTLE_S)
        shares = []
        for _ in range(2):
            before, began = _processor_s(window.process), time.monotonic()
            pause.wait(seconds / 2)
            shares.append((_processor_s(window.process) - before) / (time.monotonic() - began) * 100)
    share = statistics.mean(shares)
    result = Result(
        ours=share,
        yardstick=None,
        unit="% of a core",
        bar="< 3 %",
        met=share < 3,
        figures={"runs": len(shares), "spread": spread(shares), "seconds": seconds, "display": where},
    )
    return {"window_idle": result}


def _processor_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@dataclass(frozen=True, slots=True)
class _Series:
    """What the probe saw, in milliseconds."""

    ticks: list[float]
    repaints: list[float]


@dataclass(frozen=True, slots=True)
class _Memory:
    """Resident megabytes of window, worker and broker."""

    window: float
    worker: float
    broker: float


def window_under_drain(*, count: int = 100_000, seconds: float = 8.0) -> dict[str, Result]:
    """Measure ticks, repaints and memory in one session: at rest, then while `count` links are drained."""
    with (
        display() as (where, environment),
        folder() as data_dir,
        open_window(data_dir, environment) as (window, _),
    ):
        desk = Desk.attach(settings_for(data_dir), program=program())
        wait_until(lambda: set(lags(desk)) == set(NAMES) and bool(desk.look().workers))
        rest, memory = _watch(window, seconds), [_memory(window, desk)]
        pause_all(desk)
        fill(desk, count)
        resume_all(desk)
        wait_until(lambda: min(lag or 0 for lag in lags(desk).values()) < count)
        window.order(f"create {2 * seconds + 2}")
        busy = _watch(window, seconds)
        created = latencies(window.answer("create"))
        left = _wait_for_the_slowest(desk)
        memory.append(_memory(window, desk))
        desk.close()
    shown = {"display": where, "runs": 1}
    return {
        "window_tick": _judge_ticks(rest, busy, shown),
        "window_repaint": _judge_repaints(rest, busy, {**shown, "create_beside_it": created}),
        "memory": _judge_memory(memory, {**shown, "links": count, "lag_when_read": left}),
    }


def _watch(window: WindowProcess, seconds: float) -> _Series:
    series = {}
    for word in ("tick", "repaint"):
        window.order(f"{word} {seconds}")
        series[word] = window.answer(word)
    return _Series(series["tick"], series["repaint"])


def _memory(window: WindowProcess, desk: Desk) -> _Memory:
    worker = desk.look().workers[0].pid
    broker = next(child for child in window.process.children() if child.pid != worker)
    sizes = (
        process.memory_info().rss / _MEGABYTE for process in (window.process, psutil.Process(worker), broker)
    )
    return _Memory(*sizes)


def _wait_for_the_slowest(desk: Desk) -> dict[str, int | None]:
    """Wait until all is drained or time is up; gives what lag is left."""
    pause, until = threading.Event(), time.monotonic() + _DRAIN_S
    while any(lags(desk).values()) and time.monotonic() < until:
        pause.wait(0.5)
    return lags(desk)


def _judge_ticks(rest: _Series, busy: _Series, shown: dict[str, object]) -> Result:
    figures, at_rest = latencies(busy.ticks), latencies(rest.ticks)
    return Result(
        ours=figures["p99_ms"],
        yardstick=at_rest["p99_ms"],
        unit="ms",
        bar="p99_ms < 16",
        met=figures["p99_ms"] < 16,
        figures={**figures, "at_rest_max_ms": at_rest["max_ms"], **shown},
    )


def _judge_repaints(rest: _Series, busy: _Series, shown: dict[str, object]) -> Result:
    figures, at_rest = latencies(busy.repaints), latencies(rest.repaints)
    return Result(
        ours=figures["p99_ms"],
        yardstick=at_rest["p99_ms"],
        unit="ms",
        bar="p99 <= 2x, p99_ms < 50",
        met=figures["p99_ms"] < 50 and figures["p99_ms"] <= 2 * at_rest["p99_ms"],
        figures={
            **figures,
            "at_rest_p50_ms": at_rest["p50_ms"],
            "at_rest_max_ms": at_rest["max_ms"],
            **shown,
        },
    )


def _judge_memory(readings: list[_Memory], shown: dict[str, object]) -> Result:
    first, last = readings
    most = {
        name: max(getattr(reading, name) for reading in readings) for name in ("window", "worker", "broker")
    }
    return Result(
        ours=last.window,
        yardstick=first.window,
        unit="MB",
        bar="window < 150, worker < 120, broker < 150 MB",
        met=most["window"] < 150 and most["worker"] < 120 and most["broker"] < 150,
        figures={
            "at_start_mb": {"window": first.window, "worker": first.worker, "broker": first.broker},
            "after_links_mb": {"window": last.window, "worker": last.worker, "broker": last.broker},
            **shown,
        },
    )
