"""What can be seen of a consumer at work, and what can be done to it."""

from collections.abc import Callable, Sequence

import redis

from core.broker.streams import Streams
from core.consuming.controls import Wanted
from core.consuming.loop import ConsumerLoop
from core.events.envelope import Event
from core.events.partitioning import stream_key
from tests.support.links import PARTITIONS
from tests.support.waiting import eventually

Check = Callable[[], bool]
StartLoop = Callable[[], ConsumerLoop]


def in_flight(streams: Streams) -> int:
    return sum(group.pending for group in streams.group_positions("collect").values())


def delivered(streams: Streams) -> dict[int, int]:
    return {number: group.delivered for number, group in streams.group_positions("collect").items()}


def rewind(client: redis.Redis) -> None:
    """Let the broker deliver everything again."""
    for number in range(PARTITIONS):
        client.xgroup_setid(stream_key(number), "collect", "0")


class FailsFor:
    """Raises for the events of some links, until told otherwise."""

    def __init__(self, *link_ids: str) -> None:
        self.link_ids = set(link_ids)
        self.calls = 0

    def __call__(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.link_id in self.link_ids:
                self.calls += 1
                raise ValueError("it does not like this link")


def pause(loop: ConsumerLoop, *, until: float | None = None, version: int = 1) -> None:
    loop.want(Wanted(version=version, paused=True, paused_until=until, changed_by="ann"))
    eventually(lambda: loop.status.paused, within=1.0)
