"""The ids of the entries in a stream, looked at inside the broker, page by page: the entries stay there. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import redis

from core.broker.client import errors_mapped
from core.events.partitioning import stream_key

#: Entries looked at in one call: some milliseconds of the broker's time.
_PAGE = 1_000

#: KEYS[1] stream; ARGV: id to begin at, entries, the position that should come next (0 = any).
#: Answers {entries, id to go on behind, the position that should come next, ids behind a gap, ids that are none of ours}.
#: A page that begins behind a gap is no fault where the stream itself begins there: it was trimmed meanwhile.
_LOOK = """
local rows = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
local wanted, torn, strange = tonumber(ARGV[3]), {}, {}
if #rows > 0 and redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1] == rows[1][1] then wanted = 0 end
for _, row in ipairs(rows) do
  local position, rest = string.match(row[1], '^(%d+)%-(%d+)$')
  position = tonumber(position)
  if rest ~= '0' then
    strange[#strange + 1] = row[1]
  else
    if wanted > 0 and position ~= wanted then torn[#torn + 1] = row[1] end
    wanted = position + 1
  end
end
return {#rows, #rows > 0 and rows[#rows][1] or '', wanted, torn, strange}
"""


@dataclass(frozen=True, slots=True)
class StreamPage:
    """What one page of a stream holds."""

    entries: int
    #: Ids of positions that don't follow the one before.
    torn: tuple[str, ...]
    #: Ids that are not of the form <position>-0: somebody else's.
    strange: tuple[str, ...]


class StreamIds:
    """Looks through the streams of one broker."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._look = client.register_script(_LOOK)

    def pages(self, partition: int) -> Iterator[StreamPage]:
        """Look through one partition from its start to its end.

        Raises:
            BrokerUnavailable: no answer.
        """
        start, wanted, entries = "-", 0, _PAGE
        while entries == _PAGE:
            with errors_mapped():
                answer: Any = self._look(keys=[stream_key(partition)], args=[start, _PAGE, wanted])
            entries, last, wanted, torn, strange = answer
            start = f"({last.decode()}"
            yield StreamPage(
                entries,
                tuple(entry_id.decode() for entry_id in torn),
                tuple(entry_id.decode() for entry_id in strange),
            )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
