"""Commands on events: events list, show, tail, export."""

import json
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.commands.context import call_of, console, end_on_signals, print_json
from core.commands.counting import count_up
from core.commands.dead_texts import plain
from core.commands.event_texts import (
    detail_lines,
    detail_object,
    event_line,
    event_table,
    page_words,
    row_object,
)
from core.operating.desk import Desk
from core.operating.events.pages import LOOK_AT, EventFilter, EventPage

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TypeOption = Annotated[
    list[str] | None, typer.Option("--type", help="Only of this type, such as LinkCreated; may be repeated.")
]
LinkOption = Annotated[str | None, typer.Option(help="Only of this link: its slug or id.")]
TraceOption = Annotated[str | None, typer.Option(help="Only of this trace.")]
TextOption = Annotated[str, typer.Option(help="Only with this text in the payload.")]

app = typer.Typer(help="Look at what happened: the events of the outbox.", no_args_is_help=True)

#: How often is looked for new events, in seconds.
_GLANCE_S = 0.25
#: Events that `tail` begins with.
_BEGIN_WITH = 10
#: The highest number that a row can have.
_LAST_ROW = 2**63 - 1


@app.command("list")
def list_events(
    context: typer.Context,
    type_: TypeOption = None,
    link: LinkOption = None,
    trace: TraceOption = None,
    text: TextOption = "",
    at: Annotated[
        str | None,
        typer.Option(help="Begin with this one: an event id, PARTITION/POSITION, or a time such as 14:05."),
    ] = None,
    before: Annotated[
        int | None,
        typer.Option(min=1, max=_LAST_ROW, help="Begin before this row, as the page before said."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    look_at: Annotated[
        int, typer.Option(min=1, help="How many events are looked at for a type or a text before it stops.")
    ] = LOOK_AT,
    as_json: AsJson = False,
) -> None:
    """List events, newest first."""
    with call_of(context).desk() as desk:
        browser = desk.reading_room.events
        wanted = browser.filter(types=type_ or (), link=link, trace=trace, text=text)
        start = before if at is None else browser.jump(at) + 1
        page = browser.pages.older(wanted, before=start, count=count, look_at=look_at)
        copies = browser.copies(page.rows)
    if as_json:
        rows = [row_object(row, copies[row.row]) for row in page.rows]
        print_json({"events": rows, "looked_at": page.looked_at, "before": _next(page)})
        return
    if page.rows:
        console.print(event_table(page.rows, copies, console.width))
    console.print(page_words(page, wanted), markup=False)


def _next(page: EventPage) -> int | None:
    return None if page.is_end else page.goes_on_at


@app.command()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="EVENT_ID|PARTITION/POSITION")],
    as_json: AsJson = False,
) -> None:
    """Show all of one event: its attributes and data, and what the broker and each consumer have of it."""
    with call_of(context).desk() as desk:
        detail = desk.reading_room.events.detail(name)
    if as_json:
        print_json(detail_object(detail))
        return
    for line in detail_lines(detail):
        console.print(line, markup=False)


@app.command()
def tail(
    context: typer.Context,
    type_: TypeOption = None,
    link: LinkOption = None,
    trace: TraceOption = None,
    text: TextOption = "",
    seconds: Annotated[float | None, typer.Option("--for", help="End after so many seconds.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Print events as they are committed, after the last few before. Ctrl+C ends it."""
    end_on_signals()
    with call_of(context).desk() as desk:
        wanted = desk.reading_room.events.filter(types=type_ or (), link=link, trace=trace, text=text)
        try:
            _follow(desk, wanted, seconds, as_json)
        except (KeyboardInterrupt, BrokenPipeError):
            return


def _follow(desk: Desk, wanted: EventFilter, seconds: float | None, as_json: bool) -> None:
    browser, waiting, passed = desk.reading_room.events, threading.Event(), 0.0
    newest = browser.pages.newest_row()
    live = browser.tail(wanted, after=newest)
    rows = browser.pages.older(wanted, before=newest + 1, count=_BEGIN_WITH).rows
    while True:
        for row in reversed(rows):
            line = json.dumps(row_object(row), ensure_ascii=False) if as_json else event_line(row)
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        if seconds is not None and passed >= seconds:
            return
        waiting.wait(_GLANCE_S)
        passed += _GLANCE_S
        fresh = live.look()
        rows = fresh.rows
        if fresh.is_cut:
            console.print(f"... {fresh.new:,} at once: the oldest of them are not shown", markup=False)


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to; one JSON object a line.")],
    type_: TypeOption = None,
    link: LinkOption = None,
    trace: TraceOption = None,
    text: TextOption = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write events into a file, newest first. Ctrl+C ends it, and leaves no file."""
    end_on_signals()
    with call_of(context).desk() as desk:
        browser = desk.reading_room.events
        wanted = browser.filter(types=type_ or (), link=link, trace=trace, text=text)
        with count_up("events") as progress:
            done = browser.export(
                file,
                wanted,
                stop=threading.Event(),
                progress=lambda found, _looked_at: progress(found),
                overwrite=overwrite,
            )
    if as_json:
        print_json({**asdict(done), "path": str(done.path)})
    else:
        console.print(f"{done.rows:,} events written to {plain(str(done.path))}", markup=False)
