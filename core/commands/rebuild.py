"""The command rebuild: let one consumer apply all events again from the first one on."""

import sys
from typing import Annotated

import typer

from core.commands.context import (
    EXIT_FAILED,
    EXIT_USAGE,
    call_of,
    console,
    fail,
    print_json,
    refuse_where_read_only,
    wait_until,
)

#: What a rebuild does beyond its own tables, which nothing can take back.
_CONSEQUENCES = {
    "webhook": "Every webhook that was ever due is sent again, to the endpoints of today.",
    "billing": "The counts that teams are billed by are made anew.",
}
#: How long is waited for a worker to begin, in seconds.
_PATIENCE_S = 10.0


def add_commands(app: typer.Typer) -> None:
    """Add it to the program."""
    app.command()(rebuild)


def rebuild(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The consumer.")],
    confirm: Annotated[
        str,
        typer.Option(help="The consumer's name once more, instead of typing it: for webhook and billing."),
    ] = "",
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Empty a consumer's tables and apply all events again, in order; the others notice nothing."""
    refuse_where_read_only(context)
    call = call_of(context)
    with call.desk() as desk:
        desk.rebuilds.check(name)
        if name in _CONSEQUENCES:
            _confirm(name, confirm)
        number = desk.rebuilds.ask(name, why=why)
        call.settle(is_begun=lambda: desk.rebuilds.outcome(number) is not None)
        wait_until(lambda: desk.rebuilds.outcome(number) is not None, seconds=_PATIENCE_S)
        outcome = desk.rebuilds.outcome(number)
    sentence = (
        "Noted; it begins as soon as a worker runs this consumer." if outcome is None else outcome.sentence
    )
    if as_json:
        print_json({"consumer": name, "begun": outcome is not None, "outcome": sentence})
    else:
        console.print(f"{name}: {sentence}", markup=False)
    if outcome is not None and not outcome.done:
        raise typer.Exit(EXIT_FAILED)


def _confirm(name: str, typed: str) -> None:
    """Ask for the consumer's name, since what follows can't be taken back."""
    if not typed and sys.stdin.isatty() and console.is_terminal:
        typed = typer.prompt(f"{_CONSEQUENCES[name]} Type {name} to go on", default="", show_default=False)
    if typed != name:
        fail(f"{_CONSEQUENCES[name]} Nothing was done: confirm it with --confirm {name}.", EXIT_USAGE)
