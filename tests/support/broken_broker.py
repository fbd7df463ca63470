"""A desk that does to its broker what operators want, and how a test sees what came of it."""

import redis

from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.snapshot import BrokerState
from tests.support.waiting import eventually


def break_broker(desk: Desk, kind: FaultKind, *, size: int = 0, seconds: float | None = None) -> int:
    """Set a fault and wait until the desk has obeyed it; gives its number."""
    fault = desk.faults.set("broker", kind, Figures(bytes=size), seconds=seconds, by="ann", why="to see it")
    eventually(lambda: desk.faults.outcome(fault.fault_id) is not None)
    return fault.fault_id


def state(desk: Desk) -> BrokerState | None:
    """Give how the broker is, by the newest picture."""
    return None if desk.snapshot is None else desk.snapshot.broker.state


def create(desk: Desk, count: int) -> None:
    """Create links."""
    for number in range(count):
        desk.create_link(f"https://example.com/{number}")


def is_all_there(desk: Desk, client: redis.Redis) -> bool:
    """Whether each stream ends with the position that its partition was given last."""
    try:
        lasts = {
            row.partition: client.xinfo_stream(f"events:{{{row.partition}}}")["last-generated-id"]
            for row in desk._installation.outbox.cursors()
            if row.given
        }
    except redis.RedisError:
        return False
    given = {
        row.partition: f"{row.given}-0".encode() for row in desk._installation.outbox.cursors() if row.given
    }
    unpublished, _ = desk._installation.outbox.unpublished()
    return lasts == given and unpublished == 0
