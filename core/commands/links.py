"""Commands on links: create, click, links list/show/edit/archive/restore."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from core.commands.context import call_of, console, print_json
from core.commands.dead_texts import moment, plain
from core.commands.link_query import Consumer, Failed, State, Tag, Team, Unfinished, journey_filter
from core.commands.text_table import Column, Fit, text_table
from core.operating.links.roll import LinkQuery, state_of
from core.producing.link_list import Link
from core.producing.outcomes import Change, CreatedLink

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Why = Annotated[str, typer.Option(help="For the journal.")]
_COLUMNS = (
    Column("Slug", Fit.MIDDLE, 16),
    Column("Target", Fit.MIDDLE, 20),
    Column("Title", Fit.WORDS, 12),
    Column("Team", Fit.WORDS, 8),
    Column("Created"),
    Column("State"),
)

links_app = typer.Typer(help="Look at links and change them.", no_args_is_help=True)


def add_commands(app: typer.Typer) -> None:
    """Add them to the program."""
    app.command()(create)
    app.command()(click)
    app.add_typer(links_app, name="links")


def create(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="Addresses to shorten.")],
    slug: Annotated[
        str | None, typer.Option(help="The short part; generated if not given. Only with one URL.")
    ] = None,
    title: Annotated[str, typer.Option(help="A title.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be repeated.")] = None,
    team: Annotated[
        str | None, typer.Option(help="The owning team's name; the first team if not given.")
    ] = None,
    expires: Annotated[datetime | None, typer.Option(help="When it stops redirecting; local time.")] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="Repeating the call gives the same link.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a link for each URL."""
    if len(urls) > 1 and (slug or idempotency_key):
        raise typer.BadParameter("--slug and --idempotency-key go with one URL only.")
    created = []
    with call_of(context).desk() as desk:
        try:
            for url in urls:
                link = desk.create_link(
                    url,
                    slug=slug,
                    title=title,
                    tags=tag or (),
                    team=team,
                    expires=expires,
                    idempotency_key=idempotency_key,
                )
                created.append(link)
        finally:
            _show_created(created, as_json)
    call_of(context).settle()


def _show_created(created: list[CreatedLink], as_json: bool) -> None:
    """Show what was created, also when a later URL of the same call could not be."""
    if as_json:
        print_json([asdict(link) for link in created])
        return
    for link in created:
        console.print(f"{link.short_url}  ->  {link.target_url}  ({link.committed_ms:.1f} ms)", markup=False)
        if link.warning:
            console.print(f"  {link.warning}", markup=False)


def click(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="The link's slug.")],
    referrer: Annotated[str, typer.Option(help="The page that the visitor came from.")] = "",
    user_agent: Annotated[str, typer.Option(help="The visitor's user agent.")] = "",
    as_json: AsJson = False,
) -> None:
    """Record a click on a link."""
    with call_of(context).desk() as desk:
        _show_change(desk.click(slug, referrer=referrer, user_agent=user_agent), "clicked", as_json)
    call_of(context).settle()


@links_app.command("list")
def list_links(
    context: typer.Context,
    search: Annotated[str, typer.Argument(help="Text in slug, target or title.")] = "",
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    tag: Tag = None,
    team: Team = None,
    state: State = None,
    unfinished: Unfinished = False,
    failed: Failed = False,
    consumer: Consumer = None,
    as_json: AsJson = False,
) -> None:
    """List links, newest first."""
    journey = journey_filter(unfinished=unfinished, failed=failed, consumer=consumer)
    query = LinkQuery(search=search, tag=tag, team=team, state=state, journey=journey)
    with call_of(context).desk() as desk:
        link_ids = desk.reading_room.links.rolls.roll(query, most=count).link_ids
        by_id = desk.links.some(link_ids)
    found = [by_id[link_id] for link_id in link_ids]
    if as_json:
        print_json([asdict(link) for link in found])
        return
    now = time.time()
    rows = [
        (
            *(plain(text) for text in (link.slug, link.target_url, link.title, link.team)),
            moment(link.created_at),
            state_of(link.archived_at, link.expires_at, now).value,
        )
        for link in found
    ]
    none = "No link fits." if query != LinkQuery() else "No links yet. Create one: main.py create URL"
    console.print(text_table(_COLUMNS, rows, console.width) if rows else none)


@links_app.command()
def show(
    context: typer.Context, name: Annotated[str, typer.Argument(help="Slug or id.")], as_json: AsJson = False
) -> None:
    """Show one link."""
    with call_of(context).desk() as desk:
        link: Link = desk.links.one(name)
    if as_json:
        print_json(asdict(link))
        return
    for field, value in asdict(link).items():
        text = ", ".join(value) if isinstance(value, tuple | list) else value
        if field.endswith("_at") and value is not None:
            text = datetime.fromtimestamp(value, UTC).astimezone().isoformat(timespec="milliseconds")
        console.print(f"{field:12} {'-' if text in (None, '') else text}", markup=False)


@links_app.command()
def edit(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Slug or id.")],
    url: Annotated[str | None, typer.Option(help="The new target.")] = None,
    title: Annotated[str | None, typer.Option(help="The new title.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="The new tags; may be repeated; '' for none.")] = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Change target, title or tags of a link."""
    with call_of(context).desk() as desk:
        _show_change(desk.edit_link(name, url=url, title=title, tags=tag, why=why), "edited", as_json)
    call_of(context).settle()


@links_app.command()
def archive(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Slug or id.")],
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Stop a link from redirecting; its slug stays taken. `restore` takes it back."""
    with call_of(context).desk() as desk:
        _show_change(desk.archive_link(name, why=why), "archived", as_json)
    call_of(context).settle()


@links_app.command()
def restore(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Slug or id.")],
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Take a link back from the archive: it redirects again, unless it has expired."""
    with call_of(context).desk() as desk:
        _show_change(desk.restore_link(name, why=why), "restored", as_json)
    call_of(context).settle()


def _show_change(change: Change, done: str, as_json: bool) -> None:
    if as_json:
        print_json(asdict(change))
    elif change.event_id is None:
        console.print(f"{change.slug}: nothing to change", markup=False)
    else:
        console.print(f"{change.slug} {done} ({change.committed_ms:.1f} ms)", markup=False)
