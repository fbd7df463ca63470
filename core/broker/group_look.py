"""What the broker says of one group: how far each partition was delivered, and what is in flight. Only asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from core.broker.each_partition import ask_partitions
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


@dataclass(frozen=True, slots=True)
class GroupParts:
    """One group on the partitions that can be asked; those without it are left out."""

    by_partition: Mapping[int, GroupPart]
    #: Why the others can't be asked now.
    away: Mapping[int, str]


class GroupLook:
    """Looks at the groups of one broker."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def look(self, group: str, partitions: Sequence[int], *, most: int) -> GroupParts:
        """Look at a group on some partitions, with at most so many deliveries of each.

        Raises:
            BrokerUnavailable: no answer.
        """
        answers = ask_partitions(
            self._client,
            {
                number: [
                    (("XINFO GROUPS", stream_key(number)), {}),
                    (("XPENDING", stream_key(number), group, "-", "+", most), {"parse_detail": True}),
                ]
                for number in partitions
            },
        )
        parts = {
            number: _part(group, number, groups or (), rows or ())
            for number, (groups, rows) in answers.by_partition.items()
        }
        return GroupParts({number: part for number, part in parts.items() if part is not None}, answers.away)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _part(group: str, number: int, groups: Any, rows: Any) -> GroupPart | None:
    own = next((row for row in groups if row["name"].decode() == group), None)
    if own is None:
        return None
    deliveries = tuple(_delivery(number, row) for row in rows)
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
