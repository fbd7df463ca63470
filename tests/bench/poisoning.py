"""poison: how much slower all others are while each consumer has a link that can never succeed.

Blocks of 500 links created at 100/s on a desk with its worker as a child process. In every second block the fault that
operators have for it makes each of the five consumers reject one event of the block, which is tried five times and
becomes a dead letter: twice as many as one among 1,000. The time is that of `commit_to_effect`, from each commit to the
last of the five receipts, of all links but the rejected ones. Yardstick: the blocks without. In turn.
"""

from sqlalchemy import select

from consumers import NAMES
from core.consuming.control_tables import fault_events
from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.installation import Installation
from tests.bench.following import follow
from tests.bench.measuring import Result, latencies, percentile, spread, with_profile
from tests.bench.places import open_desk, wait_until

_RATE = 100.0
_WARM_UP = 50


def poison(*, rounds: int = 2, count: int = 500) -> dict[str, Result]:
    """Measure, in `rounds` pairs of blocks of `count` links each."""
    with open_desk(run_worker=True) as desk:
        follow(desk, _WARM_UP, rate=_RATE)
        plain, beside = [], []
        for number in range(1, rounds + 1):
            plain.append(_slowest(follow(desk, count, rate=_RATE)))
            beside.append(_follow_beside_poison(desk, count, number * len(NAMES)))
        result = _judge(beside, plain)
        result.figures["dead_letters"] = _dead(desk)
        again = _dead(desk) + len(NAMES)
        return {"poison": with_profile(result, lambda: _follow_beside_poison(desk, _WARM_UP, again))}


def _judge(beside: list[list[float]], plain: list[list[float]]) -> Result:
    mine, other = (latencies([one for block in blocks for one in block]) for blocks in (beside, plain))
    ratios = {name: mine[name] / other[name] for name in ("p50_ms", "p99_ms")}
    return Result(
        ours=mine["p50_ms"],
        yardstick=other["p50_ms"],
        unit="ms",
        bar="p50 and p99 <= 2x",
        met=max(ratios.values()) <= 2,
        figures={
            **mine,
            "p99_ratio": ratios["p99_ms"],
            "yardstick_p99_ms": other["p99_ms"],
            "yardstick_max_ms": other["max_ms"],
            "runs": len(beside),
            "spread": spread([percentile(block, 50) for block in beside]),
            "yardstick_spread": spread([percentile(block, 50) for block in plain]),
        },
    )


def _follow_beside_poison(desk: Desk, count: int, dead: int) -> list[float]:
    """Follow `count` links of which each consumer rejects one; there are `dead` dead letters in all afterwards."""
    faults = [
        desk.faults.set(name, FaultKind.FAIL, Figures(next=1), by="bench", why="poison") for name in NAMES
    ]
    installation = Installation(desk.settings)
    picked = select(fault_events.c.event_id).where(
        fault_events.c.fault_id.in_([fault.fault_id for fault in faults])
    )

    def rejected() -> set[str]:
        with installation.control.reading() as db:
            return set(db.scalars(picked))

    times = _slowest(follow(desk, count, rate=_RATE, besides=rejected))
    wait_until(lambda: _dead(desk) == dead)
    installation.close()
    desk.faults.clear(by="bench")
    return times


def _slowest(times: dict[str, list[float]]) -> list[float]:
    return [max(of_one) for of_one in zip(*times.values(), strict=True)]


def _dead(desk: Desk) -> int:
    look = desk.snapshot
    return 0 if look is None else sum(health.dead or 0 for health in look.consumers)
