"""Removing old entries from the streams, in portions that the broker hardly notices."""

from collections.abc import Iterable, Mapping

import redis
from redis.exceptions import RedisError, ResponseError

from core.broker.client import errors_mapped
from core.events.partitioning import stream_key

#: Entries that one call looks at; a call takes some milliseconds, during which the broker answers nobody else.
_AT_ONCE = 10_000


class StreamTrim:
    """Trims all partitions of one broker, through one client."""

    def __init__(self, client: redis.Redis, partitions: int) -> None:
        self._client = client
        self._keys = {partition: stream_key(partition).encode() for partition in range(partitions)}

    def close(self) -> None:
        """Give the connections back; they open again when needed."""
        self._client.close()

    def oldest_in_flight(self, partitions: Iterable[int]) -> dict[int, dict[str, int]]:
        """Give, per partition and group, the oldest position that was delivered and not acknowledged.

        Raises:
            BrokerUnavailable: no answer.
        """
        asked = [(number, group) for number, groups in self._groups(partitions).items() for group in groups]
        pipe = self._client.pipeline(transaction=False)
        for number, group in asked:
            pipe.execute_command("XPENDING", self._keys[number], group)
        oldest: dict[int, dict[str, int]] = {}
        with errors_mapped():
            answers = pipe.execute()
        for (number, group), answer in zip(asked, answers, strict=True):
            if answer["min"] is not None:  # All may have been acknowledged between the two questions.
                oldest.setdefault(number, {})[group.decode()] = int(answer["min"].split(b"-", 1)[0])
        return oldest

    def trim(self, upto: Mapping[int, int]) -> int:
        """Remove entries up to a position of each stream, as far as that is cheap: up to a hundred may stay.

        Returns:
            How many entries were removed.

        Raises:
            BrokerUnavailable: no answer; trimming again is harmless.
        """
        removed = 0
        for number, position in upto.items():
            with errors_mapped():
                while more := self._trim_portion(number, position):
                    removed += more
        return removed

    def _trim_portion(self, partition: int, upto: int) -> int:
        answer = self._client.execute_command(
            "XTRIM", self._keys[partition], "MINID", "~", f"{upto + 1}-0", "LIMIT", _AT_ONCE
        )
        return int(answer)

    def _groups(self, partitions: Iterable[int]) -> dict[int, list[bytes]]:
        """Give the groups that have entries in flight, per partition."""
        pipe, numbers = self._client.pipeline(transaction=False), list(partitions)
        for number in numbers:
            pipe.execute_command("XINFO GROUPS", self._keys[number])
        with errors_mapped():
            answers = pipe.execute(raise_on_error=False)
            for answer in answers:
                if isinstance(answer, RedisError) and "no such key" not in str(answer):
                    raise answer
        return {
            number: [row["name"] for row in answer if row["pending"]]
            for number, answer in zip(numbers, answers, strict=True)
            if not isinstance(answer, ResponseError)
        }
