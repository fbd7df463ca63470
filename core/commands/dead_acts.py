"""Commands that decide about dead letters: dead retry, discard, edit. Each shows what it will touch, and asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands.confirming import confirm_count
from core.commands.context import (
    EXIT_FAILED,
    EXIT_USAGE,
    call_of,
    console,
    fail,
    print_json,
    refuse_where_read_only,
)
from core.commands.dead_previews import preview_lines, preview_object, preview_table
from core.commands.dead_selection import (
    CauseOption,
    ClassOption,
    ConsumerOption,
    LinkOption,
    SinceOption,
    Which,
    link_id,
    selection,
)
from core.commands.dead_texts import plain
from core.operating.dead_letters.acts import Affected
from core.operating.dead_letters.rows import Selection
from core.operating.dead_letters.words import edit_lines
from core.operating.desk import Desk
from core.operating.logs import redact
from core.operating.outcomes import Asked, Outcome

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be touched.")]
Everything = Annotated[bool, typer.Option("--all", help="All that are dead, without a filter.")]

#: Rows of a preview; JSON has all of them.
_ROWS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Way:
    """How an act goes about it."""

    act: str
    yes: bool
    dry_run: bool
    as_json: bool


def add_commands(app: typer.Typer) -> None:
    """Add them to the dead letters' commands."""
    app.command()(retry)
    app.command()(discard)
    app.command()(edit)


def retry(
    context: typer.Context,
    which: Which = None,
    consumer: ConsumerOption = None,
    link: LinkOption = None,
    cause: CauseOption = None,
    error_class: ClassOption = None,
    since: SinceOption = None,
    everything: Everything = False,
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let consumers try dead letters again: one, a link's, those of a cause, or all under a filter."""
    refuse_where_read_only(context, dry_run=dry_run)
    wanted = selection(which, consumer=consumer, link=link, cause=cause, error_class=error_class, since=since)
    _refuse_unfiltered(wanted, everything)
    way = _Way("retry", yes, dry_run, as_json)
    with call_of(context).desk() as desk:
        affected = _find(desk, wanted)
        _decide(desk, way, affected, lambda: desk.dead_letters.retry(affected, why=why))


def discard(
    context: typer.Context,
    which: Which = None,
    consumer: ConsumerOption = None,
    link: LinkOption = None,
    cause: CauseOption = None,
    error_class: ClassOption = None,
    since: SinceOption = None,
    everything: Everything = False,
    why: Annotated[str, typer.Option(help="Why they need no effect; for the journal. Must be given.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give dead letters up for good, with a reason; they stay on record."""
    refuse_where_read_only(context, dry_run=dry_run)
    wanted = selection(which, consumer=consumer, link=link, cause=cause, error_class=error_class, since=since)
    _refuse_unfiltered(wanted, everything)
    if not why.strip() and not dry_run:
        raise typer.BadParameter("Say why with --why: a discarded event never has its effect.")
    way = _Way("discard", yes, dry_run, as_json)
    with call_of(context).desk() as desk:
        affected = _find(desk, wanted)
        _decide(desk, way, affected, lambda: desk.dead_letters.discard(affected, why=why))


def edit(
    context: typer.Context,
    which: Which = None,
    data: Annotated[str, typer.Option(help="The event's data put right: JSON, or @FILE.")] = "",
    consumer: ConsumerOption = None,
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Publish a new event in a dead letter's place, for its consumer alone, and discard the dead letter."""
    refuse_where_read_only(context, dry_run=dry_run)
    if not which or not data:
        raise typer.BadParameter("Name one dead letter, and give its data put right with --data.")
    text = _text_of(data)
    way = _Way("edit", yes, dry_run, as_json)
    with call_of(context).desk() as desk:
        affected = _find(desk, selection(which, consumer=consumer))
        if len(affected) > 1:
            names = ", ".join(one.letter.consumer for one in affected)
            fail(f"The event is dead in {names}: say which with --consumer.", EXIT_USAGE)
        (one,) = affected
        desk.dead_letters.check_edit(one.letter, text)
        if not as_json:
            for line in edit_lines(one.letter, text):
                console.print(plain(line), markup=False)
        _decide(desk, way, affected, lambda: desk.dead_letters.edit(one.letter, text, why=why)[1])


def _refuse_unfiltered(wanted: Selection, everything: bool) -> None:
    if wanted.is_everything and not everything:
        raise typer.BadParameter("Say which: name one, filter, or --all for all that are dead.")


def _find(desk: Desk, wanted: Selection) -> list[Affected]:
    letters = desk.dead_letters.find(replace(wanted, link_id=link_id(desk, wanted.link_id)))
    if not letters and (wanted.event_id or wanted.place):
        fail("There is no such dead letter, or somebody has decided about it: see main.py dead show.")
    return desk.dead_letters.preview(letters)


def _text_of(data: str) -> bytes:
    if not data.startswith("@"):
        return data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{data[1:]} can't be read: {error.strerror}.") from None


def _decide(desk: Desk, way: _Way, affected: Sequence[Affected], do: Callable[[], Sequence[Asked]]) -> None:
    """Show what will be touched, ask, do it, and say what came of each."""
    if not way.as_json:
        _show(way, affected)
    if way.dry_run or not affected:
        if way.as_json:
            print_json({"preview": preview_object(way.act, affected), "rows": []})
        return
    confirm_count(len(affected), yes=way.yes, as_json=way.as_json)
    outcomes = desk.dead_letters.outcomes(do())
    rows = [_row(one, outcome) for one, outcome in zip(affected, outcomes, strict=True)]
    if not way.as_json:
        for row in rows:
            text = f"{row['consumer']} {row['place']}: {row['outcome']}"
            if row["replaced_by"]:
                text = f"{text.rstrip('.')}; event {row['replaced_by']} is in its place"
            console.print(plain(text), markup=False)
    if way.as_json:
        print_json({"preview": preview_object(way.act, affected), "rows": rows})
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(EXIT_FAILED)


def _row(one: Affected, outcome: Outcome) -> dict[str, Any]:
    return {
        "consumer": outcome.consumer,
        "event_id": outcome.event_id,
        "place": one.letter.place,
        "outcome": redact(outcome.outcome),
        "failed": outcome.failed,
        "replaced_by": outcome.replaced_by,
    }


def _show(way: _Way, affected: Sequence[Affected]) -> None:
    for line in preview_lines(way.act, affected):
        console.print(line, markup=False)
    if affected:
        console.print(preview_table(way.act, affected[:_ROWS_SHOWN], console.width))
    if len(affected) > _ROWS_SHOWN:
        console.print(f"and {len(affected) - _ROWS_SHOWN:,} more; --json has them all", markup=False)
