"""What the broker can be made to lose while it runs, by a client that may do anything."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import redis

from consumers import NAMES
from core.events.partitioning import stream_key
from core.settings import Settings
from tests.chaos.plan import Kind

T = TypeVar("T")

_STREAMS = [stream_key(number) for number in range(Settings.model_fields["partitions"].default)]


def pick(several: Sequence[T], chance: float) -> T:
    """Give the one of several that a number between 0 and 1 stands for."""
    return several[int(chance * len(several))]


def _flush(client: redis.Redis, _chance: float) -> None:
    client.flushall()


def _delete_stream(client: redis.Redis, chance: float) -> None:
    client.delete(pick(_STREAMS, chance))


def _trim(client: redis.Redis, _chance: float) -> None:
    for stream in _STREAMS:
        client.xtrim(stream, maxlen=0, approximate=False)


def _destroy_group(client: redis.Redis, chance: float) -> None:
    for stream in _STREAMS:
        client.xgroup_destroy(stream, pick(NAMES, chance))


def _rewind(client: redis.Redis, chance: float) -> None:
    for stream in _STREAMS:
        client.xgroup_setid(stream, pick(NAMES, chance), "0")


def _cut_connections(client: redis.Redis, _chance: float) -> None:
    for kind in ("normal", "pubsub"):
        client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


#: Each is given a client and the chance of the blow, and fails with the client's errors where there is nothing to lose.
LOSSES: dict[Kind, Callable[[redis.Redis, float], None]] = {
    Kind.FLUSH: _flush,
    Kind.DELETE_STREAM: _delete_stream,
    Kind.TRIM: _trim,
    Kind.DESTROY_GROUP: _destroy_group,
    Kind.REWIND: _rewind,
    Kind.CUT_CONNECTIONS: _cut_connections,
}
