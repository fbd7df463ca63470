"""Runs the measurements by name, and prints a table or JSON. What each one measures stands in its own file."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import psutil
from rich.console import Console
from rich.table import Table

from tests.bench.consuming import drain_one
from tests.bench.creating import create_idle
from tests.bench.draining import create_under_drain
from tests.bench.drawing import qr
from tests.bench.five import drain_five
from tests.bench.following import commit_to_effect
from tests.bench.ledgering import ledger
from tests.bench.measuring import Result
from tests.bench.outages import broker_killed, catch_up
from tests.bench.poisoning import poison
from tests.bench.publishing import publish
from tests.bench.window_drain import window_under_drain
from tests.bench.window_live import window_with_links
from tests.bench.windows import start, window_idle
from tests.bench.workers import two_workers, worker_killed

_EXIT_USAGE = 2


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measuring run, which may answer several names at once."""

    names: tuple[str, ...]
    measure: Callable[[], Mapping[str, Result]]


MEASUREMENTS = (
    Measurement(("create_idle",), create_idle),
    Measurement(("qr",), qr),
    Measurement(("publish",), publish),
    Measurement(("drain_one",), drain_one),
    Measurement(("commit_to_effect",), commit_to_effect),
    Measurement(("drain_five",), drain_five),
    Measurement(("create_under_drain",), create_under_drain),
    Measurement(("ledger",), ledger),
    Measurement(("poison",), poison),
    Measurement(("two_workers",), two_workers),
    Measurement(("worker_killed",), worker_killed),
    Measurement(("broker_killed",), broker_killed),
    Measurement(("catch_up",), catch_up),
    Measurement(("start",), start),
    Measurement(("window_idle",), window_idle),
    Measurement(("window_tick", "window_repaint", "memory"), window_under_drain),
    Measurement(("page_open", "tail_tick", "tail_repaint", "tail_memory"), window_with_links),
)


def run(*, as_json: bool, only: list[str]) -> int:
    """Measure everything, or only the named; gives the exit code: 0 measured, 2 an unknown name.

    A missed bar is no failure of the measurement: it is told by `met`, with a profile.
    """
    known = [name for measurement in MEASUREMENTS for name in measurement.names]
    unknown = [name for name in only if name not in known]
    if unknown:
        print(
            f"signalbox: no measurement {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr
        )
        return _EXIT_USAGE
    _forget_settings()
    results = dict(_measure(only or known))
    if as_json:
        json.dump(results, sys.stdout, indent=2)
        print()
    else:
        _print_table(results)
    return 0


def _forget_settings() -> None:
    """Measure the defaults, whatever the caller's environment says, and leave his data dir alone."""
    for name in [name for name in os.environ if name.startswith("SIGNALBOX_")]:
        del os.environ[name]


def _measure(wanted: list[str]) -> Iterator[tuple[str, dict[str, object]]]:
    progress = Console(stderr=True)
    for measurement in MEASUREMENTS:
        names = [name for name in measurement.names if name in wanted]
        if not names:
            continue
        load = psutil.getloadavg()[0]
        with progress.status(f"measuring {', '.join(names)} ..."):
            answers = measurement.measure()
        for name in names:
            # Others at work on the machine move every absolute figure: the reader shall see them.
            yield name, {**answers[name].to_json(), "load_before": round(load, 1)}


def _print_table(results: Mapping[str, Mapping[str, object]]) -> None:
    table = Table("name", "ours", "yardstick", "ratio", "unit", "bar", "met", "runs", "spread")
    for name, answer in results.items():
        cells = [_cell(answer.get(key)) for key in ("ours", "yardstick", "ratio", "unit", "bar")]
        met = "yes" if answer["met"] else "[red]no[/red]"
        table.add_row(name, *cells, met, _cell(answer.get("runs")), _cell(answer.get("spread")))
    console = Console()
    console.print(table)
    for name, answer in results.items():
        if lines := answer.get("profile"):
            assert isinstance(lines, list)
            console.print(f"\n{name}: where the time goes", *lines, sep="\n  ", markup=False, highlight=False)


def _cell(value: object) -> str:
    return "" if value is None else str(value)
