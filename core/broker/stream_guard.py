"""What somebody else has put into our streams or into their places: told apart by the seal, and removed.

Nothing is lost by it: the streams are a copy of the outbox, and the relay publishes them anew.
"""

from collections.abc import Callable, Mapping

import redis

from core.broker.client import errors_mapped
from core.broker.seal import Seal

#: Entries behind the last position of ours that are looked at, to tell whose they are.
_LOOK_AT = 100


class StreamGuard:
    """Guards the streams of one broker: their keys by partition, of which `asked` gives those that can be asked now."""

    def __init__(
        self,
        client: redis.Redis,
        keys: Mapping[int, bytes],
        seal: Seal,
        asked: Callable[[], Mapping[int, bytes]],
    ) -> None:
        self._client = client
        self._keys = keys
        self._seal = seal
        self._asked = asked

    def is_foreign_after(self, partition: int, position: int) -> bool:
        """Whether what a stream holds behind a position is not ours, none of it; False when it holds nothing there.

        Raises:
            BrokerUnavailable: no answer.
        """
        key = self._keys[partition]
        with errors_mapped():
            rows = self._client.execute_command("XRANGE", key, f"({position}-0", "+", "COUNT", _LOOK_AT)
        ours = [
            self._seal.fits(key, entry_id, [part for pair in fields.items() for part in pair])
            for entry_id, fields in rows
        ]
        return bool(ours) and not any(ours)

    def delete(self, partition: int) -> None:
        """Delete one stream with its groups.

        Raises:
            BrokerUnavailable: no answer; repeating is harmless.
        """
        with errors_mapped():
            self._client.delete(self._keys[partition])

    def remove_what_is_no_stream(self) -> list[int]:
        """Delete what has been put in the place of a stream; gives the partitions.

        Raises:
            BrokerUnavailable: no answer; repeating is harmless.
        """
        pipe, keys = self._client.pipeline(transaction=False), self._asked()
        for key in keys.values():
            pipe.type(key)
        with errors_mapped():
            kinds = dict(zip(keys, pipe.execute(), strict=True))
            wrong = [number for number, kind in kinds.items() if kind not in (b"stream", b"none")]
            if wrong:
                self._client.delete(*(self._keys[number] for number in wrong))
        return wrong
