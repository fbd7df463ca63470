"""The journal command: who did what to what, when and why, from window and command line."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from core.commands.context import call_of, console, print_json
from core.commands.dead_texts import moment, new_table, plain
from core.operating.journal.entries import JournalFilter, JournalPage


def add_commands(app: typer.Typer) -> None:
    """Add it to the program."""
    app.command()(journal)


def journal(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="Text in who, what, to what, or why.")] = "",
    by: Annotated[str, typer.Option(help="Only by this operator.")] = "",
    act: Annotated[
        str, typer.Option(help="Only acts that begin so, such as pause; of links: create link, edit link ...")
    ] = "",
    subject: Annotated[
        str, typer.Option(help="Only done to this: a consumer, an endpoint's id, the slug of a link.")
    ] = "",
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what operators did, newest first."""
    with call_of(context).desk() as desk:
        page = desk.journal.page(count, JournalFilter(by, act, subject, text))
    if as_json:
        print_json([asdict(entry) for entry in page.entries])
    else:
        _show(page)


def _show(page: JournalPage) -> None:
    if page.entries:
        table = new_table("When", "Who", "Act", "To", "Why")
        for entry in page.entries:
            cells = (entry.by, entry.act, entry.subject, entry.why)
            table.add_row(moment(entry.at), *(Text(plain(cell)) for cell in cells))
        console.print(table)
    none = "No such acts." if page.total else "Nobody has done anything yet."
    said = f"{len(page.entries):,} of {page.matching:,} acts" if page.entries else none
    console.print(said, markup=False)
