"""What a broker must promise before anything is published to it."""

from core.broker.facts import BrokerFacts
from core.errors import BrokerUnfit


def refuse_unfit(facts: BrokerFacts, *, accept_volatile: bool) -> None:
    """Refuse a broker that drops entries on purpose, or that keeps nothing on disk unless that is accepted.

    Raises:
        BrokerUnfit: with what to change.
    """
    if facts.policy and facts.policy != "noeviction" and not facts.policy.startswith("volatile-"):
        raise BrokerUnfit(
            f"The broker evicts entries (maxmemory-policy {facts.policy}). Set it to noeviction."
        )
    if not facts.keeps_on_disk and not accept_volatile:
        raise BrokerUnfit(
            "The broker keeps nothing on disk (appendonly no). Set it to yes, "
            "or accept that with SIGNALBOX_ACCEPT_VOLATILE_BROKER=true."
        )
