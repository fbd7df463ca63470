"""create_idle: how long the user waits for a link while nothing else happens.

Ours: `Desk.create_link` on an open desk (its relay publishes each link afterwards), offered at a steady rate.
Yardstick: SQLAlchemy Core inserting the same two rows in one transaction, in the same tables with the same PRAGMAs
(WAL, synchronous FULL), rows made beforehand: no parsing, checking, naming, event or wake-up. Blocks of both in turn.
"""

import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, insert

from core.producing import tables
from core.producing.tables import links, outbox, teams
from tests.bench.measuring import Result, latencies, percentile, spread, with_profile
from tests.bench.offering import offer, target_url
from tests.bench.places import PARTITIONS, folder, open_desk
from tests.bench.seed import link_and_event

_TEAM = "team"


def create_idle(*, rounds: int = 5, count: int = 200) -> dict[str, Result]:
    """Measure, in `rounds` blocks of `count` each."""
    ours: list[list[float]] = []
    bare: list[list[float]] = []
    with open_desk(run_worker=False) as desk, folder() as elsewhere:
        engine = _bare_engine(elsewhere)
        desk.create_link(target_url(0))
        for _ in range(rounds):
            durations, _ = offer(lambda number: desk.create_link(target_url(number)), count)
            ours.append(durations)
            bare.append(_offer_bare(engine, count))
        engine.dispose()
        return {
            "create_idle": with_profile(
                _judge(ours, bare), lambda: offer(lambda number: desk.create_link(target_url(number)), count)
            )
        }


def _judge(ours: list[list[float]], bare: list[list[float]]) -> Result:
    mine, other = (latencies([one for block in blocks for one in block]) for blocks in (ours, bare))
    ratios = {name: mine[name] / other[name] for name in ("p50_ms", "p99_ms")}
    return Result(
        ours=mine["p50_ms"],
        yardstick=other["p50_ms"],
        unit="ms",
        bar="p50 <= 2x, p99 <= 3x",
        met=ratios["p50_ms"] <= 2 and ratios["p99_ms"] <= 3,
        figures={
            **mine,
            "p99_ratio": ratios["p99_ms"],
            "yardstick_p99_ms": other["p99_ms"],
            "yardstick_max_ms": other["max_ms"],
            "runs": len(ours),
            "spread": spread([percentile(block, 50) for block in ours]),
        },
    )


def _offer_bare(engine: Engine, count: int) -> list[float]:
    pairs = [
        link_and_event(_TEAM, int(time.time() * 1000) * count + number, PARTITIONS) for number in range(count)
    ]
    durations, _ = offer(lambda number: _commit(engine, *pairs[number]), count)
    return durations


def _commit(engine: Engine, link: dict[str, Any], outbox_row: dict[str, Any]) -> None:
    with engine.begin() as db:
        db.execute(insert(links), link)
        db.execute(insert(outbox), outbox_row)


def _bare_engine(where: Path) -> Engine:
    engine = create_engine(f"sqlite+pysqlite:///{where / 'bare.db'}")

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    tables.metadata.create_all(engine)
    with engine.begin() as db:
        db.execute(insert(teams), {"team_id": _TEAM, "name": "Home"})
    return engine
