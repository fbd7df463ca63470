"""Commands on webhook endpoints: add, list, try, disable, enable, remove."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from core.commands.context import EXIT_FAILED, call_of, console, print_json
from core.commands.dead_texts import plain
from core.commands.text_table import Column, Fit, text_table
from core.operating.endpoints.rows import EndpointHealth, EndpointState, LastAnswer
from core.operating.endpoints.words import OFF_MEANS, ON_MEANS, capped, next_attempt, span, state_words

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EndpointId = Annotated[str, typer.Argument(help="The endpoint's id.")]
Why = Annotated[str, typer.Option(help="For the journal.")]

#: What an endpoint's state looks like, where it is not as it should be.
_STYLES = {
    EndpointState.FAILING: "red",
    EndpointState.OFF: "yellow",
    EndpointState.REMOVED: "dim",
}
_COLUMNS = (
    Column("Id"),
    Column("URL", Fit.WORDS, 30),
    Column("State", Fit.WORDS),
    Column("Last answer", Fit.WORDS, 20),
    Column("Waiting", is_right=True),
    Column("Next", is_right=True),
    Column("In the last hour", is_right=True),
)

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
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Register an endpoint and show its signing secret, this once."""
    with call_of(context).desk() as desk:
        added = desk.add_endpoint(url, description=description, why=why, secret=secret)
    if as_json:
        registered = {name: value for name, value in asdict(added.endpoint).items() if name != "switches"}
        print_json({**registered, "secret": added.secret})
        return
    console.print(f"endpoint  {added.endpoint.endpoint_id}\nurl       {added.endpoint.url}", markup=False)
    console.print(f"secret    {added.secret}\nKeep the secret: it is not shown again.", markup=False)


@app.command("list")
def list_endpoints(context: typer.Context, as_json: AsJson = False) -> None:
    """List the endpoints with how each answers, what waits for it and when it is called next."""
    with call_of(context).desk() as desk:
        endpoints = desk.endpoints.read()
    if as_json:
        print_json([_object(endpoint) for endpoint in endpoints])
        return
    none = "No endpoints yet. Add one: main.py endpoints add URL"
    console.print(_table(endpoints, time.time()) if endpoints else none, markup=False)


def _object(endpoint: EndpointHealth) -> dict[str, Any]:
    return {**asdict(endpoint), "state": endpoint.state.value}


def _table(endpoints: Sequence[EndpointHealth], now: float) -> RenderableType:
    rows = [
        (
            endpoint.endpoint_id,
            plain(_named(endpoint)),
            Text(plain(state_words(endpoint, now)), style=_STYLES.get(endpoint.state, "")),
            "-" if endpoint.last is None else plain(_answered(endpoint.last, now)),
            capped(endpoint.waiting),
            "-" if endpoint.off is not None else next_attempt(endpoint.next_attempt_at, now),
            f"{capped(endpoint.delivered)} delivered",
        )
        for endpoint in endpoints
    ]
    return text_table(_COLUMNS, rows, console.width)


def _answered(last: LastAnswer, now: float) -> str:
    return f"{last.words}, {span(now - last.answered_at)} ago"


def _named(endpoint: EndpointHealth) -> str:
    return f"{endpoint.url} ({endpoint.description})" if endpoint.description else endpoint.url


@app.command("try")
def try_now(context: typer.Context, endpoint_id: EndpointId, why: Why = "", as_json: AsJson = False) -> None:
    """Send what waits for an endpoint at once, instead of at the time of its next attempt; each counts as an attempt."""
    with call_of(context).desk() as desk:
        (called,) = desk.endpoints.outcomes(desk.endpoints.call_now([endpoint_id], why=why))
    if as_json:
        print_json(asdict(called))
    else:
        console.print(f"{called.url}: {called.outcome}", markup=False)
    if called.failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def disable(context: typer.Context, endpoint_id: EndpointId, why: Why = "", as_json: AsJson = False) -> None:
    """Switch an endpoint off until it is enabled: it is never told of what is committed meanwhile; what waits is kept."""
    with call_of(context).desk() as desk:
        done = desk.endpoints.disable(endpoint_id, why=why)
    _tell_switch(endpoint_id, "disabled", OFF_MEANS if done else "It was off already.", done, as_json)


@app.command()
def enable(context: typer.Context, endpoint_id: EndpointId, why: Why = "", as_json: AsJson = False) -> None:
    """Switch an endpoint on again: what has waited goes out, and it is told of what is committed from now on."""
    with call_of(context).desk() as desk:
        done = desk.endpoints.enable(endpoint_id, why=why)
    _tell_switch(endpoint_id, "enabled", ON_MEANS if done else "It was on already.", done, as_json)


def _tell_switch(endpoint_id: str, switched: str, said: str, done: bool, as_json: bool) -> None:
    if as_json:
        print_json({switched: endpoint_id, "done": done})
    else:
        console.print(f"{switched} {endpoint_id}: {said}" if done else said, markup=False)


@app.command()
def remove(context: typer.Context, endpoint_id: EndpointId, why: Why = "", as_json: AsJson = False) -> None:
    """Take an endpoint out of use; what waits for it is not delivered any more."""
    with call_of(context).desk() as desk:
        desk.endpoints.remove(endpoint_id, why=why)
    if as_json:
        print_json({"removed": endpoint_id})
    else:
        console.print(f"removed {endpoint_id}", markup=False)
