"""A client for a cluster: finds the node for each key, asks all nodes at once, and never repeats what may have succeeded.

What a node did not take because a slot is elsewhere (MOVED, ASK) is sent there. All else is for the caller to judge.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import redis
from redis.client import Pipeline
from redis.commands.core import Script
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MovedError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    SlotNotCoveredError,
)

from core.broker.cluster_ask import Command, Question, ask
from core.broker.cluster_map import Address, ClusterUrl, SlotMap, read_slots, said
from core.broker.cluster_node import Node

#: How often a command may be sent on to where its slot is now.
_HOPS = 5
#: How long the map of a cluster that has changed is not asked for again, in seconds.
_MAP_REST_S = 0.25
#: Questions and hints that any node can take; asking another one does no harm.
_KEYLESS = {"PING", "INFO", "PUBLISH", "CONFIG GET"}


class ClusterClient(redis.Redis):
    """Speaks to a cluster as others speak to one server. Nothing is sent before it is needed."""

    def __init__(self, url: ClusterUrl, dial: Callable[[str], redis.Redis]) -> None:
        """`dial` makes a client for one server that never repeats a command by itself."""
        first = dial(url.of_node(url.nodes[0]))
        super().__init__(connection_pool=first.connection_pool)
        self._url = url
        self._dial = dial
        self._nodes: dict[Address, Node] = {}
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._slots: SlotMap | None = None
        #: The nodes that have slots by that map. While one is away another may take its place at any time.
        self._masters: tuple[Node, ...] = ()
        self._is_stale = False
        self._read_at = 0.0
        for address in url.nodes:
            self._node(address)

    # Asking

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Ask the node that has the key; a question without a key is put to any node."""
        if args[0] in _KEYLESS:
            return self._ask_any(args, options)
        return self.send([(args, options)], raise_on_error=True)[0]

    def pipeline(self, transaction: Any = False, shard_hint: Any = None) -> Pipeline:  # noqa: ARG002 - as the base
        """Collect commands for `send`; there are no transactions."""
        return ClusterPipeline(self)

    def pubsub(self, **options: Any) -> Any:
        """Listen at any node that answers: each hears what is published at any other."""
        return self._answering().client.pubsub(**options)

    def register_script(self, script: Any) -> Script:
        """Make a script that travels with each call: a node may be new to it at any time."""
        return _TravellingScript(self, script)

    def delete(self, *names: Any) -> int:
        """Delete keys, whichever nodes they are on."""
        return sum(self.send([(("DEL", name), {}) for name in names], raise_on_error=True))

    def send(self, commands: Sequence[Command], *, raise_on_error: bool) -> list[Any]:
        """Send each command to the node of its key, all nodes at once; gives the answers, errors among them.

        Raises:
            RedisError: a node did not answer, or with `raise_on_error` has refused; the others have been asked.
        """
        questions = [Question(args, options) for args, options in commands]
        for question in questions:
            question.node = self._node_for(_key(question.args))
        left = questions
        for _ in range(_HOPS):
            batches: defaultdict[Address, list[Question]] = defaultdict(list)
            for question in left:
                batches[question.node.address].append(question)
            ask([(self._node(address), batch) for address, batch in batches.items()], self.parse_response)
            left = [question for question in left if self._goes_on(question)]
            if not left:
                break
        return [_answer(question, raise_on_error=raise_on_error) for question in questions]

    def close(self) -> None:
        """Give the connections back; they open again when needed."""
        for node in list(self._nodes.values()):
            node.close()
        super().close()

    # What is where

    def trouble_of(self, key: bytes) -> str | None:
        """Say why the node that has a key can't be asked now; None = it can.

        Raises:
            RedisError: no node says which has it.
        """
        try:
            return self._node_for(key).trouble
        except SlotNotCoveredError as error:
            return str(error)

    def slots(self) -> SlotMap:
        """Give the map, read anew when something has changed.

        Raises:
            RedisError: no node answers.
        """
        if self._is_due():
            with self._reading:
                if self._is_due():
                    self._read_slots()
        return self._slots or SlotMap()

    def masters(self) -> list[Node]:
        """Give the nodes that have slots.

        Raises:
            RedisError: no node answers.
        """
        self.slots()
        return list(self._masters)

    # Inside

    def _node(self, address: Address) -> Node:
        with self._lock:
            if address not in self._nodes:
                self._nodes[address] = Node(address, self._dial(self._url.of_node(address)))
            return self._nodes[address]

    def _node_for(self, key: bytes) -> Node:
        slot = key_slot(key)
        address = self.slots().node_of(slot)
        if address is None:
            self._is_stale = True
            raise SlotNotCoveredError(f"no node has slot {slot}")
        return self._node(address)

    def _goes_on(self, question: Question) -> bool:
        """Whether a node has sent a command on; it goes to where that has pointed."""
        error = question.answer
        if isinstance(error, (ClusterDownError, ReadOnlyError)):
            self._is_stale = True
        if not isinstance(error, AskError):
            return False
        # An empty host is the one that has answered.
        address = error.host or question.node.address[0], error.port
        question.is_asking = not isinstance(error, MovedError)
        if not question.is_asking:
            self._is_stale = True
            with self._lock:
                self._slots = (self._slots or SlotMap()).moved(error.slot_id, address)
        question.node = self._node(address)
        return True

    def _is_due(self) -> bool:
        if self._slots is None:
            return True
        is_stale = self._is_stale or any(node.trouble for node in self._masters)
        return is_stale and time.monotonic() - self._read_at >= _MAP_REST_S

    def _read_slots(self) -> None:
        answer, node = self._ask_each(lambda node: node.client.execute_command("CLUSTER SLOTS"))
        found = read_slots(answer, node.address)
        with self._lock:
            self._slots = found
            gone = self._nodes.keys() - set(found.nodes) - set(self._url.nodes)
            left = [self._nodes.pop(address) for address in gone]
        for one in left:
            one.close()
        self._masters = tuple(self._node(address) for address in found.nodes)
        self._is_stale, self._read_at = False, time.monotonic()

    def _answering(self) -> Node:
        return self._ask_each(lambda node: node.client.ping())[1]

    def _ask_any(self, args: Any, options: Any) -> Any:
        return self._ask_each(lambda node: node.client.execute_command(*args, **options))[0]

    def _ask_each(self, question: Callable[[Node], Any]) -> tuple[Any, Node]:
        """Ask one node after the other until one answers."""
        words = []
        for node in list(self._nodes.values()):
            if node.trouble is None:
                try:
                    return question(node), node
                except ResponseError:
                    raise
                except (RedisError, OSError) as error:
                    node.away(error)
            words.append(node.trouble or said(node.address))
        raise redis.ConnectionError("; ".join(words))


