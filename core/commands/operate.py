"""Commands that see and steer: status, pause, resume."""

import threading
from dataclasses import asdict
from typing import Annotated, Any

import typer

from core.commands.context import call_of, console, fail, print_json
from core.commands.durations import parse_duration
from core.commands.tables import consumer_table, errors, headline, notice_lines
from core.operating.desk import Desk
from core.operating.snapshot import ConsumerHealth, Snapshot
from core.operating.upkeep.notices import notices

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

#: A command takes two pictures this far apart, since a rate needs two; in seconds.
_BETWEEN_PICTURES_S = 0.3


def add_commands(app: typer.Typer) -> None:
    """Add them to the program."""
    app.command()(status)
    app.command()(pause)
    app.command()(resume)


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show how everything is, once."""
    with call_of(context).desk() as desk:
        snapshot = take_snapshot(desk)
    if as_json:
        print_json(status_object(snapshot))
    else:
        for line in headline(snapshot):
            console.print(line, markup=False)
        console.print()
        console.print(consumer_table(snapshot, console.width))
        console.print()
        for line in (*notice_lines(snapshot), *errors(snapshot)):
            console.print(line, markup=False)
    if snapshot.database_error is not None:
        fail(snapshot.database_error)


def take_snapshot(desk: Desk) -> Snapshot:
    """Take a picture with rates, for a desk that is attached."""
    desk.look()
    threading.Event().wait(_BETWEEN_PICTURES_S)
    return desk.look()


def status_object(snapshot: Snapshot) -> dict[str, Any]:
    """Write a picture as the object that `status --json` promises."""
    return {
        "taken_at": snapshot.taken_at,
        "broker": asdict(snapshot.broker),
        "database": {"where": snapshot.database, "error": snapshot.database_error},
        "outbox": asdict(snapshot.outbox),
        "partitions": [asdict(partition) for partition in snapshot.partitions],
        "consumers": [_consumer_object(health) for health in snapshot.consumers],
        "workers": [asdict(worker) for worker in snapshot.workers],
        "notices": [asdict(notice) for notice in notices(snapshot)],
        "faults": [asdict(fault) for fault in snapshot.faults],
        "failing_endpoints": [asdict(endpoint) for endpoint in snapshot.failing_endpoints],
        "endpoints_off": [asdict(endpoint) for endpoint in snapshot.endpoints_off],
    }


def _consumer_object(health: ConsumerHealth) -> dict[str, Any]:
    names = (
        "name state lag oldest_age_s in_flight parked dead rate_in rate_out drain_s "
        "wanted_version obeyed_version paused_until paused_by workers error warning"
    )
    return {name: getattr(health, name) for name in names.split()}


def pause(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The consumer.")],
    duration: Annotated[
        str | None, typer.Option("--for", help="Such as 90s, 10m, 2h; until resumed if not given.")
    ] = None,
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let a consumer stand still: it reads nothing more; its lag goes on being counted, nothing is lost."""
    seconds = None if duration is None else parse_duration(duration)
    with call_of(context).desk() as desk:
        version = desk.pause(name, seconds=seconds, why=why)
        _show_obeyed(desk, name, version, "paused", as_json)


def resume(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The consumer.")],
    why: Annotated[str, typer.Option(help="For the journal.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let a paused consumer go on."""
    with call_of(context).desk() as desk:
        version = desk.resume(name, why=why)
        _show_obeyed(desk, name, version, "running again", as_json)


def _show_obeyed(desk: Desk, name: str, version: int, outcome: str, as_json: bool) -> None:
    """Wait up to two seconds for the worker to obey, and say whether it has."""
    waiting = threading.Event()
    obeyed: int | None = None
    for _ in range(20):
        healths = [health for health in desk.look().consumers if health.name == name]
        obeyed = healths[0].obeyed_version if healths else None
        if obeyed is None or obeyed >= version:
            break
        waiting.wait(0.1)
    if as_json:
        print_json({"consumer": name, "wanted_version": version, "obeyed_version": obeyed})
    elif obeyed is None:
        console.print(
            f"{name}: noted as version {version}; no worker that runs it is heard of now.", markup=False
        )
    elif obeyed >= version:
        console.print(f"{name}: {outcome} (version {version} obeyed).", markup=False)
    else:
        console.print(f"{name}: version {version} sent, not obeyed yet.", markup=False)
