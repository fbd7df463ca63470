"""create_under_drain: how long the user waits for a link while five consumers drain a long backlog.

A desk with broker, relay, monitor and its worker as a child process; the backlog of links lies in the broker, all
consumers are paused. They resume, and links are created at 200/s until the light consumers are done or time is up,
whichever comes first; each new link is relayed and consumed as well. The same rate beforehand, at rest, stands
beside it; the bar is absolute. `p99_ms` is the duration of the call, `p99_from_due_ms` counts from the moment at
which the call was due, so that one long wait weighs on all that queue behind it.
"""

import time
from dataclasses import dataclass, field

from core.operating.desk import Desk
from core.operating.installation import Installation
from tests.bench.measuring import Result, latencies, percentile, with_profile
from tests.bench.offering import RATE, offer, target_url
from tests.bench.places import PARTITIONS, is_published, lags, open_desk, pause_all, resume_all, wait_until
from tests.bench.seed import seed_links

#: Links created between two looks at the drain.
_BLOCK = 100
_LONGEST_S = 30.0


@dataclass(slots=True)
class Offered:
    """What creations took, in milliseconds."""

    durations: list[float] = field(default_factory=list)
    from_due: list[float] = field(default_factory=list)

    def offer(self, desk: Desk, count: int) -> None:
        """Create links at the steady rate."""
        durations, from_due = offer(lambda number: desk.create_link(target_url(number)), count)
        self.durations += durations
        self.from_due += from_due


def create_under_drain(*, count: int = 100_000, longest_s: float = _LONGEST_S) -> dict[str, Result]:
    """Measure once, for at most `longest_s` seconds of a drain of `count` links."""
    with open_desk(run_worker=True) as desk:
        rest = Offered()
        rest.offer(desk, 5 * _BLOCK)
        pause_all(desk)
        fill(desk, count)
        resume_all(desk)
        wait_until(lambda: min(lag or 0 for lag in lags(desk).values()) < count)
        busy, began = Offered(), time.monotonic()
        while time.monotonic() - began < longest_s and _is_draining(desk):
            busy.offer(desk, _BLOCK)
        result = _judge(busy, rest, desk, time.monotonic() - began)
        return {"create_under_drain": with_profile(result, lambda: Offered().offer(desk, 5 * _BLOCK))}


def fill(desk: Desk, count: int) -> None:
    """Commit `count` links and wait until the broker has them."""
    installation = Installation(desk.settings)
    before = sum(cursor.given for cursor in installation.outbox.cursors())
    seed_links(installation.links, installation.teams.all()[0].team_id, count, partitions=PARTITIONS)
    installation.close()
    wait_until(lambda: is_published(desk, before + count))


def _is_draining(desk: Desk) -> bool:
    """Tell whether more than one consumer has a backlog."""
    return sum((lag or 0) > RATE for lag in lags(desk).values()) > 1


def _judge(busy: Offered, rest: Offered, desk: Desk, seconds: float) -> Result:
    figures = latencies(busy.durations)
    at_rest = latencies(rest.durations)
    return Result(
        ours=figures["p99_ms"],
        yardstick=at_rest["p99_ms"],
        unit="ms",
        bar="p99_ms < 10",
        met=figures["p99_ms"] < 10,
        figures={
            **figures,
            "p50_from_due_ms": percentile(busy.from_due, 50),
            "p99_from_due_ms": percentile(busy.from_due, 99),
            "at_rest_p50_ms": at_rest["p50_ms"],
            "runs": 1,
            "seconds": seconds,
            "offered_per_s": RATE,
            "lag_at_end": lags(desk),
        },
    )
