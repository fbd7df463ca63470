"""What the broker says of single entries: whether they are there, and which groups have them in flight. Only asks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import redis

from core.broker.each_partition import Question, ask_partitions
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


@dataclass(frozen=True, slots=True)
class EntryStates:
    """Entries of the partitions that can be asked."""

    by_place: Mapping[Place, EntryState]
    #: Why the others can't be asked now, by partition.
    away: Mapping[int, str]


class EntryLook:
    """Asks one broker, all questions in one go."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def look(self, places: Collection[Place], groups: Collection[str]) -> EntryStates:
        """Look at the entries of some events, for some groups.

        Raises:
            BrokerUnavailable: no answer.
        """
        answers = ask_partitions(
            self._client,
            {
                number: [question for place in own for question in _questions(place, groups)]
                for number, own in _by_partition(places).items()
            },
        )
        size, found = 3 + len(groups), {}
        for number, own in _by_partition(places).items():
            told = answers.by_partition.get(number, [])
            for place, start in zip(own, range(0, len(told), size), strict=False):
                found[place] = _state(told[start : start + size], list(groups))
        return EntryStates(found, answers.away)


def _by_partition(places: Collection[Place]) -> dict[int, list[Place]]:
    found: dict[int, list[Place]] = {}
    for place in sorted(places):
        found.setdefault(place[0], []).append(place)
    return found


def _questions(place: Place, groups: Collection[str]) -> list[Question]:
    key, entry_id = stream_key(place[0]), f"{place[1]}-0"
    pending: list[Question] = [
        (("XPENDING", key, group, entry_id, entry_id, 1), {"parse_detail": True}) for group in groups
    ]
    return [
        (("XINFO STREAM", key), {}),
        (("XINFO GROUPS", key), {}),
        (("XRANGE", key, entry_id, entry_id, "COUNT", 1), {}),
        *pending,
    ]


def _state(answers: list[Any], names: list[str]) -> EntryState:
    stream, known, entry, *pending = answers
    if stream is None:
        return EntryState(1, 0, False, {})
    last = _position(stream["last-generated-id"])
    first = last + 1 if stream["first-entry"] is None else _position(stream["first-entry"][0])
    delivered = {row["name"].decode(): _position(row["last-delivered-id"]) for row in known or ()}
    groups = {
        name: _group(delivered[name], rows)
        for name, rows in zip(names, pending, strict=True)
        if name in delivered and rows is not None
    }
    return EntryState(first, last, bool(entry), groups)


def _group(delivered: int, rows: list[dict[str, Any]]) -> GroupState:
    if not rows:
        return GroupState(delivered, None, 0)
    return GroupState(delivered, rows[0]["time_since_delivered"] / 1000, rows[0]["times_delivered"])


def _position(entry_id: bytes) -> int:
    return int(entry_id.split(b"-", 1)[0])
