"""Commands that look at dead letters, and the policy behind them: dead list, show, policy; the acts are beside it."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from core.commands import dead_acts
from core.commands.context import call_of, console, fail, print_json
from core.commands.dead_selection import (
    CauseOption,
    ClassOption,
    ConsumerOption,
    LinkOption,
    SinceOption,
    State,
    Which,
    link_id,
    selection,
)
from core.commands.dead_texts import cause_object, cause_table, letter_lines, letter_object, letter_table
from core.operating.dead_letters.causes import by_cause

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    help="Look at events that consumers have given up on, and decide about them.", no_args_is_help=True
)


class Policy(StrEnum):
    """What later events of a link do behind its dead letter."""

    HOLD = "hold"
    GO_ON = "go-on"
    DEFAULT = "default"


_HOLDS = {Policy.HOLD: True, Policy.GO_ON: False, Policy.DEFAULT: None}


@app.command("list")
def list_letters(
    context: typer.Context,
    consumer: ConsumerOption = None,
    link: LinkOption = None,
    cause: CauseOption = None,
    error_class: ClassOption = None,
    since: SinceOption = None,
    state: Annotated[State, typer.Option(help="Which are shown; decided ones stay on record.")] = State.DEAD,
    grouped: Annotated[bool, typer.Option("--by-cause", help="Group those that failed alike.")] = False,
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List dead letters, newest first."""
    wanted = selection(
        None, consumer=consumer, link=link, cause=cause, error_class=error_class, since=since, state=state
    )
    with call_of(context).desk() as desk:
        letters = desk.dead_letters.find(replace(wanted, link_id=link_id(desk, link)))
    if grouped:
        causes = by_cause(letters)
        if as_json:
            print_json([cause_object(found) for found in causes])
        else:
            console.print(cause_table(causes, console.width) if causes else "No dead letters.")
        return
    newest = sorted(letters, key=lambda letter: -letter.last_failed_at)[:count]
    if as_json:
        print_json([letter_object(letter) for letter in newest])
        return
    console.print(letter_table(newest, console.width) if newest else "No dead letters.")
    if newest:
        more = f"{len(letters) - len(newest):,} older ones are not shown. " if len(letters) > count else ""
        console.print(f"{more}All of one: main.py dead show CONSUMER PLACE", markup=False)


@app.command()
def show(
    context: typer.Context, which: Which = None, consumer: ConsumerOption = None, as_json: AsJson = False
) -> None:
    """Show all of one dead letter; of an event that is one in several consumers, each."""
    if not which:
        raise typer.BadParameter("Name one: EVENT_ID, or CONSUMER PARTITION/POSITION.")
    wanted = selection(which, consumer=consumer, state=State.ALL)
    with call_of(context).desk() as desk:
        letters = desk.dead_letters.find(wanted)
    if not letters:
        fail(f"There is no dead letter {' '.join(which)[:80]!r}.")
    if as_json:
        print_json([letter_object(letter, whole=True) for letter in letters])
        return
    for number, letter in enumerate(letters):
        if number:
            console.print()
        for line in letter_lines(letter):
            console.print(line, markup=False)


@app.command()
def policy(
    context: typer.Context,
    consumer: Annotated[str, typer.Argument(help="The consumer.")],
    wanted: Annotated[Policy, typer.Argument(metavar="hold|go-on|default")],
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let later events of a link wait behind its dead letter, or go on; default = as the consumer has it by itself."""
    with call_of(context).desk() as desk:
        version = desk.dead_letters.hold(consumer, _HOLDS[wanted], why=why)
    if as_json:
        print_json({"consumer": consumer, "policy": wanted, "wanted_version": version})
    else:
        console.print(f"{consumer}: {wanted} (version {version} noted)", markup=False)


dead_acts.add_commands(app)
