"""Looks up single entries of the streams by their places, many in one round of questions. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import redis
from redis.exceptions import RedisError

from core.broker.client import errors_mapped
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

        Raises:
            BrokerUnavailable: no answer.
        """
        given = sorted({place for place in places if place[1] > 0})
        partitions = sorted({partition for partition, _ in given})
        pipe = self._client.pipeline(transaction=False)
        for partition in partitions:
            pipe.execute_command("XINFO STREAM", stream_key(partition))
        for partition, position in given:
            pipe.execute_command("XRANGE", stream_key(partition), f"{position}-0", f"{position}-0")
        answers = _answers(pipe)
        ends = dict(zip(partitions, (_ends(answer) for answer in answers), strict=False))
        found = dict.fromkeys(places, Copy.NOT_YET)
        for place, rows in zip(given, answers[len(partitions) :], strict=True):
            found[place] = self._copy(place, rows) if rows else _absent(place[1], *ends[place[0]])
        return found

    def in_flight(self, place: Place) -> list[InFlight]:
        """Give the groups that were delivered the entry at a place and have not acknowledged it.

        Raises:
            BrokerUnavailable: no answer.
        """
        key, entry_id = stream_key(place[0]), f"{place[1]}-0"
        pipe = self._client.pipeline(transaction=False)
        pipe.execute_command("XINFO GROUPS", key)
        groups = [row["name"].decode() for row in _answers(pipe)[0] or () if row["pending"]]
        pipe = self._client.pipeline(transaction=False)
        for group in groups:
            pipe.execute_command("XPENDING", key, group, entry_id, entry_id, 1, parse_detail=True)
        return [
            InFlight(group, rows[0]["time_since_delivered"] / 1000, int(rows[0]["times_delivered"]))
            for group, rows in zip(groups, _answers(pipe), strict=True)
            if rows
        ]

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _copy(self, place: Place, rows: Any) -> Copy:
        entry_id, fields = rows[0]
        sealed = [part for pair in fields.items() for part in pair]
        fits = self._seal.fits(stream_key(place[0]).encode(), entry_id, sealed)
        return Copy.THERE if fits else Copy.FOREIGN


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


def _answers(pipe: Any) -> list[Any]:
    """Ask; None for each question about a stream or group that does not exist."""
    answers: list[Any] = []
    with errors_mapped():
        for answer in pipe.execute(raise_on_error=False):
            is_gone = isinstance(answer, RedisError) and (
                "no such key" in str(answer) or str(answer).startswith("NOGROUP")
            )
            if isinstance(answer, RedisError) and not is_gone:
                raise answer
            answers.append(None if is_gone else answer)
    return answers
