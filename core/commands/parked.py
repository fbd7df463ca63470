"""Commands on keys that wait: parked list, retry, dead-letter."""

from collections.abc import Sequence
from typing import Annotated

import typer

from core.commands.context import EXIT_FAILED, call_of, console, fail, print_json, refuse_where_read_only
from core.commands.dead_selection import ConsumerOption, link_id, place_of
from core.commands.dead_texts import key_object, key_table, plain
from core.errors import NotFound
from core.operating.dead_letters.rows import WaitingKey
from core.operating.desk import Desk
from core.operating.outcomes import Asked, Outcome

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
        console.print(key_table(keys, names, console.width) if keys else "Nothing waits.")


@app.command()
def retry(
    context: typer.Context,
    link: Annotated[str, typer.Argument(help="The link's slug or id.")],
    consumer: ConsumerOption = None,
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    as_json: AsJson = False,
) -> None:
    """Try a waiting link at once, instead of at its time."""
    refuse_where_read_only(context)
    with call_of(context).desk() as desk:
        keys = _keys(desk, link, consumer)
        outcomes = desk.dead_letters.outcomes([desk.dead_letters.retry_now(key, why=why) for key in keys])
    _tell(outcomes, link, as_json)


@app.command("dead-letter")
def dead_letter(
    context: typer.Context,
    which: Annotated[
        str, typer.Argument(help="The link's slug or id, or PARTITION/POSITION of an event in hand.")
    ],
    consumer: ConsumerOption = None,
    why: Annotated[
        str, typer.Option(help="Why it is given up; stands with the dead letter. Must be given.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Give up the first event of a waiting link, or one in hand, at once: a dead letter, whatever attempts are left.

    Later events of the link wait behind it or go on, as the policy says. It can be retried: dead retry.
    """
    refuse_where_read_only(context)
    if not why.strip():
        raise typer.BadParameter("Say why with --why: it stands with the dead letter.")
    with call_of(context).desk() as desk:
        ask = _ask_keys if place_of(which) is None else _ask_event
        outcomes = desk.dead_letters.outcomes(ask(desk, which, consumer, why))
    _tell(outcomes, which, as_json)


def _ask_keys(desk: Desk, link: str, consumer: str | None, why: str) -> list[Asked]:
    return [desk.dead_letters.dead_letter_key(key, why=why) for key in _keys(desk, link, consumer)]


def _ask_event(desk: Desk, place: str, consumer: str | None, why: str) -> list[Asked]:
    if consumer is None:
        raise typer.BadParameter("Say which consumer gives the event up: --consumer NAME.")
    event = desk.reading_room.events.detail(place).row.event
    return [desk.dead_letters.dead_letter_event(consumer, event, why=why)]


def _keys(desk: Desk, link: str, consumer: str | None) -> list[WaitingKey]:
    """Find a link that waits, in all consumers or in one.

    Raises:
        typer.Exit: nothing of it waits.
    """
    wanted = link_id(desk, link)
    keys = [key for key in desk.dead_letters.waiting(consumer) if key.link_id == wanted]
    if not keys:
        fail(f"Nothing of the link {link[:80]!r} waits{f' in {consumer}' if consumer else ''}.")
    return keys


def _tell(outcomes: Sequence[Outcome], name: str, as_json: bool) -> None:
    """Say what came of each.

    Raises:
        typer.Exit: one was not done.
    """
    if as_json:
        names = ("consumer", "link_id", "outcome", "failed")
        print_json([{name: getattr(outcome, name) for name in names} for outcome in outcomes])
    for outcome in () if as_json else outcomes:
        console.print(plain(f"{outcome.consumer} {name}: {outcome.outcome}"), markup=False)
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(EXIT_FAILED)


def _slugs(desk: Desk, keys: list[WaitingKey]) -> dict[str, str]:
    """Give the slugs of links, as far as they exist."""
    found = {}
    for name in {key.link_id for key in keys}:
        try:
            found[name] = desk.links.one(name).slug
        except NotFound:
            continue
    return found
