"""The command events republish: tell consumers of an event once more, or put a lost one back into its stream."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from core.commands.confirming import confirm_count
from core.commands.context import call_of, console, print_json, refuse_where_read_only
from core.commands.dead_texts import plain
from core.operating.dead_letters.words import counted
from core.operating.events.prospects import Verdict
from core.operating.events.republishing import Preview

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ForOption = Annotated[
    list[str] | None,
    typer.Option(
        "--for", help="This consumer; may be repeated. Without it: all in which it would have an effect."
    ),
]


def add_commands(events_app: typer.Typer) -> None:
    """Add it to the commands on events."""
    events_app.command()(republish)


def republish(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="EVENT_ID|PARTITION/POSITION")],
    for_: ForOption = None,
    put_back: Annotated[
        bool, typer.Option("--put-back", help="Publish the very same event again, which its stream has lost.")
    ] = False,
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell consumers of an event once more, each by a new event that names this one as its origin."""
    refuse_where_read_only(context, dry_run=dry_run)
    if put_back and for_:
        raise typer.BadParameter("--put-back is for nobody alone: whoever has the event absorbs it.")
    with call_of(context).desk() as desk:
        seen = desk.republishing.preview(name)
        consumers = tuple(for_ or seen.will_run)
        if not as_json:
            _show(seen, consumers, put_back=put_back)
        done: dict[str, Any] = {"events": [], "put_back": None}
        if not dry_run and (put_back or consumers):
            confirm_count(1 if put_back else len(consumers), yes=yes, as_json=as_json)
            if put_back:
                done["put_back"] = desk.republishing.put_back(seen, why=why)
            else:
                done["events"] = [
                    asdict(one) for one in desk.republishing.tell_again(seen, consumers, why=why)
                ]
    if as_json:
        print_json({"preview": preview_object(seen, consumers), **done})
        return
    for one in done["events"]:
        console.print(f"{one['consumer']}: told by event {one['event_id']}", markup=False)
    if done["put_back"] is not None:
        console.print(f"The stream of partition {done['put_back']} is published anew.", markup=False)


def preview_object(seen: Preview, consumers: tuple[str, ...]) -> dict[str, Any]:
    """Write what would come of it as an object."""
    return {
        "event_id": seen.detail.row.event.event_id,
        "place": seen.place,
        "copy": seen.detail.copy,
        "is_lost": seen.is_lost,
        "for": list(consumers),
        "consumers": [asdict(one) for one in seen.prospects],
    }


def _show(seen: Preview, consumers: tuple[str, ...], *, put_back: bool) -> None:
    for one in seen.prospects:
        mark = "*" if one.consumer in consumers and not put_back else " "
        console.print(plain(f"{mark} {one.consumer:16} {one.text}"), markup=False)
    if put_back:
        console.print(
            f"The event itself is {seen.detail.copy}. Its stream is published anew from what consumers still need; whoever "
            "has it absorbs it.",
            markup=False,
        )
    elif consumers:
        console.print(
            f"{counted(len(consumers), 'new event')}, each for one consumer (*), with the data, time and number of "
            f"{seen.place}. This can't be undone.",
            markup=False,
        )
    elif any(one.verdict is Verdict.ABSORBS for one in seen.prospects):
        console.print(
            "Nothing was done: nobody would do anything. Name a consumer with --for to do it all the same."
        )
    else:
        console.print("Nothing was done: nobody may be told once more.")
