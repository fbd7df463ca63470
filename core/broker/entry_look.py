"""What the broker says of single entries: whether they are there, and which groups have them in flight. Only asks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import redis
from redis.exceptions import RedisError, ResponseError

from core.broker.client import errors_mapped
from core.events.partitioning import stream_key

#: Partition and position.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class GroupState:
    """One group and one entry."""

    #: The last position that was delivered to the group.
    delivered: int
    #: How long ago the entry was delivered, in seconds, and how often; None = it is not in flight.
    idle_s: float | None
    deliveries: int


@dataclass(frozen=True, slots=True)
class EntryState:
    """One entry, and its stream; a stream that is not there begins at 1 and ends at 0."""

    first: int
    last: int
    is_there: bool
    #: Groups that the stream does not have are left out.
    groups: Mapping[str, GroupState]


class EntryLook:
    """Asks one broker, all questions in one go."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def look(self, places: Collection[Place], groups: Collection[str]) -> dict[Place, EntryState]:
        """Look at the entries of some events, for some groups.

        Raises:
            BrokerUnavailable: no answer.
        """
        pipe = self._client.pipeline(transaction=False)
        for number, position in places:
            key, entry_id = stream_key(number), f"{position}-0"
            pipe.xinfo_stream(key)
            pipe.xinfo_groups(key)
            pipe.xrange(key, entry_id, entry_id, count=1)
            for group in groups:
                pipe.xpending_range(key, group, min=entry_id, max=entry_id, count=1)
        with errors_mapped():
            answers = pipe.execute(raise_on_error=False)
            for answer in answers:
                if isinstance(answer, RedisError) and not _is_missing(answer):
                    raise answer
        size = 3 + len(groups)
        return {
            place: _state(answers[start : start + size], list(groups))
            for place, start in zip(places, range(0, len(answers), size), strict=True)
        }


def _is_missing(error: RedisError) -> bool:
    """Whether the broker says that there is no such stream or group."""
    return isinstance(error, ResponseError) and ("no such key" in str(error) or "NOGROUP" in str(error))


def _state(answers: list[Any], names: list[str]) -> EntryState:
    stream, known, entry, *pending = answers
    if isinstance(stream, RedisError):
        return EntryState(1, 0, False, {})
    last = _position(stream["last-generated-id"])
    first = last + 1 if stream["first-entry"] is None else _position(stream["first-entry"][0])
    delivered = (
        {}
        if isinstance(known, RedisError)
        else {row["name"].decode(): _position(row["last-delivered-id"]) for row in known}
    )
    groups = {
        name: _group(delivered[name], rows)
        for name, rows in zip(names, pending, strict=True)
        if name in delivered and not isinstance(rows, RedisError)
    }
    return EntryState(first, last, bool(entry), groups)


def _group(delivered: int, rows: list[dict[str, Any]]) -> GroupState:
    if not rows:
        return GroupState(delivered, None, 0)
    return GroupState(delivered, rows[0]["time_since_delivered"] / 1000, rows[0]["times_delivered"])


def _position(entry_id: bytes) -> int:
    return int(entry_id.split(b"-", 1)[0])
