"""The journal command: who did what to what, when and why, from window and command line."""

from dataclasses import asdict
from typing import Annotated

import typer

from core.commands.context import call_of, console, print_json
from core.commands.dead_texts import moment, plain
from core.commands.text_table import Column, Fit, text_table
from core.operating.journal.entries import JournalFilter, JournalPage

_COLUMNS = (
    Column("When"),
    Column("Who", Fit.MIDDLE, 10),
    Column("Act", Fit.WORDS, 16),
    Column("To", Fit.MIDDLE, 13),
    Column("Why", Fit.WORDS, 16),
)


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
        rows = [
            (moment(entry.at), *(plain(text) for text in (entry.by, entry.act, entry.subject, entry.why)))
            for entry in page.entries
        ]
        console.print(text_table(_COLUMNS, rows, console.width))
    none = "No such acts." if page.total else "Nobody has done anything yet."
    said = f"{len(page.entries):,} of {page.matching:,} acts" if page.entries else none
    console.print(said, markup=False)
