"""catch_up and broker_killed: what a broker that was away costs once it is back.

catch_up: a desk with its worker as a child; the broker is stopped by the fault that operators have for it, and as many
links are committed as come in a minute at 200/s: some by `create_link` at that rate, the rest in bulk. Then it comes
back, and links go on being created at 200/s until all five consumers have caught up with them. The rate counts from the
wish to have it back. Yardstick: the rate at which links arrive.
broker_killed: kill -9 of the broker of a desk, whose streams hold links. A link is created at once; from the first
answer of the new server, seen by a client of its own, to the moment at which the relay had published that link. The
bar is absolute, for the slowest of all rounds.
"""

import os
import signal
import statistics
import time

from redis.exceptions import RedisError
from sqlalchemy import select

from consumers import NAMES
from core.broker.client import connect
from core.broker.socket_place import broker_url
from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.faults.board import BROKER
from core.operating.installation import Installation
from core.operating.snapshot import BrokerState
from core.producing.tables import outbox
from tests.bench.draining import Offered, fill
from tests.bench.measuring import Result, latencies, spread
from tests.bench.offering import RATE, target_url
from tests.bench.places import PARTITIONS, lags, open_desk, wait_until
from tests.bench.seed import seed_links

#: Links created between two looks.
_BLOCK = 50
_RELAY = "relay"


def catch_up(*, outage_s: float = 60.0, created: int = 400) -> dict[str, Result]:
    """Measure once, after an outage in which `created` links came by `create_link` and the others in bulk."""
    with open_desk(run_worker=True) as desk:
        away, back = Offered(), Offered()
        away.offer(desk, _BLOCK)
        wait_until(lambda: set(lags(desk).values()) == {0})
        fault = desk.faults.set(BROKER, FaultKind.STOP, Figures(), by="bench")
        wait_until(lambda: _state(desk) is BrokerState.DOWN)
        away = Offered()
        away.offer(desk, created)
        waiting = int(outage_s * RATE)
        _seed(desk, waiting - created)

        began, reached = time.monotonic(), dict[str, float]()
        desk.faults.clear(str(fault.fault_id), by="bench")
        while len(reached) <= len(NAMES):
            back.offer(desk, _BLOCK)
            for name in _up_to_date(desk) - reached.keys():
                reached[name] = time.monotonic() - began
    return {"catch_up": _judge(waiting, reached, away, back)}


def _judge(waiting: int, reached: dict[str, float], away: Offered, back: Offered) -> Result:
    seconds = max(reached.values())
    drained = (waiting + len(back.durations)) / seconds
    met = drained >= 5 * RATE
    return Result(
        ours=drained,
        yardstick=RATE,
        unit="links/s",
        bar=">= 5x what arrives",
        met=met,
        figures={
            "runs": 1,
            "waited": waiting,
            "seconds_until_up_to_date": reached,
            "arrived_per_s": len(back.durations) / seconds,
            "create_p99_ms_while_away": latencies(away.durations)["p99_ms"],
            "create_p99_ms_meanwhile": latencies(back.durations)["p99_ms"],
            **({} if met else {"profile": [f"{at:6.2f} s  {name}" for name, at in reached.items()]}),
        },
    )


def _state(desk: Desk) -> BrokerState | None:
    return None if desk.snapshot is None else desk.snapshot.broker.state


def _seed(desk: Desk, count: int) -> None:
    installation = Installation(desk.settings)
    seed_links(installation.links, installation.teams.all()[0].team_id, count, partitions=PARTITIONS)
    installation.close()


def _up_to_date(desk: Desk) -> set[str]:
    """Give which consumers, and perhaps the relay, are no further behind than what has just arrived."""
    look = desk.snapshot
    if look is None or look.outbox.unpublished is None or look.outbox.unpublished > _BLOCK:
        return set()
    behind = {health.name: health.lag for health in look.consumers}
    return {_RELAY} | {name for name, lag in behind.items() if lag is not None and lag <= _BLOCK}


def broker_killed(*, rounds: int = 5, count: int = 10_000) -> dict[str, Result]:
    """Measure, in `rounds` kills of a broker that holds `count` links."""
    with open_desk(run_worker=False) as desk:
        fill(desk, count)
        outages, resumed = [], []
        for number in range(rounds):
            away_s, resumed_s = _kill(desk, number)
            outages.append(away_s)
            resumed.append(resumed_s)
    worst = max(resumed)
    return {
        "broker_killed": Result(
            ours=worst,
            yardstick=None,
            unit="s",
            bar="< 2 s",
            met=worst < 2,
            figures={
                "runs": rounds,
                "spread": spread(resumed),
                "median_s": statistics.median(resumed),
                "all_runs": resumed,
                "seconds_away": outages,
                **({} if worst < 2 else {"profile": [f"{seconds:.3f} s" for seconds in resumed]}),
            },
        )
    }


def _kill(desk: Desk, number: int) -> tuple[float, float]:
    """Kill the broker; gives how long it was away, and how long after its return the relay had published."""
    wait_until(lambda: desk.broker_pid is not None and _answers(desk))
    assert desk.broker_pid is not None
    os.kill(desk.broker_pid, signal.SIGKILL)
    killed_at = time.time()
    link = desk.create_link(target_url(number))
    wait_until(lambda: _answers(desk), every_s=0.002)
    back_at = time.time()
    return back_at - killed_at, max(0.0, _published_at(desk, link.event_id) - back_at)


def _answers(desk: Desk) -> bool:
    try:
        with connect(broker_url(desk.settings.data_dir), answer_timeout_s=1.0) as client:
            return bool(client.ping())
    except RedisError:
        return False


def _published_at(desk: Desk, event_id: str) -> float:
    """Wait until an event is published, and give when it was."""
    found: list[float] = []
    statement = select(outbox.c.published_at).where(
        outbox.c.event_id == event_id, outbox.c.published_at.is_not(None)
    )
    installation = Installation(desk.settings)

    def look() -> bool:
        with installation.links.reading() as db:
            found.extend(db.scalars(statement))
        return bool(found)

    wait_until(look)
    installation.close()
    return found[0]
