"""Snapshots as text tables, for the terminal."""

from rich.console import RenderableType
from rich.text import Text

from core.commands.dead_texts import plain
from core.commands.text_table import Column, Fit, text_table
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

_FIGURES = ("Lag", "Oldest", "In flight", "Parked", "Dead", "In/s", "Out/s")
_CONSUMER_COLUMNS = (
    Column("Consumer"),
    Column("State", Fit.WORDS, 8),
    *(Column(name, is_right=True) for name in _FIGURES),
)


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


def consumer_table(snapshot: Snapshot, width: int) -> RenderableType:
    """Show the consumers."""
    rows = [
        (
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
        for health in snapshot.consumers
    ]
    return text_table(_CONSUMER_COLUMNS, rows, width)


def notice_lines(snapshot: Snapshot) -> list[str]:
    """Say what is wrong with the whole, a line each, the worst first."""
    return [f"{notice.severity.value}: {notice.text}" for notice in notices(snapshot)]


def errors(snapshot: Snapshot) -> list[str]:
    """Say what is wrong with consumers, a line each; where no worker runs one, it is we who can't read what it has."""
    return [
        f"{health.name} {'is failing' if health.workers else 'is unknown'}: {health.error}"
        for health in snapshot.consumers
        if health.error
    ]


def journey_table(snapshot: Snapshot, width: int, count: int = 6) -> RenderableType:
    """Show the journeys of the newest links: milliseconds from the commit to each station."""
    names = [health.name for health in snapshot.consumers]
    stations = (Column(name, is_right=True) for name in ("published", *names, "all"))
    rows: list[list[str | Text]] = []
    for journey in snapshot.journeys[:count]:
        marks = dict(journey.applied_ms)
        passed = (journey.published_ms, *(marks.get(name) for name in names), journey.consistent_ms)
        rows.append([plain(journey.slug), *(_mark(ms) for ms in passed)])
    return text_table((Column("ms to", Fit.MIDDLE, 10), *stations), rows, width)


def _mark(ms: float | None) -> Text:
    return (
        Text("waiting", style="yellow")
        if ms is None
        else Text(f"{ms:,.{0 if ms >= 99.95 else 1}f}", style="green")
    )
