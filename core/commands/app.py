"""The commands of main.py, put together; global options come before the command's name."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.commands import (
    backup,
    dead,
    endpoints,
    event_republish,
    events,
    fault,
    journal,
    ledger,
    link_export,
    links,
    operate,
    parked,
    partitions,
    rebuild,
    streams,
    trace,
    watch,
    why,
    worker,
)
from core.commands.context import Call, failing_in_order
from core.operating.program import Program
from core.settings import Colour, Settings


def build_app(
    program: Program, *, open_window: Callable[[Call], int], run_bench: Callable[[bool, list[str]], int]
) -> typer.Typer:
    """Build the command line; `open_window` is what happens without a command."""
    app = typer.Typer(
        name="signalbox",
        help="Operate a short-link service built on events. Without a command the window opens.",
        no_args_is_help=False,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback(invoke_without_command=True)
    def begin(
        context: typer.Context,
        data_dir: Annotated[
            Path | None, typer.Option(help="Where everything is kept.", envvar="SIGNALBOX_DATA_DIR")
        ] = None,
        broker: Annotated[
            str | None, typer.Option(help="URL of an external Valkey or Redis.", envvar="SIGNALBOX_BROKER")
        ] = None,
        database: Annotated[
            str | None, typer.Option(help="URL of an external PostgreSQL.", envvar="SIGNALBOX_DATABASE")
        ] = None,
        read_only: Annotated[
            bool,
            typer.Option(
                "--read-only", help="Look at everything, change nothing.", envvar="SIGNALBOX_READ_ONLY"
            ),
        ] = False,
        name: Annotated[
            str | None, typer.Option(help="What the window calls this installation.", envvar="SIGNALBOX_NAME")
        ] = None,
        colour: Annotated[
            Colour | None, typer.Option(help="The colour of that name.", envvar="SIGNALBOX_COLOUR")
        ] = None,
    ) -> None:
        with failing_in_order():
            settings = Settings.load(
                data_dir=data_dir,
                broker=broker or None,
                database=database or None,
                read_only=read_only or None,
                name=name,
                colour=colour,
            )
        context.obj = Call(settings, program)
        if context.invoked_subcommand is None:
            with failing_in_order():
                raise typer.Exit(open_window(context.obj))

    @app.command()
    def bench(
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
        only: Annotated[list[str] | None, typer.Option(help="Only the named measurements.")] = None,
    ) -> None:
        """Measure this program against yardsticks in the same run."""
        raise typer.Exit(run_bench(as_json, only or []))

    link_export.add_commands(links.links_app)
    event_republish.add_commands(events.app)
    for room in (links, journal, ledger, operate, watch, trace, why, worker, backup, rebuild):
        room.add_commands(app)
    app.add_typer(dead.app, name="dead")
    app.add_typer(parked.app, name="parked")
    app.add_typer(partitions.app, name="partitions")
    app.add_typer(endpoints.app, name="endpoints")
    app.add_typer(events.app, name="events")
    app.add_typer(fault.app, name="fault")
    app.add_typer(streams.app, name="streams")
    return app
