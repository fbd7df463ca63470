"""The trace command: what became of a link, an event or an act, as lanes of text."""

from typing import Annotated

import typer

from core.commands.context import call_of, console, print_json
from core.commands.trace_texts import trace_lines, trace_object
from core.operating.traces.traces import MOST_EVENTS

#: Terminals are taken to be no narrower.
_LEAST_WIDTH = 60


def add_commands(app: typer.Typer) -> None:
    """Add it to the program."""
    app.command()(trace)


def trace(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="ID", help="A link's slug or id, an event id or a trace id.")
    ],
    count: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many events, the first and the newest.")
    ] = MOST_EVENTS,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what became of a link, an event or a trace, with a lane for each who deals with it."""
    with call_of(context).desk() as desk:
        found = desk.reading_room.traces.follow(name, most=count)
    if as_json:
        print_json(trace_object(found))
        return
    for line in trace_lines(found, width=max(_LEAST_WIDTH, console.width)):
        console.print(line, markup=False)
