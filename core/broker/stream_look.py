"""Looks up single entries of the streams by their places, many in one round of questions. Reads only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import redis

from core.broker.each_partition import Question, ask_partitions
from core.broker.seal import Seal
from core.events.partitioning import stream_key

Place = tuple[int, int]


class Copy(StrEnum):
    """What the broker has of an event; the values are the words that people read."""

    THERE = "in the stream"
    #: The stream begins behind it.
    TRIMMED = "trimmed"
    #: The stream ends before it.
    NOT_YET = "not published yet"
    #: The stream goes on behind it, and it is not there: somebody has deleted it.
    MISSING = "missing from the stream"
    #: Somebody else wrote, or changed, what stands in its place.
    FOREIGN = "replaced in the stream"
    #: The broker can't be asked now.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InFlight:
    """A delivery that was not acknowledged."""

    group: str
    #: Since the newest delivery.
    idle_s: float
    deliveries: int


class StreamLook:
    """Looks at the streams of one broker."""

    def __init__(self, client: redis.Redis, seal: Seal) -> None:
        """Entries are checked with the installation's `seal`."""
        self._client = client
        self._seal = seal

    def copies(self, places: Collection[Place]) -> dict[Place, Copy]:
        """Tell what each place (partition, position) holds; a position below 1 was not given yet.

        Places of partitions that can't be asked while others can are unknown.

        Raises:
            BrokerUnavailable: no answer.
        """
        found = dict.fromkeys(places, Copy.NOT_YET)
        given: dict[int, list[int]] = {}
        for partition, position in sorted(place for place in found if place[1] > 0):
            given.setdefault(partition, []).append(position)
        answers = ask_partitions(
            self._client, {number: _questions(number, positions) for number, positions in given.items()}
        )
        for number, positions in given.items():
            if number in answers.away:
                found |= dict.fromkeys(((number, position) for position in positions), Copy.UNKNOWN)
                continue
            stream, *entries = answers.by_partition[number]
            for position, rows in zip(positions, entries, strict=True):
                place = (number, position)
                found[place] = self._copy(place, rows) if rows else _absent(position, *_ends(stream))
        return found

    def in_flight(self, places: Collection[Place]) -> dict[Place, list[InFlight]]:
        """Give the groups that were delivered the entry at a place and have not acknowledged it.

        Places of partitions that can't be asked while others can are left out.

        Raises:
            BrokerUnavailable: no answer.
        """
        keys = {number: stream_key(number) for number, _ in places}
        seen = ask_partitions(
            self._client, {number: [(("XINFO GROUPS", key), {})] for number, key in keys.items()}
        )
        groups = {
            number: [row["name"].decode() for row in rows or () if row["pending"]]
            for number, (rows,) in seen.by_partition.items()
        }
        wanted = [(place, group) for place in places for group in groups.get(place[0], ())]
        questions: dict[int, list[Question]] = {}
        for (number, position), group in wanted:
            one = f"{position}-0"
            question: Question = (("XPENDING", keys[number], group, one, one, 1), {"parse_detail": True})
            questions.setdefault(number, []).append(question)
        answers = ask_partitions(self._client, questions)
        left = {number: iter(rows) for number, rows in answers.by_partition.items()}
        found: dict[Place, list[InFlight]] = {
            place: [] for place in places if place[0] in groups and place[0] not in answers.away
        }
        for place, group in wanted:
            if place in found and (rows := next(left[place[0]])):
                found[place].append(_flight(group, rows[0]))
        return found

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _copy(self, place: Place, rows: Any) -> Copy:
        entry_id, fields = rows[0]
        sealed = [part for pair in fields.items() for part in pair]
        fits = self._seal.fits(stream_key(place[0]).encode(), entry_id, sealed)
        return Copy.THERE if fits else Copy.FOREIGN


def _flight(group: str, row: Any) -> InFlight:
    return InFlight(group, row["time_since_delivered"] / 1000, int(row["times_delivered"]))


def _questions(partition: int, positions: Sequence[int]) -> list[Question]:
    key = stream_key(partition)
    entries: list[Question] = [
        (("XRANGE", key, f"{position}-0", f"{position}-0"), {}) for position in positions
    ]
    return [(("XINFO STREAM", key), {}), *entries]


def _absent(position: int, first: int, last: int) -> Copy:
    """Say why there is no entry at a position of a stream whose entries go from `first` to `last`."""
    if position > last:
        return Copy.NOT_YET
    return Copy.TRIMMED if position < first else Copy.MISSING


def _ends(answer: Any) -> tuple[int, int]:
    """Give the position of a stream's first entry, and the last that it ever had; (1, 0) where there is no stream."""
    if answer is None:
        return 1, 0
    last = _position(answer["last-generated-id"])
    return (_position(answer["first-entry"][0]) if answer["first-entry"] else last + 1), last


def _position(entry_id: bytes) -> int:
    return int(entry_id.split(b"-", 1)[0])
