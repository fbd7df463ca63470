"""The partitions on a cluster: the same words as on one server, each partition on the node that has its slot.

A node that does not answer holds up its own partitions only: the call during which it went away fails, as on one server,
and until it is back all others leave its partitions out.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

from redis.exceptions import ResponseError

from core.broker.bell import Bell
from core.broker.client import ANSWER_TIMEOUT_S, READ_AT_ONCE, connect, errors_mapped
from core.broker.cluster_client import ClusterClient
from core.broker.cluster_facts import cluster_facts
from core.broker.facts import BrokerFacts
from core.broker.seal import Seal
from core.broker.streams import Entry, Streams
from core.errors import BrokerUnavailable
from core.events.envelope import Event


def open_streams(
    url: str,
    partitions: int,
    seal: Seal | None = None,
    *,
    answer_timeout_s: float = ANSWER_TIMEOUT_S,
    read_at_once: int = READ_AT_ONCE,
) -> Streams:
    """Open the partitions of the broker at a URL, whatever it is; nothing is sent yet. `read_at_once` is in bytes.

    Raises:
        BadSettings: it is no URL of a broker.
    """
    client = connect(url, answer_timeout_s=answer_timeout_s, read_at_once=read_at_once)
    if isinstance(client, ClusterClient):
        return ClusterStreams(client, partitions, seal)
    return Streams(client, partitions, seal)


class ClusterStreams(Streams):
    """All partitions of one cluster, through one client."""

    _client: ClusterClient

    def __init__(self, client: ClusterClient, partitions: int, seal: Seal | None = None) -> None:
        """Entries are written and checked with the installation's `seal`."""
        super().__init__(client, partitions, seal)
        self._bell = Bell(client)

    def close(self) -> None:
        """Give the connections back; they open again when needed."""
        self._bell.close()
        super().close()

    def waiting(self) -> Mapping[int, str]:
        """Give the partitions whose node does not answer, each with the reason.

        Raises:
            BrokerUnavailable: no node answers.
        """
        with errors_mapped():
            found = {number: self._client.trouble_of(key) for number, key in self._keys.items()}
        return {number: trouble for number, trouble in found.items() if trouble is not None}

    def why_waiting(self) -> str | None:
        """Say which partitions wait, and what for, in one sentence; None while none does."""
        try:
            waiting = self.waiting()
        except BrokerUnavailable as error:
            return str(error)
        by_trouble: defaultdict[str, list[int]] = defaultdict(list)
        for number, trouble in waiting.items():
            by_trouble[trouble].append(number)
        said = [
            f"{_partitions(numbers)} for the broker: {trouble}" for trouble, numbers in by_trouble.items()
        ]
        text = "; ".join(said)
        return text[:1].upper() + text[1:] or None

    def append(self, runs: Mapping[int, Sequence[Event]]) -> dict[int, int]:
        """Append as on one server, and tell those who wait for entries."""
        lasts = super().append(runs)
        self._bell.ring()
        return lasts

    def facts(self) -> BrokerFacts:
        """Ask the nodes about themselves; gives what is worst of each.

        Raises:
            BrokerUnavailable: no answer.
        """
        with errors_mapped():
            return cluster_facts(self._client)

    # Inside

    def _asked(self) -> Mapping[int, bytes]:
        waiting = self.waiting()
        asked = {number: key for number, key in self._keys.items() if number not in waiting}
        if not asked:
            raise BrokerUnavailable(f"No partition can be reached: {self.why_waiting()}")
        return asked

    def _read(
        self, group: str, partitions: Sequence[int], start: bytes, count: int, block_ms: int | None
    ) -> list[Entry]:
        """Read all partitions at once, one a command, since a command can't be about two slots; wait for the bell."""
        until = time.monotonic() + (block_ms or 0) / 1000
        if block_ms is not None:
            self._bell.listen()
        while True:
            entries = self._read_each(group, partitions, start, count)
            left_s = until - time.monotonic()
            if entries or left_s <= 0:
                return entries
            self._bell.wait(left_s)

    def _read_each(self, group: str, partitions: Sequence[int], start: bytes, count: int) -> list[Entry]:
        command = ("XREADGROUP", "GROUP", group, "owner", "COUNT", count, "STREAMS")
        pipe = self._client.pipeline(transaction=False)
        for number in partitions:
            pipe.execute_command(*command, self._keys[number], start)
        with errors_mapped():
            answers = pipe.execute(raise_on_error=False)
            for answer in answers:
                if isinstance(answer, ResponseError):
                    raise answer
        return [
            self._entry(key, self._partition_of[key], *row)
            for answer in answers
            for key, rows in answer or ()
            for row in rows
        ]


def _partitions(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"partition {numbers[0]} waits"
    return f"partitions {', '.join(map(str, numbers[:-1]))} and {numbers[-1]} wait"
