"""What the nodes of a cluster say of themselves, as of one broker: of each thing what is worst. Only asks."""

from dataclasses import dataclass, replace
from typing import Any

from redis.exceptions import RedisError, ResponseError

from core.broker.cluster_client import ClusterClient
from core.broker.cluster_map import said
from core.broker.cluster_node import Node
from core.broker.facts import BrokerFacts, evicts, facts_of


@dataclass(frozen=True, slots=True)
class ClusterProbe:
    """How a cluster is put together."""

    #: The addresses of the nodes that have slots.
    nodes: tuple[str, ...]
    #: Why the ones that don't answer don't.
    away: tuple[str, ...]
    #: Slots that nobody has, from first to last.
    uncovered: tuple[tuple[int, int], ...]
    #: Whether all nodes refuse everything once one is away; None = they don't tell.
    is_all_or_nothing: bool | None


def cluster_facts(client: ClusterClient) -> BrokerFacts:
    """Ask all nodes that have slots and answer.

    Raises:
        RedisError: none does.
        BrokerUnavailable: one is loading its data.
    """
    infos = {node: _ask(node, "INFO") for node in client.masters()}
    found = {said(node.address): facts_of(info) for node, info in infos.items() if info is not None}
    if not found:
        raise RedisError("no node answers")
    return _worst(found)


def probe_cluster(client: ClusterClient) -> ClusterProbe:
    """Look at all nodes.

    Raises:
        RedisError: none answers, or it is no cluster.
    """
    nodes = client.masters()
    for node in nodes:
        _ask(node, "PING")
    name = "cluster-require-full-coverage"
    try:
        told = client.config_get(name).get(name)
    except ResponseError:
        told = None  # Who runs it for others may keep that to himself.
    return ClusterProbe(
        nodes=tuple(said(node.address) for node in nodes),
        away=tuple(node.trouble for node in nodes if node.trouble is not None),
        uncovered=client.slots().uncovered(),
        is_all_or_nothing=None if told is None else told == "yes",
    )


def _ask(node: Node, question: str) -> Any:
    """Ask one node; None = it does not answer."""
    if node.trouble is not None:
        return None
    try:
        return node.client.execute_command(question)
    except ResponseError:
        raise
    except (RedisError, OSError) as error:
        node.away(error)
        return None


def _worst(found: dict[str, BrokerFacts]) -> BrokerFacts:
    """Take the fullest node's memory; one that evicts, keeps nothing or refuses speaks for all."""
    facts = found.values()
    fullest = max(facts, key=_fullness)
    refusals = (f"{address}: {one.refuses}" for address, one in found.items() if one.refuses)
    return replace(
        fullest,
        version=", ".join(sorted({one.version for one in facts})),
        # Any node that starts again is looked at again.
        run_id=" ".join(one.run_id for one in facts),
        policy=next((one.policy for one in facts if evicts(one.policy)), fullest.policy),
        keeps_on_disk=all(one.keeps_on_disk for one in facts),
        refuses=next(refusals, None),
        is_lone_node=False,
    )


def _fullness(facts: BrokerFacts) -> tuple[float, int]:
    limit = facts.memory_limit_bytes
    return (facts.memory_bytes / limit if limit else 0.0), facts.memory_bytes
