"""What the ledger says: per consumer the sum of its events, and the exact ids of whatever is wrong."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Ids or sentences that a report names of one kind; there may be more, and the count says how many.
NAMED_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Named:
    """Exact ids, or sentences; the first ones, and how many there are."""

    names: tuple[str, ...] = ()
    count: int = 0


class Naming:
    """Collects ids one by one; only the first ones are kept."""

    __slots__ = ("_names", "count")

    def __init__(self) -> None:
        self._names: list[str] = []
        self.count = 0

    def add(self, name: str) -> None:
        """Name one more."""
        if self.count < NAMED_AT_MOST:
            self._names.append(name)
        self.count += 1

    def named(self) -> Named:
        """Give what was collected."""
        return Named(tuple(self._names), self.count)


@dataclass(frozen=True, slots=True)
class CutOff:
    """Which events the ledger counts: those that were committed when it began."""

    #: Unix seconds.
    at: float
    #: The newest row of the outbox.
    outbox_id: int
    #: Per partition, the first position that the outbox keeps; those before it were deleted when their time was over.
    first: Mapping[int, int]
    #: The last position given to an event, and the last one that the broker is known to have.
    given: Mapping[int, int]
    published: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Account:
    """One consumer: `committed` = `applied` + `waiting` + `parked` + `dead`, and nothing named below."""

    name: str
    committed: int
    applied: int
    waiting: int
    parked: int
    #: Dead letters, with those that operators have discarded.
    dead: int
    discarded: int
    #: Events without receipt and in no other place, or without the effect that their receipt promises.
    missing: Named
    #: Events in two places, or whose effect is there more than once.
    doubled: Named
    #: Events that were applied before an earlier one of their link.
    out_of_order: Named
    #: Receipts of no committed event, and effects without receipt.
    foreign: Named
    #: Whatever else is wrong, a sentence each.
    findings: Named
    #: Deliveries of events that had been dealt with already.
    absorbed: int
    #: Receipts of events that the outbox no longer keeps.
    older_receipts: int
    #: Dead letters of entries that are no events of ours.
    strangers: int
    #: What was looked at.
    remarks: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every committed event has exactly one effect or is known to wait for it."""
        wrong = (self.missing, self.doubled, self.out_of_order, self.foreign, self.findings)
        balanced = self.committed == self.applied + self.waiting + self.parked + self.dead
        return balanced and not any(named.count for named in wrong)


@dataclass(frozen=True, slots=True)
class StreamsReport:
    """The broker's copy; a broker that is away proves nothing wrong."""

    #: Why the streams were not looked at; None = they were.
    not_checked: str | None
    entries: int = 0
    #: What is wrong, a sentence each.
    findings: Named = Named()
    #: Entries that somebody else wrote, as <partition>/<id>; they reach no effect.
    strangers: Named = Named()


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """The whole ledger."""

    cut_off: CutOff
    accounts: tuple[Account, ...]
    #: What is wrong with the outbox itself, a sentence each.
    outbox: Named
    streams: StreamsReport
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether nothing is lost, doubled, out of order or strange."""
        return (
            not self.outbox.count
            and not self.streams.findings.count
            and all(account.ok for account in self.accounts)
        )

    def to_json(self) -> dict[str, Any]:
        """Give the report as it is printed with --json."""
        return {
            "ok": self.ok,
            "cut_off": asdict(self.cut_off),
            "consumers": [_with_counts(asdict(account), account.ok) for account in self.accounts],
            "outbox": _with_counts({"findings": asdict(self.outbox)}, not self.outbox.count),
            "streams": _with_counts(asdict(self.streams), not self.streams.findings.count),
            "seconds": round(self.seconds, 3),
        }


def _with_counts(values: dict[str, Any], ok: bool) -> dict[str, Any]:
    """Write each list of names as a list, with its count beside it."""
    answer: dict[str, Any] = {"ok": ok}
    for name, value in values.items():
        if isinstance(value, dict):
            answer[name], answer[f"{name}_count"] = list(value["names"]), value["count"]
        else:
            answer[name] = value
    return answer
