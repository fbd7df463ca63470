"""What a storm was and what came of it, in figures and in words."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.chaos.plan import BROKER_KILLS, KILLS

#: What a storm has to reach to prove anything, a minute.
_KILLS = 80
_BROKER_KILLS = 8
#: What the relay says when the broker has lost entries: where its stream ends, and where it should.
_REGRESSION = re.compile(r"the broker has lost entries: partition \d+ ends at (\d+), not (\d+)")


@dataclass(frozen=True, slots=True)
class Lost:
    """What relays have noticed that the broker had lost, and published again."""

    regressions: int
    entries: int


def lost_by_broker(logs: Path) -> Lost:
    """Read it from the logs of all processes that were relays."""
    found = [
        int(should) - int(ends)
        for file in logs.iterdir()
        for ends, should in _REGRESSION.findall(file.read_text(encoding="utf-8", errors="replace"))
    ]
    return Lost(len(found), sum(found))


@dataclass(frozen=True, slots=True)
class Report:
    """One storm."""

    seed: int
    seconds: float
    #: Blows that hit, by kind.
    blows: dict[str, int]
    events: int
    #: Deliveries of events that had been dealt with already.
    absorbed: int
    #: Webhooks that arrived, and how often one of them arrived once more.
    webhooks: int
    webhooks_repeated: int
    #: How often a relay found that a stream of the broker had lost entries, and how many it published again.
    regressions: int
    republished: int
    #: Seconds until the consumers had caught up after the storm; None = they had not in time.
    settled_in_s: float | None
    #: What the consumers have not dealt with.
    waiting: dict[str, int]
    findings: list[str]
    could_preload: bool
    disk_was_mounted: bool

    @property
    def kills(self) -> int:
        """Processes killed."""
        return sum(self.blows.get(kind.value, 0) for kind in KILLS)

    @property
    def broker_kills(self) -> int:
        """Brokers killed."""
        return sum(self.blows.get(kind.value, 0) for kind in BROKER_KILLS)

    @property
    def weaknesses(self) -> list[str]:
        """Why the storm would prove too little."""
        minutes = self.seconds / 60
        found = []
        if self.kills < _KILLS * minutes:
            found.append(f"only {self.kills} kills")
        if self.broker_kills < _BROKER_KILLS * minutes:
            found.append(f"only {self.broker_kills} kills of the broker")
        if not self.regressions:
            found.append("the broker was never seen to lose anything")
        return found

    @property
    def ok(self) -> bool:
        """Whether it was a storm, and nothing was lost, doubled or out of order in it."""
        return self.settled_in_s is not None and not self.findings and not self.weaknesses

    def to_json(self) -> dict[str, object]:
        """Give it for programs."""
        return {
            "ok": self.ok,
            "kills": self.kills,
            "broker_kills": self.broker_kills,
            **asdict(self),
            "weaknesses": self.weaknesses,
        }

    def text(self) -> str:
        """Give it as lines for people."""
        settled = "never" if self.settled_in_s is None else f"{self.settled_in_s:g} s after the load stopped"
        lines = [
            f"seed            {self.seed}, {self.seconds:g} s",
            f"kills           {self.kills}, of the broker {self.broker_kills}",
            *(f"  {count:5}  {kind}" for kind, count in sorted(self.blows.items())),
            f"events          {self.events}",
            f"redeliveries    {self.absorbed} absorbed",
            f"webhooks        {self.webhooks} received, {self.webhooks_repeated} of them once more",
            f"republished     {self.republished} entries after {self.regressions} losses of the broker",
            f"settled         {settled}",
            *(f"WAITING         {name}: {count}" for name, count in self.waiting.items()),
            *(f"FOUND           {finding}" for finding in self.findings),
            *(f"TOO WEAK        {weakness}" for weakness in self.weaknesses),
            *(
                []
                if self.could_preload
                else ["note            no C compiler: no slow fsync, no wrong clocks"]
            ),
            *(
                []
                if self.disk_was_mounted
                else ["note            nothing could be mounted: files were limited"]
            ),
            "nothing missing, nothing doubled, nothing out of order" if self.ok else "NOT PROVEN",
        ]
        return "\n".join(lines)
