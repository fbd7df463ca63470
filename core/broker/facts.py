"""What the broker says of itself: who it is, how full, and whether it takes writes."""

from dataclasses import dataclass
from typing import Any

from core.errors import BrokerUnavailable


@dataclass(frozen=True, slots=True)
class BrokerFacts:
    """What the broker says of itself."""

    version: str
    run_id: str
    memory_bytes: int
    memory_limit_bytes: int
    policy: str
    keeps_on_disk: bool
    #: Why it takes no writes, or None.
    refuses: str | None
    #: Whether it is a cluster's node that was asked as if it were alone: what is on other nodes is not reached.
    is_lone_node: bool = False


def evicts(policy: str) -> bool:
    """Whether a broker with this maxmemory-policy drops entries when its memory is short."""
    return policy not in ("", "noeviction") and not policy.startswith("volatile-")


def facts_of(info: dict[str, Any]) -> BrokerFacts:
    """Read the answer to INFO.

    Raises:
        BrokerUnavailable: it is still loading its data; until then it says that it keeps nothing on disk.
    """
    if info.get("loading"):
        raise BrokerUnavailable("The broker is loading its data.")
    memory, limit = int(info["used_memory"]), int(info.get("maxmemory", 0))
    refuses = None
    if info.get("aof_enabled") and info.get("aof_last_write_status", "ok") != "ok":
        refuses = "it can't write to its disk"
    elif limit and memory >= limit:
        refuses = f"its memory is full ({limit // 1_000_000} MB)"
    return BrokerFacts(
        version=f"{info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}",
        run_id=str(info["run_id"]),
        memory_bytes=memory,
        memory_limit_bytes=limit,
        policy=str(info.get("maxmemory_policy", "")),
        keeps_on_disk=bool(info.get("aof_enabled")),
        refuses=refuses,
        is_lone_node=bool(info.get("cluster_enabled")),
    )
