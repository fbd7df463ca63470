"""The ledger's report as the command prints it with --json, and the rows that it is shown as. No Qt here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from core.operating.snapshot import ConsumerHealth, OutboxBacklog
from gui.formatting import count, plural

#: The kinds of what can be wrong with a consumer's account, as the report names them, and in words.
KINDS = {
    "missing": "missing",
    "doubled": "doubled",
    "out_of_order": "out of order",
    "foreign": "foreign",
    "findings": "finding",
}
_STRANGER = "somebody else's entry"


@dataclass(frozen=True, slots=True)
class CutOff:
    """Which events were counted: those committed by then, in Unix seconds."""

    at: float


@dataclass(frozen=True, slots=True)
class Account:
    """One consumer's account; of each kind of trouble the first ids, and how many there are."""

    ok: bool
    name: str
    committed: int
    applied: int
    waiting: int
    parked: int
    dead: int
    discarded: int
    absorbed: int
    missing: tuple[str, ...]
    missing_count: int
    doubled: tuple[str, ...]
    doubled_count: int
    out_of_order: tuple[str, ...]
    out_of_order_count: int
    foreign: tuple[str, ...]
    foreign_count: int
    findings: tuple[str, ...]
    findings_count: int
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is wrong with the outbox itself."""

    ok: bool
    findings: tuple[str, ...]
    findings_count: int


@dataclass(frozen=True, slots=True)
class Streams:
    """What is wrong with the broker's copy; it proves nothing while the broker is away."""

    ok: bool
    not_checked: str | None
    entries: int
    findings: tuple[str, ...]
    findings_count: int
    strangers: tuple[str, ...]
    strangers_count: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole of it."""

    ok: bool
    cut_off: CutOff
    consumers: tuple[Account, ...]
    outbox: Outbox
    streams: Streams
    seconds: float

    @property
    def events(self) -> int:
        """How many events were counted."""
        return max((account.committed for account in self.consumers), default=0)


def read_report(printed: bytes) -> Report | None:
    """Read what the command has printed; None = it is no report."""
    try:
        return msgspec.json.decode(printed, type=Report)
    except msgspec.MsgspecError:
        return None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One id, or a sentence, that something is wrong with."""

    number: int
    kind: str
    name: str

    @property
    def is_event(self) -> bool:
        """Whether it is an event's id."""
        return self.kind not in (KINDS["findings"], _STRANGER)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page: a consumer's account, the outbox or the streams."""

    name: str
    ok: bool
    #: Committed, applied, waiting, parked, dead; empty = it has no account.
    figures: tuple[int, ...]
    #: What is wrong, or that nothing is.
    verdict: str
    absorbed: int | None
    #: How things stand at this moment, by the monitor.
    now: str
    troubles: tuple[Trouble, ...]
    #: Of how many things is something wrong; more than are named, perhaps.
    trouble_count: int
    remarks: tuple[str, ...]
    #: Whether it was looked at at all; what was not is neither green nor red.
    is_checked: bool = True

    @property
    def word(self) -> str:
        """How it is, in one word."""
        return ("green" if self.ok else "red") if self.is_checked else "not checked"


def lines(report: Report, health: Mapping[str, ConsumerHealth], backlog: OutboxBacklog | None) -> list[Line]:
    """Give the lines of a report, red ones first, with what is known of this moment beside it."""
    unpublished = None if backlog is None else backlog.unpublished
    own = [_account_line(account, health.get(account.name), unpublished) for account in report.consumers]
    found = [*own, _outbox_line(report.outbox, unpublished), _streams_line(report.streams)]
    return sorted(found, key=lambda line: line.ok)


def _account_line(account: Account, health: ConsumerHealth | None, unpublished: int | None) -> Line:
    counts = {kind: getattr(account, f"{kind}_count") for kind in KINDS}
    wrong = [_counted(number, KINDS[kind]) for kind, number in counts.items() if number]
    figures = (account.committed, account.applied, account.waiting, account.parked, account.dead)
    if not wrong and not account.ok:
        wrong = ["the sum does not come out"]
    return Line(
        name=account.name,
        ok=account.ok,
        figures=figures,
        verdict=", ".join(wrong) or "all accounted for",
        absorbed=account.absorbed,
        now=_now(health, unpublished),
        troubles=_troubles([(KINDS[kind], getattr(account, kind)) for kind in KINDS]),
        trouble_count=sum(counts.values()),
        remarks=account.remarks,
    )


def _outbox_line(outbox: Outbox, unpublished: int | None) -> Line:
    verdict = "sound" if outbox.ok else _counted(outbox.findings_count, "finding")
    now = "?" if unpublished is None else f"{count(unpublished)} unpublished"
    troubles = _troubles([("finding", outbox.findings)])
    return Line("outbox", outbox.ok, (), verdict, None, now, troubles, outbox.findings_count, ())


def _streams_line(streams: Streams) -> Line:
    strangers = f", {count(streams.strangers_count)} of somebody else" if streams.strangers_count else ""
    verdict = "as the outbox has it" if streams.ok else _counted(streams.findings_count, "finding")
    if streams.not_checked is not None:
        verdict = f"not checked: {streams.not_checked}"
    troubles = _troubles([("finding", streams.findings), (_STRANGER, streams.strangers)])
    number = streams.findings_count + streams.strangers_count
    is_checked = streams.not_checked is None
    return Line(
        "streams",
        streams.ok,
        (),
        f"{verdict}{strangers}",
        None,
        "",
        troubles,
        number,
        (),
        is_checked=is_checked,
    )


def _now(health: ConsumerHealth | None, unpublished: int | None) -> str:
    """Say what waits at this moment; what could not be read is a question mark."""
    if health is None:
        return "?"
    waiting = None if health.lag is None or unpublished is None else health.lag + unpublished
    parts = [f"{count(waiting)} waiting"]
    parts += [
        f"{count(number)} {word}"
        for number, word in ((health.parked, "parked"), (health.dead, "dead"))
        if number != 0
    ]
    return ", ".join(parts)


def _counted(number: int, kind: str) -> str:
    return plural(number, kind) if kind == "finding" else f"{count(number)} {kind}"


def _troubles(named: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[Trouble, ...]:
    found = [(kind, name) for kind, names in named for name in names]
    return tuple(Trouble(number, kind, name) for number, (kind, name) in enumerate(found))
