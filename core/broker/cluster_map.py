"""Which node of a cluster has which slot, as one of the nodes has said it; and the addresses in a cluster's URL. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

#: Host and port.
Address = tuple[str, int]

#: What the URL of a cluster begins with, and what one of its nodes' begins with then.
SCHEMES = {"redis+cluster": "redis", "rediss+cluster": "rediss"}
SLOTS = 16_384
_PORT = 6379


@dataclass(frozen=True, slots=True)
class ClusterUrl:
    """Where a cluster is asked first, and how each of its nodes is reached: with the same user, password and options."""

    nodes: tuple[Address, ...]
    _parts: SplitResult

    def of_node(self, address: Address) -> str:
        """Give the URL of one node."""
        credentials, at, _ = self._parts.netloc.rpartition("@")
        query = f"?{self._parts.query}" if self._parts.query else ""
        return f"{SCHEMES[self._parts.scheme]}://{credentials}{at}{said(address)}{query}"


def is_cluster(url: str) -> bool:
    """Whether a URL names a cluster."""
    return url.partition("://")[0].lower() in SCHEMES


def read_url(url: str) -> ClusterUrl:
    """Read redis+cluster://[user:password@]host[:port][,host[:port] ...][?options].

    Raises:
        ValueError: it is no such URL; the text says why, without what is in it.
    """
    parts = urlsplit(url)
    if parts.path not in ("", "/", "/0"):
        raise ValueError("a cluster has no databases by number")
    nodes = tuple(_address(host) for host in parts.netloc.rpartition("@")[2].split(","))
    return ClusterUrl(nodes, parts)


def _address(text: str) -> Address:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("a node has no host")
    return parts.hostname, parts.port or _PORT


def said(address: Address) -> str:
    """Give an address as people and URLs have it."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class SlotMap:
    """The ranges of slots, each with the node that takes writes for it."""

    ranges: tuple[tuple[int, int, Address], ...] = ()

    @property
    def nodes(self) -> tuple[Address, ...]:
        """The nodes that have slots, in order."""
        return tuple(sorted({address for _, _, address in self.ranges}))

    def node_of(self, slot: int) -> Address | None:
        """Give the node that has a slot; None = nobody has it."""
        return next((address for first, last, address in self.ranges if first <= slot <= last), None)

    def moved(self, slot: int, address: Address) -> "SlotMap":
        """Give the map as it is once a slot has gone to another node."""
        return SlotMap(((slot, slot, address), *self.ranges))

    def uncovered(self) -> tuple[tuple[int, int], ...]:
        """Give the ranges that nobody has."""
        missing, expected = [], 0
        for first, last, _ in sorted(self.ranges):
            if first > expected:
                missing.append((expected, first - 1))
            expected = max(expected, last + 1)
        if expected < SLOTS:
            missing.append((expected, SLOTS - 1))
        return tuple(missing)


def read_slots(answer: Sequence[Any], asked: Address) -> SlotMap:
    """Read what a node answers to CLUSTER SLOTS; a node that does not know its own host is where it was `asked`."""
    return SlotMap(tuple((int(row[0]), int(row[1]), _told(row[2], asked)) for row in answer))


def _told(node: Sequence[Any], asked: Address) -> Address:
    host = node[0].decode() if isinstance(node[0], bytes) else node[0]
    return (host if host not in (None, "", "?") else asked[0]), int(node[1])
