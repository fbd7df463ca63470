"""Commands that break things on purpose, for a demonstration: set, list, clear."""

from typing import Annotated, Any

import msgspec
import typer

from core.commands.context import EXIT_USAGE, call_of, console, fail, print_json, wait_until
from core.commands.dead_texts import moment, plain
from core.commands.durations import parse_duration
from core.commands.text_table import Column, Fit, text_table
from core.consuming.contract import Answer
from core.consuming.faults import Fault, FaultKind, Figures
from core.operating.actor import actor
from core.operating.desk import Desk
from core.operating.faults.board import BROKER, ONCE
from core.operating.faults.words import fault_words

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Why = Annotated[str, typer.Option(help="For the journal.")]
Ms = Annotated[float | None, typer.Option(help="latency: added to each batch.")]
Jitter = Annotated[float | None, typer.Option(help="latency: give or take, in ms.")]
Count = Annotated[int | None, typer.Option("--next", help="fail: so many events.")]
Share = Annotated[float | None, typer.Option(help="fail: such a share of events, 0 to 1.")]
Passing = Annotated[
    bool | None,
    typer.Option(
        "--transient/--poison", help="fail, fail-link: passes by itself, or (default) never succeeds."
    ),
]
AfterCommit = Annotated[
    bool | None, typer.Option("--after-commit/--before-commit", help="crash: when; before, if not given.")
]
Times = Annotated[int | None, typer.Option(help="crash: how often; once, if not given.")]
Size = Annotated[int | None, typer.Option("--bytes", min=1, help="lose-tail: how much of the broker's log.")]
Duration = Annotated[str | None, typer.Option("--for", help="Such as 10s, 5m; until cleared if not given.")]

#: Longest wait for the desk to have done it to the broker, in seconds.
_PATIENCE_S = 10.0
_COLUMNS = (
    Column("Fault", is_right=True),
    Column("What", Fit.WORDS, 16),
    Column("Until"),
    Column("Set by", Fit.MIDDLE, 10),
    Column("Since"),
)

app = typer.Typer(help="Break things on purpose, and restore everything.", no_args_is_help=True)


#: What may be said of which kind; a figure that means nothing there is refused, never ignored.
_OPTIONS = {
    "ms": ("--ms", (FaultKind.LATENCY,)),
    "jitter_ms": ("--jitter", (FaultKind.LATENCY,)),
    "next": ("--next", (FaultKind.FAIL,)),
    "share": ("--share", (FaultKind.FAIL,)),
    "link": ("link", (FaultKind.FAIL_LINK,)),
    "transient": ("--transient or --poison", (FaultKind.FAIL, FaultKind.FAIL_LINK)),
    "after_commit": ("--after-commit or --before-commit", (FaultKind.CRASH,)),
    "times": ("--times", (FaultKind.CRASH,)),
    "bytes": ("--bytes", (FaultKind.LOSE_TAIL,)),
}


@app.command("set")
def set_fault(
    context: typer.Context,
    target: Annotated[str, typer.Argument(help="A consumer, or broker.")],
    kind: Annotated[FaultKind, typer.Argument(help="What shall be wrong.")],
    link: Annotated[str | None, typer.Argument(help="fail-link: its slug or id.")] = None,
    ms: Ms = None,
    jitter: Jitter = None,
    count: Count = None,
    share: Share = None,
    transient: Passing = None,
    after_commit: AfterCommit = None,
    times: Times = None,
    size: Size = None,
    duration: Duration = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Break something, until it is cleared.

    Of a consumer: latency, fail, fail-link, crash, hang, twice, locked. Of the broker: stop, freeze, lose-tail, flush.
    """
    given = (ms, jitter, count, share, link, transient, after_commit, times, size)
    figures = _figures(kind, dict(zip(_OPTIONS, given, strict=True)))
    seconds = None if duration is None else parse_duration(duration)
    with call_of(context).desk() as desk:
        fault = desk.faults.set(target, kind, figures, seconds=seconds, by=actor(), why=why)
        outcome = _await_outcome(desk, fault)
    if as_json:
        print_json({**fault_object(fault), "outcome": outcome})
        return
    said = f"fault {fault.fault_id}: {fault_words(fault)}" if outcome is None else outcome
    hint = "" if fault.kind in ONCE else " Restore everything: main.py fault clear"
    console.print(f"{said}.{hint}", markup=False)


def _figures(kind: FaultKind, given: dict[str, Any]) -> Figures:
    said = {name: value for name, value in given.items() if value is not None}
    for name in said:
        flag, kinds = _OPTIONS[name]
        if kind not in kinds:
            fail(f"{kind} takes no {flag}.", EXIT_USAGE)
    return Figures(**said)


def _await_outcome(desk: Desk, fault: Fault) -> str | None:
    """Wait for what the desk does to the broker; workers obey within 0.1 s and give no answer."""
    if fault.target != BROKER:
        return None
    outcome: list[Answer] = []

    def is_done() -> bool:
        found = desk.faults.outcome(fault.fault_id)
        if found is not None:
            outcome.append(found)
        return bool(outcome)

    if not wait_until(is_done, seconds=_PATIENCE_S):
        return f"fault {fault.fault_id} is noted; the desk has not obeyed it yet"
    if not outcome[0].done:
        fail(f"fault {fault.fault_id} {outcome[0].sentence}")
    return f"fault {fault.fault_id}: {outcome[0].sentence}"


@app.command("list")
def list_faults(context: typer.Context, as_json: AsJson = False) -> None:
    """List what is broken on purpose."""
    with call_of(context).desk() as desk:
        active = desk.faults.active()
    if as_json:
        print_json([fault_object(fault) for fault in active])
        return
    rows = [
        (
            str(fault.fault_id),
            plain(fault_words(fault)),
            "cleared" if fault.ends_at is None else moment(fault.ends_at),
            plain(fault.set_by),
            moment(fault.set_at),
        )
        for fault in active
    ]
    console.print(text_table(_COLUMNS, rows, console.width) if rows else "Nothing is broken on purpose.")


@app.command()
def clear(
    context: typer.Context,
    what: Annotated[
        str | None, typer.Argument(help="A fault's number, a consumer, or broker; everything if not given.")
    ] = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Restore everything, or one thing."""
    with call_of(context).desk() as desk:
        cleared = desk.faults.clear(what, by=actor(), why=why)
    if as_json:
        print_json({"cleared": [fault_object(fault) for fault in cleared]})
        return
    for fault in cleared:
        console.print(f"cleared fault {fault.fault_id}: {fault_words(fault)}", markup=False)
    if not cleared:
        console.print("Nothing was broken on purpose.", markup=False)


def fault_object(fault: Fault) -> dict[str, Any]:
    """Write a fault as the object that `--json` promises."""
    return {
        "id": fault.fault_id,
        "target": fault.target,
        "kind": fault.kind.value,
        "figures": msgspec.to_builtins(fault.figures),
        "words": fault_words(fault),
        "used": fault.used,
        "set_by": fault.set_by,
        "set_at": fault.set_at,
        "ends_at": fault.ends_at,
    }
