"""The window's rows while the consumers drain: window_tick, window_repaint, memory.

One session with the real window, as in `tests.bench.windows`. Load is that of `create_under_drain`: a backlog of links
in the broker, five consumers that drain it, and links created at 200/s by a thread of the window's process, which
relays them as well.

window_tick: lateness of a 16 ms timer in the window's thread. window_repaint: one repaint of the whole Overview, at
once. For both the same figure at rest is the yardstick. memory: resident size, shared pages of libraries included;
its yardstick is the size at the start.
"""

from dataclasses import dataclass

import psutil

from consumers import NAMES
from core.operating.desk import Desk
from tests.bench.displays import display
from tests.bench.draining import fill
from tests.bench.measuring import Result, latencies
from tests.bench.offering import offer, target_url
from tests.bench.places import folder, lags, pause_all, program, resume_all, settings_for, wait_until
from tests.bench.window_process import WindowProcess, open_window
from tests.bench.window_series import judge_repaints, judge_ticks, wait_for_the_slowest, watch, watched_s

_MEGABYTE = 1_000_000
#: Links that the Overview shows before anything is measured.
_SHOWN = 50
#: How long the window's thread is profiled, in seconds.
_PROFILE_S = 3


@dataclass(frozen=True, slots=True)
class _Memory:
    """Resident megabytes of window, worker and broker."""

    window: float
    worker: float
    broker: float


def window_under_drain(*, count: int = 100_000, seconds: float = 6.0) -> dict[str, Result]:
    """Measure ticks, repaints and memory in one session: at rest, then while `count` links are drained."""
    with (
        display() as (where, environment),
        folder() as data_dir,
        open_window(data_dir, environment) as (window, begun),
    ):
        desk = Desk.attach(settings_for(data_dir), program=program())
        wait_until(lambda: set(lags(desk)) == set(NAMES) and bool(desk.look().workers))
        # The same page at rest and under load: with a feed and journeys, not the empty one of a first start.
        offer(lambda number: desk.create_link(target_url(number)), _SHOWN)
        wait_until(lambda: not any(lags(desk).values()))
        rest, memory = watch(window, seconds), [_memory(window, desk)]
        pause_all(desk)
        fill(desk, count)
        resume_all(desk)
        wait_until(lambda: min(lag or 0 for lag in lags(desk).values()) < count)
        window.order(f"create {watched_s(seconds) + 2}")
        busy = watch(window, seconds)
        created = latencies(window.answer("create"))
        window.order(f"profile {_PROFILE_S}")
        profile = window.answer("profile")
        left = wait_for_the_slowest(desk)
        memory.append(_memory(window, desk))
        desk.close()
    shown = {"display": where, "runs": 1}
    results = {
        "window_tick": judge_ticks(rest, busy, shown),
        "window_repaint": judge_repaints(rest, busy, {**shown, "create_beside_it": created}),
        "memory": _judge_memory(memory, {**shown, "links": count, "lag_when_read": left}),
    }
    by_mark = [f"{megabytes:6.1f} MB  window, {name}" for name, megabytes in begun.megabytes.items()]
    for name, result in results.items():
        if not result.met:
            result.figures["profile"] = by_mark if name == "memory" else profile
    return results


def _memory(window: WindowProcess, desk: Desk) -> _Memory:
    worker = desk.look().workers[0].pid
    broker = next(child for child in window.process.children() if child.pid != worker)
    sizes = (
        process.memory_info().rss / _MEGABYTE for process in (window.process, psutil.Process(worker), broker)
    )
    return _Memory(*sizes)


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
