"""What a window's probe sees over some seconds, and how it is judged: at rest, and while others work."""

import threading
import time
from dataclasses import dataclass

from core.operating.desk import Desk
from tests.bench.measuring import Result, latencies
from tests.bench.places import lags
from tests.bench.window_process import WindowProcess

#: Repaints come ten times a second and ticks sixty times: they are looked at for so much longer, since of sixty samples the
#: 99th percentile is the longest, which chance decides.
_LONGER = 3
#: Longest wait for the slowest consumer, in seconds.
_DRAIN_S = 45.0


@dataclass(frozen=True, slots=True)
class Series:
    """What the probe saw, in milliseconds."""

    ticks: list[float]
    repaints: list[float]


def watch(window: WindowProcess, seconds: float) -> Series:
    """Look at ticks for so long, then at repaints for three times as long: `watched_s` in all."""
    series = {}
    for word, lasts_s in (("tick", seconds), ("repaint", _LONGER * seconds)):
        window.order(f"{word} {lasts_s}")
        series[word] = window.answer(word)
    return Series(series["tick"], series["repaint"])


def watched_s(seconds: float) -> float:
    """Give how long `watch` takes, in seconds."""
    return (1 + _LONGER) * seconds


def wait_for_the_slowest(desk: Desk) -> dict[str, int | None]:
    """Wait until all is drained or time is up; gives what lag is left."""
    pause, until = threading.Event(), time.monotonic() + _DRAIN_S
    while any(lags(desk).values()) and time.monotonic() < until:
        pause.wait(0.5)
    return lags(desk)


def judge_ticks(rest: Series, busy: Series, shown: dict[str, object]) -> Result:
    """Hold the lateness under load against the bar; the same at rest stands beside it."""
    figures, at_rest = latencies(busy.ticks), latencies(rest.ticks)
    return Result(
        ours=figures["p99_ms"],
        yardstick=at_rest["p99_ms"],
        unit="ms",
        bar="p99_ms < 16",
        met=figures["p99_ms"] < 16,
        figures={**figures, "at_rest_max_ms": at_rest["max_ms"], **shown},
    )


def judge_repaints(rest: Series, busy: Series, shown: dict[str, object]) -> Result:
    """Hold repaints under load against the same at rest, and against the bar."""
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
