"""The window's rows where nothing happens: start, window_idle.

The window is the real one, started by main.py as a process of its own on the display that there is (the caller's,
else a private Xvfb, else offscreen), with its broker and its worker as children; a probe in its thread measures
(`tests.bench.window_probe`).

start: from the start of the process to the first frame that shows a ready broker, on a data dir that was open before.
Yardstick: a process that shows an empty window of bare Qt. In turn.
window_idle: processor time of the window's process on the Overview, which refreshes; no yardstick.
"""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping

import psutil

from tests.bench.displays import display
from tests.bench.measuring import Result, spread
from tests.bench.places import ROOT, folder
from tests.bench.window_process import Start, WindowProcess, open_window

#: How long a window that has just opened is left alone, in seconds.
_SETTLE_S = 3.0


def start(*, rounds: int = 5) -> dict[str, Result]:
    """Measure the start, after one that warms up."""
    ours: list[Start] = []
    bare: list[float] = []
    with display() as (where, environment), folder() as data_dir:
        for number in range(rounds + 1):
            with open_window(data_dir, environment) as (_, begun):
                pass
            seconds = _bare_start(environment)
            if number:
                ours.append(begun)
                bare.append(seconds)
    parts = {mark: statistics.median(begun.seconds[mark] for begun in ours) for mark in ours[0].seconds}
    runs = [begun.seconds["live frame"] for begun in ours]
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
        by_thread = _by_thread(window)
        share = statistics.mean(shares)
        result = Result(
            ours=share,
            yardstick=None,
            unit="% of a core",
            bar="< 3 %",
            met=share < 3,
            figures={"runs": len(shares), "spread": spread(shares), "seconds": seconds, "display": where},
        )
        result.figures["seconds_by_thread_since_start"] = by_thread
        if not result.met:
            window.order(f"profile {seconds}")
            result.figures["profile"] = window.answer("profile")
    return {"window_idle": result}


def _by_thread(window: WindowProcess) -> dict[str, float]:
    """Give the processor time of the window's busiest threads since its start, by name."""
    window.order("threads")
    names: dict[str, str] = window.answer("threads")
    threads = sorted(window.process.threads(), key=lambda one: one.user_time + one.system_time, reverse=True)
    return {
        names.get(str(one.id), f"thread {one.id}"): one.user_time + one.system_time for one in threads[:6]
    }


def _processor_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
