"""One look at a broker, for whoever sets it up: what it says of itself, its role, how soon it answers. Changes nothing."""

import time
from dataclasses import dataclass

from core.broker.client import connect, errors_mapped
from core.broker.cluster_client import ClusterClient
from core.broker.cluster_facts import ClusterProbe, cluster_facts, probe_cluster
from core.broker.facts import BrokerFacts, facts_of

#: So many times it is asked for a simple answer.
_ASKED = 5


@dataclass(frozen=True, slots=True)
class BrokerProbe:
    """What was found."""

    facts: BrokerFacts
    #: Whether it only repeats what another one is told.
    is_replica: bool
    #: The median time of a simple answer, in milliseconds; of a cluster, of one of its nodes.
    answer_ms: float
    #: None = it was not asked as a cluster.
    cluster: ClusterProbe | None = None


def probe(url: str, *, answer_timeout_s: float) -> BrokerProbe:
    """Ask the broker at this address.

    Raises:
        BadSettings: the address is none.
        BrokerUnavailable: it does not answer, or it is loading its data; the text has its own words.
    """
    with connect(url, answer_timeout_s=answer_timeout_s) as client, errors_mapped():
        if isinstance(client, ClusterClient):
            cluster, is_replica = probe_cluster(client), False
            facts = cluster_facts(client)
        else:
            cluster, info = None, client.info()
            facts, is_replica = facts_of(info), info.get("role") not in ("master", None)
        times = []
        for _ in range(_ASKED):
            began = time.perf_counter()
            client.ping()
            times.append(time.perf_counter() - began)
        return BrokerProbe(facts, is_replica, sorted(times)[_ASKED // 2] * 1000, cluster)
