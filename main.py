"""The one entry: puts the program together, and hands over to the window or to a command."""

import sys
from pathlib import Path

from consumers import NAMES, build_consumers
from core.commands.app import build_app
from core.commands.context import Call
from core.operating.desk import Desk
from core.operating.program import Program
from core.operating.snapshot import Snapshot


def open_window(call: Call) -> int:
    """Open the window, or do its main job in the terminal where there is no display."""
    from core.commands.terminal import has_display, show_in_terminal

    if not has_display():
        return show_in_terminal(call, _draw_window)
    from gui.application import run_window

    return run_window(call.settings, call.program)


def _draw_window(desk: Desk, snapshot: Snapshot, file: Path) -> None:
    from gui.offscreen import draw_window

    draw_window(desk, snapshot, file)


def run_bench(as_json: bool, only: list[str]) -> int:
    """Measure; lives beside the tests, since it drives all parts at once."""
    from tests.bench.run import run

    return run(as_json=as_json, only=only)


def main() -> None:
    """Run the command line."""
    program = Program(
        command=(sys.executable, str(Path(__file__).resolve())),
        consumers=NAMES,
        build_consumers=build_consumers,
    )
    build_app(program, open_window=open_window, run_bench=run_bench)()


if __name__ == "__main__":
    main()
