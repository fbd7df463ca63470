"""What a broker must promise before anything is published to it."""

from core.broker.facts import BrokerFacts, evicts
from core.errors import BrokerUnfit


def refuse_unfit(facts: BrokerFacts, *, accept_volatile: bool) -> None:
    """Refuse a broker that drops entries on purpose, or that keeps nothing on disk unless that is accepted.

    A cluster's node is refused as well where the rest of its cluster is not known.

    Raises:
        BrokerUnfit: with what to change.
    """
    if facts.is_lone_node:
        raise BrokerUnfit(
            "The broker is a node of a cluster. Let SIGNALBOX_BROKER begin with redis+cluster:// (TLS: rediss+cluster://)."
        )
    if evicts(facts.policy):
        raise BrokerUnfit(
            f"The broker evicts entries (maxmemory-policy {facts.policy}). Set it to noeviction."
        )
    if not facts.keeps_on_disk and not accept_volatile:
        raise BrokerUnfit(
            "The broker keeps nothing on disk (appendonly no). Set it to yes, "
            "or accept that with SIGNALBOX_ACCEPT_VOLATILE_BROKER=true."
        )
