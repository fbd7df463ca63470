"""Snapshots as text tables, for the terminal."""

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from core.operating.snapshot import BrokerState, ConsumerState, Snapshot
from core.operating.upkeep.notices import notices

_STATE_STYLES = {
    ConsumerState.RUNNING: "green",
    ConsumerState.CATCHING_UP: "yellow",
    ConsumerState.PAUSING: "yellow",
    ConsumerState.PAUSED: "yellow",
    ConsumerState.FAILING: "bold red",
    ConsumerState.STOPPED: "red",
}


def _figure(value: float | None, unit: str = "", digits: int = 0) -> str:
    return "?" if value is None else f"{value:,.{digits}f}{unit}"


def _age(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f} s"


def headline(snapshot: Snapshot) -> list[str]:
    """Say how broker, outbox and database are, and what is broken on purpose, a line each."""
    broker, outbox = snapshot.broker, snapshot.outbox
    lines = [f"broker    {broker.state} ({broker.address}{', ' + broker.version if broker.version else ''})"]
    if broker.error:
        lines[0] += f": {broker.error}"
    elif broker.state is BrokerState.READY and broker.memory_bytes is not None:
        lines[0] += f", {broker.memory_bytes / 1e6:.1f} MB"
    lines.append(f"outbox    {_figure(outbox.unpublished)} unpublished")
    if outbox.oldest_age_s is not None:
        lines[-1] += f", the oldest for {outbox.oldest_age_s:.1f} s"
    if outbox.relay_error:
        lines[-1] += f": {outbox.relay_error}"
    lines.append(f"database  {snapshot.database}")
    if snapshot.database_error:
        lines[-1] += f": {snapshot.database_error}"
    if snapshot.faults:
        lines.append(f"faults    {', '.join(fault.words for fault in snapshot.faults)}")
    return lines


def consumer_table(snapshot: Snapshot) -> Table:
    """Show the consumers."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("Consumer", no_wrap=True)
    table.add_column("State", no_wrap=True)
    for name in ("Lag", "Oldest", "In flight", "Parked", "Dead", "In/s", "Out/s"):
        table.add_column(name, justify="right", no_wrap=True)
    for health in snapshot.consumers:
        table.add_row(
            health.name,
            Text(health.state, style=_STATE_STYLES[health.state]),
            _figure(health.lag),
            _age(health.oldest_age_s),
            _figure(health.in_flight),
            _figure(health.parked),
            _figure(health.dead),
            _figure(health.rate_in, digits=1),
            _figure(health.rate_out, digits=1),
        )
    return table


def notice_lines(snapshot: Snapshot) -> list[str]:
    """Say what is wrong with the whole, a line each, the worst first."""
    return [f"{notice.severity.value}: {notice.text}" for notice in notices(snapshot)]


def errors(snapshot: Snapshot) -> list[str]:
    """Say what is wrong with consumers, a line each."""
    return [f"{health.name} is failing: {health.error}" for health in snapshot.consumers if health.error]


def journey_table(snapshot: Snapshot, count: int = 6) -> Table:
    """Show the journeys of the newest links: milliseconds from the commit to each station."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("ms to", no_wrap=True)
    names = [health.name for health in snapshot.consumers]
    for name in ("published", *names, "all"):
        table.add_column(name, justify="right", no_wrap=True)
    for journey in snapshot.journeys[:count]:
        marks = dict(journey.applied_ms)
        table.add_row(
            journey.slug,
            _mark(journey.published_ms),
            *(_mark(marks.get(name)) for name in names),
            _mark(journey.consistent_ms),
        )
    return table


def _mark(ms: float | None) -> Text:
    return (
        Text("waiting", style="yellow")
        if ms is None
        else Text(f"{ms:,.{0 if ms >= 99.95 else 1}f}", style="green")
    )
