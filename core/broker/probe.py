"""One look at a broker, for whoever sets it up: what it says of itself, its role, how soon it answers. Changes nothing."""

import time
from dataclasses import dataclass

from core.broker.client import connect, errors_mapped
from core.broker.facts import BrokerFacts, facts_of

#: So many times it is asked for a simple answer.
_ASKED = 5


@dataclass(frozen=True, slots=True)
class BrokerProbe:
    """What was found."""

    facts: BrokerFacts
    #: Whether it only repeats what another one is told.
    is_replica: bool
    is_cluster: bool
    #: The median time of a simple answer, in milliseconds.
    answer_ms: float


def probe(url: str, *, answer_timeout_s: float) -> BrokerProbe:
    """Ask the broker at this address.

    Raises:
        BadSettings: the address is none.
        BrokerUnavailable: it does not answer, or it is loading its data; the text has its own words.
    """
    with connect(url, answer_timeout_s=answer_timeout_s) as client, errors_mapped():
        info = client.info()
        times = []
        for _ in range(_ASKED):
            began = time.perf_counter()
            client.ping()
            times.append(time.perf_counter() - began)
        return BrokerProbe(
            facts=facts_of(info),
            is_replica=info.get("role") not in ("master", None),
            is_cluster=bool(info.get("cluster_enabled")),
            answer_ms=sorted(times)[_ASKED // 2] * 1000,
        )
