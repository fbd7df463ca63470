"""The window's rows with many links: page_open, tail_tick, tail_repaint, tail_memory.

One session with the real window, as in `tests.bench.windows`, in whose databases 100,000 links have been made and dealt
with by the consumers.

page_open: from the wish to the frame that shows what was read first, for every page, the first time and again; the slowest
counts (`shown_ms` of `tests.bench.page_opening`, which tells the rest as well). Nothing else happens meanwhile.
tail_tick, tail_repaint: as window_tick and window_repaint, on the Events page, which follows what comes; then as many links
again are drained by five consumers, and links are created at 200/s.
tail_memory: how much the window's process grows while that goes on, for a minute or for `MINUTES`. The beginning, in which
the list fills up, doesn't count: yardstick is the size after a quarter of the time, a minute at most.
"""

import os
import statistics
import time
from typing import Any

from consumers import NAMES
from core.operating.desk import Desk
from tests.bench.displays import display
from tests.bench.draining import fill
from tests.bench.measuring import Result, latencies
from tests.bench.offering import RATE, offer, target_url
from tests.bench.places import folder, lags, pause_all, program, resume_all, settings_for, wait_until
from tests.bench.window_process import WindowProcess, open_window
from tests.bench.window_series import judge_repaints, judge_ticks, wait_for_the_slowest, watch, watched_s

_MEGABYTE = 1_000_000
#: Where the Events page stands in the rail.
_EVENTS = 3
_MINUTE_S = 60.0
#: Links created between two looks at the window's size.
_BLOCK = 5 * RATE
#: How long the window's thread is profiled, in seconds.
_PROFILE_S = 3
_SLOWEST_PAGE_MS = 200
_MOST_GROWTH_MB = 10.0


def window_with_links(
    *, count: int = 100_000, seconds: float = 6.0, minutes: float | None = None
) -> dict[str, Result]:
    """Measure all in one session; `minutes` of live tail, or those of the environment."""
    lasts_s = _MINUTE_S * (float(os.environ.get("MINUTES") or 1) if minutes is None else minutes)
    with (
        display() as (where, environment),
        folder() as data_dir,
        open_window(data_dir, environment) as (window, _),
    ):
        desk = Desk.attach(settings_for(data_dir), program=program())
        wait_until(lambda: set(lags(desk)) == set(NAMES) and bool(desk.look().workers))
        fill(desk, count)
        shown = {"display": where, "runs": 1, "links": count, "lag_when_opened": wait_for_the_slowest(desk)}
        results = {"page_open": _open_pages(window, shown)}
        results.update(_follow(window, desk, count, seconds, {"display": where, "runs": 1}))
        results["tail_memory"] = judge_growth(_sizes(window, desk, lasts_s), {"display": where, "runs": 1})
        desk.close()
    return results


def _open_pages(window: WindowProcess, shown: dict[str, Any]) -> Result:
    window.order("pages")
    pages: dict[str, dict[str, float]] = window.answer("pages")
    shown_ms = {
        (title, which): times[f"{which}_shown_ms"]
        for title, times in pages.items()
        for which in ("first", "again")
        if f"{which}_shown_ms" in times
    }
    slowest = max(shown_ms, key=lambda which: shown_ms[which])
    result = Result(
        ours=shown_ms[slowest],
        yardstick=None,
        unit="ms",
        bar=f"each < {_SLOWEST_PAGE_MS} ms",
        met=shown_ms[slowest] < _SLOWEST_PAGE_MS,
        figures={"slowest": " ".join(slowest), "pages": pages, **shown},
    )
    if not result.met:
        result.figures["profile"] = [
            f"{taken:7.1f} ms  {' '.join(which)}" for which, taken in shown_ms.items()
        ]
    return result


def _follow(
    window: WindowProcess, desk: Desk, count: int, seconds: float, shown: dict[str, Any]
) -> dict[str, Result]:
    """Measure ticks and repaints with the Events page open: at rest, then while as many links again are drained."""
    window.order(f"go {_EVENTS}")
    assert window.answer("go") == _EVENTS
    rest = watch(window, seconds)
    pause_all(desk)
    fill(desk, count)
    resume_all(desk)
    wait_until(lambda: min(lag or 0 for lag in lags(desk).values()) < count)
    window.order(f"create {watched_s(seconds) + 2}")
    busy = watch(window, seconds)
    shown = {**shown, "create_beside_it": latencies(window.answer("create"))}
    results = {"tail_tick": judge_ticks(rest, busy, shown), "tail_repaint": judge_repaints(rest, busy, shown)}
    if not all(result.met for result in results.values()):
        window.order(f"profile {_PROFILE_S}")
        profile = window.answer("profile")
        for result in results.values():
            if not result.met:
                result.figures["profile"] = profile
    return results


def _sizes(window: WindowProcess, desk: Desk, lasts_s: float) -> list[tuple[float, float]]:
    """Create links at the steady rate; gives the window's size in megabytes every few seconds, with the second."""
    began = time.monotonic()
    sizes: list[tuple[float, float]] = []
    while (passed := time.monotonic() - began) < lasts_s or len(sizes) < 2:
        sizes.append((passed, window.process.memory_info().rss / _MEGABYTE))
        # In this process: whatever it keeps is not the window's.
        offer(lambda number: desk.create_link(target_url(number)), _BLOCK)
    sizes.append((time.monotonic() - began, window.process.memory_info().rss / _MEGABYTE))
    return sizes


def judge_growth(sizes: list[tuple[float, float]], shown: dict[str, Any]) -> Result:
    """Hold the growth of (second, megabytes) against the bar; the first quarter, a minute at most, doesn't count."""
    first_at = min(_MINUTE_S, sizes[-1][0] / 4)
    first = next(size for at, size in sizes if at >= first_at)
    last = statistics.median(size for _, size in sizes[-3:])
    growth = last - first
    result = Result(
        ours=last,
        yardstick=first,
        unit="MB",
        bar=f"grows by < {_MOST_GROWTH_MB:g} MB",
        met=growth < _MOST_GROWTH_MB,
        figures={
            "growth_mb": growth,
            "at_start_mb": sizes[0][1],
            "most_mb": max(size for _, size in sizes),
            "minutes": sizes[-1][0] / _MINUTE_S,
            **shown,
        },
    )
    if not result.met:
        step = max(1, len(sizes) // 20)
        result.figures["profile"] = [f"{at:7.0f} s  {size:6.1f} MB" for at, size in sizes[::step]]
    return result
