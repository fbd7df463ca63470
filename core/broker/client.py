"""Connections to the broker. No client is made anywhere else: the library's defaults repeat what may have succeeded."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from core.broker.cluster_client import ClusterClient
from core.broker.cluster_map import is_cluster, read_url
from core.errors import BadSettings, BrokerUnavailable, GroupMissing

#: Longest wait for an answer, in seconds; longer than any blocking read of ours.
ANSWER_TIMEOUT_S = 6.0
CONNECT_TIMEOUT_S = 2.0
#: The same of a cluster's node, which never blocks: the others' partitions wait for it once.
_NODE_ANSWER_S = 2.0
#: Bytes taken from the socket at once. Each connection holds so much memory for as long as it lives, and the driver's
#: references go round in circles, so that it lives on for a while after it was closed.
READ_AT_ONCE = 1 << 14
#: The same for those who read batches of events, which are larger.
READ_BATCHES = 1 << 20

_PASSWORD_BEFORE_HOST = re.compile(r"(?<=://)([^:/@\s]*):[^@/\s]*@")
_PASSWORD_IN_QUERY = re.compile(r"(?i)([?&]password=)[^&#\s]*")

#: What a blocked or fresh read answers when stream or group has gone (Valkey says the first, Redis 7 either).
_GROUP_GONE = ("NOGROUP", "UNBLOCKED")
#: What the library puts before an error of a pipeline: the command with its data, no use to people.
_PIPELINE_WORDS = re.compile(r"Command # \d+ \(.*\) of pipeline caused error: ", re.DOTALL)


def connect(
    url: str, *, answer_timeout_s: float = ANSWER_TIMEOUT_S, read_at_once: int = READ_AT_ONCE
) -> redis.Redis:
    """Make a client that never repeats a command by itself: one lost answer must not become two entries.

    Nothing is sent yet. `read_at_once` is in bytes.

    Raises:
        BadSettings: the URL is not redis://, rediss:// or unix://, nor of a cluster.
    """
    try:
        if is_cluster(url):
            node_answer_s = min(answer_timeout_s, _NODE_ANSWER_S)
            return ClusterClient(read_url(url), lambda node_url: _dial(node_url, node_answer_s, read_at_once))
        return _dial(url, answer_timeout_s, read_at_once)
    except ValueError as error:
        raise BadSettings(f"SIGNALBOX_BROKER: {without_password(url)!r} is no broker URL: {error}") from None


def _dial(url: str, answer_timeout_s: float, read_at_once: int) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=answer_timeout_s,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_read_size=read_at_once,
    )


@contextmanager
def errors_mapped() -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except ResponseError as error:
        words = _PIPELINE_WORDS.sub("", str(error))
        if words.startswith(_GROUP_GONE):
            raise GroupMissing(f"The broker has lost a stream or group: {words}") from None
        raise BrokerUnavailable(f"The broker refused: {words}") from None
    except (RedisError, OSError) as error:
        raise BrokerUnavailable(f"The broker does not answer: {error}") from None


def without_password(url: str) -> str:
    """Give the URL as it may be shown."""
    return _PASSWORD_BEFORE_HOST.sub(r"\1:***@", _PASSWORD_IN_QUERY.sub(r"\1***", url))
