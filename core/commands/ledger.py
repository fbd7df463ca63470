"""The ledger command: proves that nothing is lost, doubled or out of order, or says exactly what is."""

import gc
import os
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from core.commands.context import EXIT_FAILED, Call, call_of, console, failing_in_order, print_json
from core.commands.text_table import Column, text_table
from core.operating.data_dir import DataDir
from core.operating.installation import Installation
from core.operating.ledger.ledger import Ledger
from core.operating.ledger.report import Account, LedgerReport, Named
from core.operating.worker_room import build_consumers

#: Others go first: a check can wait, a create can't.
_NICENESS = 10
#: Ids or sentences of one kind that are shown to people; JSON has more.
_SHOWN = 10
#: A terminal of so many characters has room for what was absorbed.
_WIDE = 96


def add_commands(app: typer.Typer) -> None:
    """Add it to the program."""
    app.command()(ledger)


def ledger(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Draw every QR image again to compare it, not only a sample.")
    ] = False,
) -> None:
    """Check that every committed event has exactly one effect per consumer; ends with 1 if not."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # A million small objects without cycles: the collector would look through them again and again, for a third of the time.
    gc.disable()
    with failing_in_order():
        report = _check(call_of(context), full=full)
    if as_json:
        print_json(report.to_json())
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(EXIT_FAILED)


def _check(call: Call, *, full: bool) -> LedgerReport:
    DataDir(call.settings.data_dir).make()
    installation = Installation(call.settings)
    try:
        return Ledger(installation, build_consumers(installation, call.program)).check(full=full)
    finally:
        installation.close()


# For people


def _print(report: LedgerReport) -> None:
    console.print(_table(report.accounts, console.width))
    for account in report.accounts:
        for remark in account.remarks:
            console.print(f"{account.name}: {remark}", markup=False)
        for kind in ("missing", "doubled", "out_of_order", "foreign", "findings"):
            _print_named(f"{account.name}, {kind.replace('_', ' ')}", getattr(account, kind))
    _print_named("outbox", report.outbox)
    _print_named("streams", report.streams.findings)
    _print_named("streams, written by somebody else", report.streams.strangers)
    if report.streams.not_checked is not None:
        console.print(f"streams not checked: {report.streams.not_checked}", markup=False)
    word = "GREEN" if report.ok else "RED"
    events = max((account.committed for account in report.accounts), default=0)
    console.print(Text(f"{word}: {events:,} events in {report.seconds:.1f} s", style=word.lower()))


def _print_named(what: str, named: Named) -> None:
    for name in named.names[:_SHOWN]:
        console.print(f"{what}: {name}", markup=False)
    if named.count > _SHOWN:
        console.print(f"{what}: and {named.count - _SHOWN:,} more")


def _table(accounts: tuple[Account, ...], width: int) -> RenderableType:
    names = "Committed Applied Waiting Parked Dead Missing Doubled Disorder Absorbed".split()
    shown = names if width >= _WIDE else names[:-1]
    columns = (Column("Consumer"), *(Column(name, is_right=True) for name in shown))
    return text_table(columns, [_cells(account)[: len(columns)] for account in accounts], width)


def _cells(account: Account) -> tuple[str | Text, ...]:
    sums = (account.committed, account.applied, account.waiting, account.parked, account.dead)
    faults = (account.missing, account.doubled, account.out_of_order)
    return (
        Text(account.name, style="green" if account.ok else "red"),
        *(f"{count:,}" for count in sums),
        *(Text(f"{named.count:,}", style="bold red" if named.count else "") for named in faults),
        f"{account.absorbed:,}",
    )
