"""The partitions as streams: append at a position or not at all, read as a group, acknowledge.

Positions are the entry ids (`<position>-0`), so a stream's last generated id is the publish cursor, whoever asks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import redis
from redis.exceptions import RedisError, ResponseError

from core.broker.client import errors_mapped
from core.broker.facts import BrokerFacts, facts_of
from core.broker.scripts import APPEND, SKIP, ScriptOnEach
from core.broker.seal import SEAL_FIELD, Seal
from core.broker.stream_guard import StreamGuard
from core.errors import PositionGap
from core.events.envelope import Event
from core.events.partitioning import stream_key


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One stream entry as delivered; `fields` is None when the entry was trimmed while it was pending."""

    partition: int
    position: int
    fields: dict[bytes, bytes] | None
    #: Whether it is as our relay has written it, in the place where it was written.
    is_sealed: bool = True
    #: The broker's own name for it, where that is not `<position>-0`.
    strange_id: bytes | None = None

    @property
    def is_foreign(self) -> bool:
        """Whether somebody else wrote it, or changed it."""
        return self.fields is not None and not self.is_sealed


@dataclass(frozen=True, slots=True)
class GroupPosition:
    """A consumer group on one partition, by the broker's own words."""

    delivered: int
    pending: int


def _position(entry_id: bytes) -> int:
    return int(entry_id.split(b"-", 1)[0])


def _pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    """Read name, value, name, value ... as pairs."""
    one_by_one = iter(flat)
    return dict(zip(one_by_one, one_by_one, strict=True))


