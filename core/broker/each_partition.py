"""Questions about several partitions: those that answer are not lost with those whose node is away. Only asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis
from redis.exceptions import RedisError

from core.broker.client import errors_mapped
from core.broker.cluster_client import ClusterClient
from core.errors import BrokerUnavailable
from core.events.partitioning import stream_key

#: A command, and how its answer is to be read.
Question = tuple[tuple[Any, ...], dict[str, Any]]
#: So many nodes may go away one after the other while they are asked.
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Answers:
    """What the partitions have answered, in the order of the questions; None = there is no such stream or group."""

    by_partition: Mapping[int, list[Any]]
    #: Why the others can't be asked now.
    away: Mapping[int, str]


def ask_partitions(client: redis.Redis, questions: Mapping[int, Sequence[Question]]) -> Answers:
    """Ask all that can be asked, in one go.

    Raises:
        BrokerUnavailable: none of them answers, or one was refused.
    """
    away: dict[int, str] = {}
    for attempt in range(_ATTEMPTS):
        away = _away(client, questions)
        asked = {number: own for number, own in questions.items() if number not in away}
        if questions and not asked:
            break
        try:
            return Answers(_ask(client, asked), away)
        except BrokerUnavailable:
            # A node that was found to be away by this is left out of the next attempt.
            if attempt + 1 == _ATTEMPTS or _away(client, questions).keys() <= away.keys():
                raise
    raise BrokerUnavailable("; ".join(dict.fromkeys(away.values())))


def _away(client: redis.Redis, partitions: Mapping[int, Any]) -> dict[int, str]:
    """Give the partitions that can't be asked though others may; on one server there are none."""
    if not isinstance(client, ClusterClient):
        return {}
    with errors_mapped():
        troubles = {number: client.trouble_of(stream_key(number).encode()) for number in partitions}
    return {number: trouble for number, trouble in troubles.items() if trouble is not None}


def _ask(client: redis.Redis, questions: Mapping[int, Sequence[Question]]) -> dict[int, list[Any]]:
    pipe = client.pipeline(transaction=False)
    for own in questions.values():
        for words, options in own:
            pipe.execute_command(*words, **options)
    with errors_mapped():
        answers = pipe.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, RedisError) and not _is_missing(answer):
                raise answer
    left = iter(None if isinstance(answer, RedisError) else answer for answer in answers)
    return {number: [next(left) for _ in own] for number, own in questions.items()}


def _is_missing(error: RedisError) -> bool:
    """Whether the broker says that there is no such stream or group."""
    return "no such key" in str(error) or str(error).startswith("NOGROUP")
