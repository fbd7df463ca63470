"""Commands on webhook endpoints: add, list, remove."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from core.commands.context import call_of, console, print_json

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(help="Say where webhooks go.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The https address to call.")],
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="SIGNALBOX_ENDPOINT_SECRET", help="Your own whsec_ secret; better by environment."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Register an endpoint and show its signing secret, this once."""
    with call_of(context).desk() as desk:
        added = desk.add_endpoint(url, description=description, secret=secret)
    if as_json:
        print_json({**asdict(added.endpoint), "secret": added.secret})
        return
    console.print(f"endpoint  {added.endpoint.endpoint_id}\nurl       {added.endpoint.url}", markup=False)
    console.print(f"secret    {added.secret}\nKeep the secret: it is not shown again.", markup=False)


@app.command("list")
def list_endpoints(context: typer.Context, as_json: AsJson = False) -> None:
    """List the endpoints in use."""
    with call_of(context).desk() as desk:
        endpoints = desk.endpoints()
    if as_json:
        print_json([asdict(endpoint) for endpoint in endpoints])
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Id", no_wrap=True)
    for name in ("URL", "Description", "Since"):
        table.add_column(name, overflow="fold")
    for endpoint in endpoints:
        since = datetime.fromtimestamp(endpoint.created_at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(endpoint.endpoint_id, endpoint.url, endpoint.description, since)
    console.print(
        table if endpoints else "No endpoints yet. Add one: main.py endpoints add URL", markup=False
    )


@app.command()
def remove(
    context: typer.Context,
    endpoint_id: Annotated[str, typer.Argument(help="The endpoint's id.")],
    as_json: AsJson = False,
) -> None:
    """Take an endpoint out of use."""
    with call_of(context).desk() as desk:
        desk.remove_endpoint(endpoint_id)
    if as_json:
        print_json({"removed": endpoint_id})
    else:
        console.print(f"removed {endpoint_id}", markup=False)