class Streams:
    """All partitions of one broker, through one client; share a client between threads only for short calls."""

    def __init__(self, client: redis.Redis, partitions: int, seal: Seal | None = None) -> None:
        """Entries are written and checked with the installation's `seal`."""
        self._client = client
        self._seal = seal or Seal()
        self._keys = {partition: stream_key(partition).encode() for partition in range(partitions)}
        self._partition_of = {key: partition for partition, key in self._keys.items()}
        self._append = ScriptOnEach(client, APPEND)
        self._skip = client.register_script(SKIP)
        client.set_response_callback("XREADGROUP", lambda answer, **_options: answer)
        #: Tells what somebody else has put there, and removes it.
        self.guard = StreamGuard(client, self._keys, self._seal, self._asked)

    @property
    def partitions(self) -> range:
        """All partition numbers."""
        return range(len(self._keys))

    def waiting(self) -> Mapping[int, str]:
        """Give the partitions that can't be asked now while others can, each with the reason; see `ClusterStreams`."""
        return {}

    def why_waiting(self) -> str | None:
        """Say which partitions wait, and what for, in one sentence; None while none does."""
        return None

    def close(self) -> None:
        """Give the connections back; they open again when needed."""
        self._client.close()

    # Publishing

    def append(self, runs: Mapping[int, Sequence[Event]]) -> dict[int, int]:
        """Append runs of consecutive positions, one run a partition; entries that are there already are skipped.

        Returns:
            The last position of each stream afterwards.

        Raises:
            PositionGap: a stream ends before the run begins; other partitions may have been appended.
            BrokerUnavailable: no answer; any of the runs may or may not be there. Look before repeating.
        """
        calls = []
        for partition, events in runs.items():
            arguments: list[bytes | int] = [events[0].position]
            for event in events:
                fields = [part for pair in event.to_fields().items() for part in pair]
                seal = self._seal.of(self._keys[partition], b"%d-0" % event.position, fields)
                arguments += [len(fields) + 2, *fields, SEAL_FIELD, seal]
            calls.append((self._keys[partition], arguments))
        with errors_mapped():
            answers: list[list[int]] = self._append.run(calls)
        lasts = {partition: last for partition, (_, last) in zip(runs, answers, strict=True)}
        for partition, (appended, last) in zip(runs, answers, strict=True):
            if appended < 0:
                raise PositionGap(
                    f"Partition {partition} ends at {last}; position {runs[partition][0].position} would leave a gap."
                )
        return lasts

    def last_positions(self) -> dict[int, int]:
        """Give the last position ever appended to each stream that can be asked; 0 where there is no stream.

        Raises:
            BrokerUnavailable: no answer.
        """
        answers = self._ask_each("XINFO", "STREAM")
        return {
            partition: 0 if isinstance(answer, ResponseError) else _position(answer["last-generated-id"])
            for partition, answer in answers.items()
        }

    def first_positions(self) -> dict[int, int]:
        """Give the position of the oldest entry of each stream, or the one after its last where it has none.

        Raises:
            BrokerUnavailable: no answer.
        """
        return {
            partition: 1
            if isinstance(answer, ResponseError)
            else _position(
                (answer["first-entry"] or [b"%d" % (_position(answer["last-generated-id"]) + 1)])[0]
            )
            for partition, answer in self._ask_each("XINFO", "STREAM").items()
        }

    def skip_to(self, positions: Mapping[int, int]) -> None:
        """Let streams end at these positions at least, as if all up to there had been appended and trimmed.

        Raises:
            BrokerUnavailable: no answer; repeating is harmless.
        """
        pipe = self._client.pipeline(transaction=False)
        for partition, position in positions.items():
            self._skip(keys=[self._keys[partition]], args=[position], client=pipe)
        with errors_mapped():
            pipe.execute()

    # Consuming

    def create_groups(self, group: str) -> None:
        """Make the group on each stream, reading from the very start; harmless where it exists.

        Raises:
            BrokerUnavailable: no answer, or refused.
        """
        pipe, keys = self._client.pipeline(transaction=False), self._asked()
        for key in keys.values():
            pipe.execute_command("XGROUP", "CREATE", key, group, "0", "MKSTREAM")
        with errors_mapped():
            answers = dict(zip(keys, pipe.execute(raise_on_error=False), strict=True))
        refused = {
            number: answer
            for number, answer in answers.items()
            if isinstance(answer, RedisError) and not str(answer).startswith("BUSYGROUP")
        }
        # A full broker refuses even what is there already. Consumers that go on are the way out of that.
        if refused and refused.keys() - self.group_positions(group).keys():
            with errors_mapped():
                raise next(iter(refused.values()))

    def read_new(self, group: str, partitions: Sequence[int], *, count: int, block_ms: int) -> list[Entry]:
        """Wait for entries that the group has not been given yet; at most `count` a partition, empty after `block_ms`.

        Raises:
            GroupMissing: a stream or the group has gone.
            BrokerUnavailable: no answer; what was delivered stays in flight, so read `read_in_flight` first.
        """
        return self._read(group, partitions, b">", count, block_ms)

    def read_in_flight(self, group: str, partitions: Sequence[int], *, count: int) -> list[Entry]:
        """Give the oldest entries that were delivered and never acknowledged, at most `count` a partition.

        Raises:
            GroupMissing, BrokerUnavailable: as `read_new`.
        """
        return self._read(group, partitions, b"0", count, None)

    def acknowledge(self, group: str, positions: Mapping[int, Iterable[int]]) -> None:
        """Take positions off the group's list of entries in flight.

        Raises:
            BrokerUnavailable: no answer; acknowledging again is harmless.
        """
        pipe = self._client.pipeline(transaction=False)
        for partition, numbers in positions.items():
            pipe.execute_command(
                "XACK", self._keys[partition], group, *(b"%d-0" % number for number in numbers)
            )
        with errors_mapped():
            pipe.execute()

    def put_aside(self, group: str, entries: Iterable[Entry]) -> None:
        """Take entries that are not ours off the group's list of entries in flight; they stay in the stream.

        Raises:
            BrokerUnavailable: no answer; repeating is harmless.
        """
        pipe = self._client.pipeline(transaction=False)
        for entry in entries:
            entry_id = entry.strange_id or b"%d-0" % entry.position
            pipe.execute_command("XACK", self._keys[entry.partition], group, entry_id)
        with errors_mapped():
            pipe.execute()

    def group_positions(self, group: str) -> dict[int, GroupPosition]:
        """Give the broker's view of one group, per partition; partitions without it are left out.

        Raises:
            BrokerUnavailable: no answer.
        """
        return {
            partition: groups[group] for partition, groups in self.all_groups().items() if group in groups
        }

    def all_groups(self) -> dict[int, dict[str, GroupPosition]]:
        """Give the broker's view of all groups, per partition and name.

        Raises:
            BrokerUnavailable: no answer.
        """
        return {
            partition: {
                row["name"].decode(): GroupPosition(_position(row["last-delivered-id"]), row["pending"])
                for row in answer
            }
            for partition, answer in self._ask_each("XINFO", "GROUPS").items()
            if not isinstance(answer, ResponseError)
        }

    # Health

    def facts(self) -> BrokerFacts:
        """Ask the broker about itself.

        Raises:
            BrokerUnavailable: no answer.
        """
        with errors_mapped():
            return facts_of(self._client.info())

    # Inside

    def _asked(self) -> Mapping[int, bytes]:
        """Give the streams that are asked when all of them are."""
        return self._keys

    def _ask_each(self, *command: str) -> dict[int, Any]:
        pipe, keys = self._client.pipeline(transaction=False), self._asked()
        for key in keys.values():
            pipe.execute_command(" ".join(command), key)
        with errors_mapped():
            answers = pipe.execute(raise_on_error=False)
            for answer in answers:
                if isinstance(answer, RedisError) and "no such key" not in str(answer):
                    raise answer
        return dict(zip(keys, answers, strict=True))

    def _read(
        self, group: str, partitions: Sequence[int], start: bytes, count: int, block_ms: int | None
    ) -> list[Entry]:
        # One consumer name for all workers: a take-over then finds what the one before it had in flight.
        command: list[Any] = ["XREADGROUP", "GROUP", group, "owner", "COUNT", count]
        if block_ms is not None:
            command += ["BLOCK", block_ms]
        keys = [self._keys[partition] for partition in partitions]
        with errors_mapped():
            answer = self._client.execute_command(*command, "STREAMS", *keys, *[start] * len(keys))
        return [self._entry(key, self._partition_of[key], *row) for key, rows in answer or () for row in rows]

    def _entry(self, key: bytes, partition: int, entry_id: bytes, flat: list[bytes] | None) -> Entry:
        milliseconds, _, number = entry_id.partition(b"-")
        position, strange_id = int(milliseconds), None if number == b"0" else entry_id
        if flat is None:
            return Entry(partition, position, None, True, strange_id)
        return Entry(partition, position, _pairs(flat), self._seal.fits(key, entry_id, flat), strange_id)
