"""The watch command: consumers and journeys as a live table, also over ssh."""

import json
import sys
import threading
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.text import Text

from core.commands.context import call_of, console, end_on_signals, failing_in_order, log_to_file_of
from core.commands.dead_texts import plain
from core.commands.fitting import wrapped
from core.commands.operate import status_object
from core.commands.tables import consumer_table, errors, headline, journey_table, notice_lines
from core.operating.desk import Desk
from core.operating.monitor import REFRESH_HZ
from core.operating.snapshot import Snapshot

_BETWEEN_PICTURES_S = 1 / REFRESH_HZ


def add_commands(app: typer.Typer) -> None:
    """Add them to the program."""
    app.command()(watch)


def watch(
    context: typer.Context,
    seconds: Annotated[float | None, typer.Option("--for", help="End after so many seconds.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line, each second.")
    ] = False,
) -> None:
    """Watch the consumers live; runs broker, relay and a worker itself if nobody does. Ctrl+C ends it."""
    call = call_of(context)
    end_on_signals()
    log_to_file_of(call, "desk")
    # Who only looks starts nothing.
    opened = call.desk() if call.settings.read_only else call.running_desk(run_worker=True)
    with failing_in_order(), opened as desk:
        if as_json:
            _print_objects(desk, seconds)
        else:
            # Nobody at the terminal: one look after a moment, then end.
            show_live(desk, seconds if seconds is not None or sys.stdout.isatty() else 2.0)


def picture(desk: Desk) -> Snapshot:
    """Give the newest picture, whether the desk takes them by itself or not."""
    if not desk.owns:
        return desk.look()
    waiting = threading.Event()
    while (snapshot := desk.snapshot) is None:
        waiting.wait(0.02)
    return snapshot


def show_live(desk: Desk, seconds: float | None) -> None:
    """Show the table until Ctrl+C or so many seconds."""
    try:
        with Live(console=console, auto_refresh=False, transient=False) as live:
            for snapshot in _pictures(desk, seconds):
                live.update(_view(snapshot), refresh=True)
    except KeyboardInterrupt:
        pass
    console.print()


def _pictures(desk: Desk, seconds: float | None, every_s: float = _BETWEEN_PICTURES_S) -> Iterator[Snapshot]:
    waiting = threading.Event()
    shown = 0.0
    while seconds is None or shown <= seconds:
        yield picture(desk)
        waiting.wait(every_s)
        shown += every_s


def _view(snapshot: Snapshot) -> Group:
    return Group(
        *_lines(headline(snapshot)),
        Text(),
        journey_table(snapshot, console.width),
        Text(),
        consumer_table(snapshot, console.width),
        Text(),
        *_lines([*notice_lines(snapshot), *errors(snapshot)], style="red"),
    )


def _lines(lines: list[str], style: str = "") -> list[Text]:
    """Break what is longer than the terminal is wide: a live view can't go on in the next line by itself."""
    return [Text(part, style=style) for line in lines for part in wrapped(plain(line), console.width)]


def _print_objects(desk: Desk, seconds: float | None) -> None:
    try:
        for snapshot in _pictures(desk, seconds, every_s=1.0):
            sys.stdout.write(json.dumps(status_object(snapshot)) + "\n")
            sys.stdout.flush()
    except (KeyboardInterrupt, BrokenPipeError):
        return
