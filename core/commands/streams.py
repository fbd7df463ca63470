"""Commands on the streams in the broker: rebuild."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from core.commands.context import (
    EXIT_USAGE,
    call_of,
    console,
    fail,
    failing_in_order,
    print_json,
    refuse_where_read_only,
)
from core.operating.actor import actor
from core.operating.stream_rebuild import rebuild_streams

app = typer.Typer(help="Make the broker's streams again.", no_args_is_help=True)

_WORD = "rebuild"


@app.callback()
def streams() -> None:
    """Make the broker's streams again."""


@app.command()
def rebuild(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Delete the streams and publish them again from the database; for a broker that is ahead of its database."""
    refuse_where_read_only(context)
    settings = call_of(context).settings
    if not yes:
        _ask(as_json)
    with failing_in_order():
        done = rebuild_streams(settings, by=actor(), why=why)
    if as_json:
        print_json(asdict(done))
    else:
        console.print(
            f"The streams were deleted and published again: {done.published:,} of {sum(done.given):,} events, "
            "which are all that a consumer still needs.",
            markup=False,
        )


def _ask(as_json: bool) -> None:
    """Let the operator confirm by typing a word.

    Raises:
        typer.Exit: it was not confirmed.
    """
    if as_json or not sys.stdin.isatty():
        fail("There is nobody to ask: nothing was done. Repeat with --yes.", EXIT_USAGE)
    console.print(
        "All entries in the broker go, also those that this database never had: they are lost if no newer copy of the "
        "database comes back.",
        markup=False,
    )
    answer = typer.prompt(f"Type {_WORD} to go on", default="", show_default=False)
    if answer.strip() != _WORD:
        fail("Nothing was done.")
