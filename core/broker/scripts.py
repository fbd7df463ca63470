"""What the broker does in one step, so that no two clients can interleave: Lua for one stream each."""

import hashlib
from collections.abc import Sequence
from typing import Any

import redis
from redis.exceptions import NoScriptError, RedisError

_LAST = """
local last = 0
local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
if not info.err then
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
  end
end
"""

#: Compare-and-append: skip what is there, append last + 1, refuse a gap.
#: KEYS[1] stream; ARGV: position of the first entry, then per entry: number of arguments, arguments.
#: Answers {appended, last position}, or {-1, last position} for a gap.
APPEND = (
    _LAST
    + """
local position = tonumber(ARGV[1])
if position > last + 1 then return {-1, last} end
local appended, at = 0, 2
while at <= #ARGV do
  local size = tonumber(ARGV[at])
  if position > last then
    redis.call('XADD', KEYS[1], string.format('%d-0', position), unpack(ARGV, at + 1, at + size))
    appended, last = appended + 1, position
  end
  position, at = position + 1, at + size + 1
end
return {appended, last}
"""
)

#: Make a position the last one of a stream that ends before it. Nothing stays in the stream: no hole, no entry there.
#: KEYS[1] stream; ARGV: position.
SKIP = (
    _LAST
    + """
local position = tonumber(ARGV[1])
if position <= last then return last end
local id = string.format('%d-0', position)
redis.call('XADD', KEYS[1], id, 'skipped', '')
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%d-0', position + 1))
return position
"""
)


class ScriptOnEach:
    """A script that is run on several streams in one exchange. It travels only to a server that does not know it yet.

    The client library's own way asks the server each time whether it knows the script before it calls it.
    """

    def __init__(self, client: redis.Redis, text: str) -> None:
        self._client, self._text = client, text
        self._name = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def run(self, calls: Sequence[tuple[bytes, Sequence[bytes | int]]]) -> list[Any]:
        """Call it for each (stream, arguments); gives the answers in their order.

        Raises:
            RedisError: no answer, or one was refused; the others may have been done.
        """
        answers = self._send("EVALSHA", self._name, calls)
        # Whoever does not know it has done nothing: repeating these can't do anything twice.
        unknown = [number for number, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            again = self._send("EVAL", self._text, [calls[number] for number in unknown])
            for number, answer in zip(unknown, again, strict=True):
                answers[number] = answer
        for answer in answers:
            if isinstance(answer, RedisError):
                raise answer
        return answers

    def _send(
        self, command: str, script: str, calls: Sequence[tuple[bytes, Sequence[bytes | int]]]
    ) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for key, arguments in calls:
            pipe.execute_command(command, script, 1, key, *arguments)
        return pipe.execute(raise_on_error=False)
