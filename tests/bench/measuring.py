"""What a measurement answers, and the arithmetic and profiles that all of them share. Measures nothing itself."""

import cProfile
import io
import pstats
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_PROFILE_LINES = 15
#: Where libraries are installed says nothing about where time goes.
_LIBRARY = re.compile(r"\S*/lib/python[\d.]+/(site-packages/)?")


@dataclass(frozen=True, slots=True)
class Result:
    """One measured bar. `ratio` is ours / yardstick; both in `unit`. `figures` are what stands behind it."""

    ours: float
    yardstick: float | None
    unit: str
    #: The bar in words, such as "p99_ms < 10".
    bar: str
    met: bool
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Ours / yardstick; None where the bar is an absolute figure."""
        return None if not self.yardstick else self.ours / self.yardstick

    def to_json(self) -> dict[str, Any]:
        """Give the result as it is printed with --json."""
        return {
            "ours": _short(self.ours),
            "yardstick": _short(self.yardstick),
            "ratio": _short(self.ratio),
            "bar": self.bar,
            "met": self.met,
            "unit": self.unit,
            **{name: _short(value) for name, value in self.figures.items()},
        }


def _short(value: Any) -> Any:
    """Round to four significant digits, however deep."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, list | tuple):
        return [_short(one) for one in value]
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items()}
    return value


def percentile(values: Sequence[float], percent: float) -> float:
    """Give the value that `percent` of all values don't exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def spread(runs: Sequence[float]) -> float:
    """Give the distance of the extremes as a share of the median."""
    middle = statistics.median(runs)
    return (max(runs) - min(runs)) / middle if middle else 0.0


def latencies(values: Sequence[float]) -> dict[str, Any]:
    """Sum up durations in milliseconds."""
    return {
        "p50_ms": percentile(values, 50),
        "p95_ms": percentile(values, 95),
        "p99_ms": percentile(values, 99),
        "max_ms": max(values),
        "samples": len(values),
    }


def compare(
    ours: Sequence[float], yardstick: Sequence[float], *, unit: str, bar: str, met: Callable[[float], bool]
) -> Result:
    """Compare two series of interleaved runs by their medians; `met` judges ours / yardstick."""
    mine, other = statistics.median(ours), statistics.median(yardstick)
    return Result(
        ours=mine,
        yardstick=other,
        unit=unit,
        bar=bar,
        met=met(mine / other),
        figures={
            "runs": len(ours),
            "spread": spread(ours),
            "yardstick_spread": spread(yardstick),
            "all_runs": list(ours),
            "all_yardstick_runs": list(yardstick),
        },
    )


def with_profile(result: Result, work: Callable[[], object]) -> Result:
    """Add where the time goes to a result that missed its bar; `work` is then done once more."""
    if not result.met:
        result.figures["profile"] = profile(work)
    return result


def profile(work: Callable[[], object]) -> list[str]:
    """Do some work in this thread, and give the lines that cost most by themselves."""
    profiler = cProfile.Profile()
    profiler.runcall(work)
    return profile_lines(profiler)


def profile_lines(profiler: cProfile.Profile) -> list[str]:
    """Give the lines of a profile that cost most by themselves."""
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(_PROFILE_LINES)
    lines = (line.strip().replace(f"{_ROOT}/", "") for line in text.getvalue().splitlines())
    return [_LIBRARY.sub("", line) for line in lines if line]
