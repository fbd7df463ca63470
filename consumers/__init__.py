"""The five consumers, in display order; others come in by the entry-point group `signalbox.consumers`."""

from collections.abc import Callable
from importlib.metadata import entry_points

from core.consuming.contract import Consumer, Surroundings

#: The names, in display order.
NAMES = ("analytics", "qr", "billing", "webhook", "dashboard")


def build_consumers(surroundings: Surroundings) -> tuple[Consumer, ...]:
    """Build all consumers of this program and those that other packages bring."""
    # ruff: noqa: PLC0415 - a window needs the names only: loading the rest takes 90 ms and 10 MB
    from consumers.analytics import Analytics
    from consumers.billing import Billing
    from consumers.dashboard import Dashboard
    from consumers.qr import Qr
    from consumers.webhook import Webhook

    builders: list[Callable[[Surroundings], Consumer]] = [
        entry.load() for entry in entry_points(group="signalbox.consumers")
    ]
    return (
        Analytics(),
        Qr(surroundings.objects),
        Billing(),
        Webhook(surroundings.endpoints, surroundings.secret_of, surroundings.allow_private_targets),
        Dashboard(),
        *(build(surroundings) for build in builders),
    )
