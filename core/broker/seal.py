"""The seal of a stream entry: tells entries that our relay wrote from whatever else somebody writes into the streams.

A keyed digest over the entry and its place: neither a changed entry nor one copied to another place keeps a seal that fits.
"""

from collections.abc import Iterable
from hashlib import blake2b

#: The field that holds it, always the last one.
SEAL_FIELD = b"seal"
_SEAL_BYTES = 12


class Seal:
    """Seals and checks entries with the key of one installation."""

    def __init__(self, key: bytes = b"") -> None:
        """Without a key it only tells damage: anybody could make such a seal."""
        self._begun = blake2b(key=key, digest_size=_SEAL_BYTES)

    def of(self, stream: bytes, entry_id: bytes, fields: Iterable[bytes]) -> bytes:
        """Give the seal of an entry, from its names and values in their order."""
        digest = self._begun.copy()
        digest.update(b"\x00".join((stream, entry_id, *fields)))
        return digest.digest()

    def fits(self, stream: bytes, entry_id: bytes, sealed: list[bytes]) -> bool:
        """Whether an entry, names and values with the seal as the last pair, is as it was sealed."""
        return sealed[-2:-1] == [SEAL_FIELD] and sealed[-1] == self.of(stream, entry_id, sealed[:-2])
