"""Puts questions to several nodes at once: everything is written before anything is read. Nothing is sent twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis
from redis.exceptions import ResponseError

from core.broker.cluster_node import Node

#: A command's words, and what its reader must know.
Command = tuple[tuple[Any, ...], dict[str, Any]]
#: Reads the answer to a command from a connection.
Read = Callable[..., Any]

_NO_ANSWER = (redis.ConnectionError, redis.TimeoutError, OSError)


@dataclass(slots=True)
class Question:
    """A command on its way, and its answer, which may be an error."""

    args: tuple[Any, ...]
    options: dict[str, Any]
    node: Node = field(init=False)
    #: Whether the node is to take it although the slot is not its own yet.
    is_asking: bool = False
    answer: Any = None
    #: Whether it is not known if the node has done it.
    is_lost: bool = False


def ask(batches: Sequence[tuple[Node, list[Question]]], read: Read) -> None:
    """Put each node's questions to it, and note the answers; a node that does not answer is left alone from then on."""
    written = [(node, batch, _write(node, batch)) for node, batch in batches]
    for node, batch, connection in written:
        if connection is not None:
            _read(node, batch, connection, read)


def _write(node: Node, batch: list[Question]) -> Any:
    """Send a node's questions; gives the connection on which it answers, or None."""
    if node.trouble is not None:
        _lose(batch, redis.ConnectionError(node.trouble))
        return None
    pool, connection = node.client.connection_pool, None
    try:
        connection = pool.get_connection()
        words = [part for one in batch for part in ([("ASKING",)] if one.is_asking else []) + [one.args]]
        connection.send_packed_command(connection.pack_commands(words))
    except _NO_ANSWER as error:
        _lose(batch, error)
        node.away(error)
        if connection is not None:
            connection.disconnect()
            pool.release(connection)
        return None
    return connection


def _read(node: Node, batch: list[Question], connection: Any, read: Read) -> None:
    read_to = 0
    try:
        for one in batch:
            if one.is_asking:
                connection.read_response()
            try:
                one.answer = read(connection, one.args[0], **one.options)
            except ResponseError as error:
                one.answer = error
            read_to += 1
    except _NO_ANSWER as error:
        _lose(batch[read_to:], error)
        node.away(error)
    finally:
        # Half of an answer must not be taken for the next one.
        if read_to < len(batch):
            connection.disconnect()
        node.client.connection_pool.release(connection)


def _lose(batch: Sequence[Question], error: Exception) -> None:
    for one in batch:
        one.answer, one.is_lost = error, True
