"""What the broker says of one group: how far each partition was delivered, and what is in flight. Only asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis
from redis.exceptions import RedisError

from core.broker.client import errors_mapped
from core.events.partitioning import stream_key


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry that was delivered and not acknowledged."""

    partition: int
    position: int
    #: Since the newest delivery, in seconds.
    idle_s: float
    deliveries: int


@dataclass(frozen=True, slots=True)
class GroupPart:
    """One group on one partition, by the broker's own words."""

    #: The last position that was delivered to the group.
    delivered: int
    #: How many entries are in flight; `oldest` has the first of them.
    pending: int
    #: What the broker itself takes for the lag; None = it does not know, as after trims.
    lag: int | None
    oldest: tuple[Delivery, ...]


class GroupLook:
    """Looks at the groups of one broker."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def look(self, group: str, partitions: Sequence[int], *, most: int) -> dict[int, GroupPart]:
        """Look at a group on some partitions, with at most so many deliveries of each; partitions without it are left out.

        Raises:
            BrokerUnavailable: no answer.
        """
        pipe = self._client.pipeline(transaction=False)
        for number in partitions:
            pipe.execute_command("XINFO GROUPS", stream_key(number))
            pipe.execute_command("XPENDING", stream_key(number), group, "-", "+", most, parse_detail=True)
        with errors_mapped():
            answers: list[Any] = pipe.execute(raise_on_error=False)
            for answer in answers:
                if isinstance(answer, RedisError) and not _is_missing(answer):
                    raise answer
        found = {}
        for number, groups, rows in zip(partitions, answers[::2], answers[1::2], strict=True):
            part = None if isinstance(groups, RedisError) else _part(group, number, groups, rows)
            if part is not None:
                found[number] = part
        return found

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _part(group: str, number: int, groups: Any, rows: Any) -> GroupPart | None:
    own = next((row for row in groups if row["name"].decode() == group), None)
    if own is None:
        return None
    # The group may have come between the two questions.
    deliveries = () if isinstance(rows, RedisError) else tuple(_delivery(number, row) for row in rows)
    return GroupPart(_position(own["last-delivered-id"]), own["pending"], own.get("lag"), deliveries)


def _delivery(number: int, row: Any) -> Delivery:
    return Delivery(
        number,
        _position(row["message_id"]),
        row["time_since_delivered"] / 1000,
        int(row["times_delivered"]),
    )


def _position(entry_id: bytes) -> int:
    return int(entry_id.split(b"-", 1)[0])


def _is_missing(error: RedisError) -> bool:
    """Whether the broker says that there is no such stream or group."""
    return "no such key" in str(error) or str(error).startswith("NOGROUP")
