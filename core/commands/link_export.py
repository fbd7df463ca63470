"""The command links export: links as a file for other programs."""

import threading
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.commands.context import call_of, console, end_on_signals, print_json
from core.commands.counting import count_up
from core.commands.dead_texts import plain
from core.commands.link_query import Consumer, Failed, State, Tag, Team, Unfinished, journey_filter
from core.operating.links.files import Form
from core.operating.links.roll import LinkQuery, LinkSort


def add_commands(links_app: typer.Typer) -> None:
    """Add it to the commands on links."""
    links_app.command()(export)


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to.")],
    form: Annotated[Form | None, typer.Option(help="As the file's name ends, if not given.")] = None,
    search: Annotated[str, typer.Option(help="Only with this text in slug, target or title.")] = "",
    tag: Tag = None,
    team: Team = None,
    state: State = None,
    unfinished: Unfinished = False,
    failed: Failed = False,
    consumer: Consumer = None,
    sort: Annotated[LinkSort, typer.Option(help="The order; newest or most first.")] = LinkSort.CREATED,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write links into a CSV or JSON file. Ctrl+C ends it, and leaves no file."""
    end_on_signals()
    wanted = form or _form_of(file)
    journey = journey_filter(unfinished=unfinished, failed=failed, consumer=consumer)
    query = LinkQuery(search=search, tag=tag, team=team, state=state, journey=journey, sort=sort)
    with call_of(context).desk() as desk:
        book = desk.reading_room.links
        with count_up("links", of=book.rolls.count(query)) as progress:
            done = book.export(
                file, query, wanted, stop=threading.Event(), progress=progress, overwrite=overwrite
            )
    if as_json:
        print_json({**asdict(done), "path": str(done.path)})
        return
    console.print(f"{done.rows:,} links written to {plain(str(done.path))}", markup=False)


def _form_of(file: Path) -> Form:
    try:
        return Form(file.suffix.removeprefix(".").lower())
    except ValueError:
        raise typer.BadParameter("Say --form csv or --form json, or end the file's name so.") from None
