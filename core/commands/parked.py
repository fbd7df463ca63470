"""Commands on keys that wait: parked list, retry."""

from typing import Annotated

import typer

from core.commands.context import call_of, console, fail, print_json
from core.commands.dead_selection import ConsumerOption, link_id
from core.commands.dead_texts import key_object, key_table, plain
from core.errors import NotFound
from core.operating.dead_letters.rows import WaitingKey
from core.operating.desk import Desk

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(help="Look at links whose events wait for another attempt.", no_args_is_help=True)


@app.command("list")
def list_keys(context: typer.Context, consumer: ConsumerOption = None, as_json: AsJson = False) -> None:
    """List the links that wait, those that wait longest first."""
    with call_of(context).desk() as desk:
        keys = desk.dead_letters.waiting(consumer)
        names = {} if as_json else _slugs(desk, keys)
    if as_json:
        print_json([key_object(key) for key in keys])
    else:
        console.print(key_table(keys, names) if keys else "Nothing waits.", soft_wrap=False)


@app.command()
def retry(
    context: typer.Context,
    link: Annotated[str, typer.Argument(help="The link's slug or id.")],
    consumer: ConsumerOption = None,
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    as_json: AsJson = False,
) -> None:
    """Try a waiting link at once, instead of at its time."""
    with call_of(context).desk() as desk:
        wanted = link_id(desk, link)
        keys = [key for key in desk.dead_letters.waiting(consumer) if key.link_id == wanted]
        if not keys:
            fail(f"Nothing of the link {link[:80]!r} waits{f' in {consumer}' if consumer else ''}.")
        asked = [desk.dead_letters.retry_now(key, why=why) for key in keys]
        outcomes = desk.dead_letters.outcomes(asked)
    if as_json:
        names = ("consumer", "link_id", "outcome")
        print_json([{name: getattr(outcome, name) for name in names} for outcome in outcomes])
        return
    for outcome in outcomes:
        console.print(plain(f"{outcome.consumer} {link}: {outcome.outcome}"), markup=False)


def _slugs(desk: Desk, keys: list[WaitingKey]) -> dict[str, str]:
    """Give the slugs of links, as far as they exist."""
    found = {}
    for name in {key.link_id for key in keys}:
        try:
            found[name] = desk.links.one(name).slug
        except NotFound:
            continue
    return found