class ClusterPipeline(Pipeline):
    """Commands for several nodes, sent together."""

    def __init__(self, cluster: ClusterClient) -> None:
        super().__init__(
            cluster.connection_pool, cluster.response_callbacks, transaction=False, shard_hint=None
        )
        self._cluster = cluster

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send all; the answers come in the commands' order."""
        commands, self.command_stack = self.command_stack, []
        return self._cluster.send(commands, raise_on_error=raise_on_error)


class _TravellingScript(Script):
    def __call__(self, keys: Any = None, args: Any = None, client: Any = None) -> Any:
        names: Iterable[Any] = keys or ()
        return (client or self.registered_client).execute_command(
            "EVAL", self.script, len(keys or ()), *names, *(args or ())
        )


def _key(args: Sequence[Any]) -> bytes:
    """Find the key in a command of ours: each has one."""
    match args[0]:
        case "EVAL" | "EVALSHA":
            key = args[3]
        case "XREADGROUP":
            key = args[args.index("STREAMS") + 1]
        case "XGROUP":
            key = args[2]
        case _:
            key = args[1]
    return key if isinstance(key, bytes) else str(key).encode()


def _answer(question: Question, *, raise_on_error: bool) -> Any:
    answer = question.answer
    if isinstance(answer, AskError):
        answer = ResponseError(f"the nodes don't agree which of them has slot {answer.slot_id}")
    if isinstance(answer, Exception) and (raise_on_error or question.is_lost):
        raise answer
    return answer
