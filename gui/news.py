"""What an operator is told of while looking elsewhere: what has become worse between two snapshots. No Qt here."""

from dataclasses import dataclass

from core.operating.snapshot import BrokerState, ConsumerHealth, ConsumerState, Snapshot
from gui.formatting import one_line, plural

#: The same is not told again before so many seconds are over.
_QUIET_S = 60.0
_TROUBLE = (ConsumerState.FAILING, ConsumerState.STOPPED)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be told."""

    title: str
    text: str


class News:
    """Compares each snapshot with the one before; the first one is no news."""

    def __init__(self) -> None:
        self._before: Snapshot | None = None
        self._told_at: dict[str, float] = {}

    def take(self, snapshot: Snapshot) -> tuple[Item, ...]:
        """Give what there is to tell."""
        before, self._before = self._before, snapshot
        found = () if before is None else tuple(_worse(before, snapshot))
        return tuple(item for item in found if self._is_due(item.title, snapshot.taken_at))

    def _is_due(self, title: str, now: float) -> bool:
        if now - self._told_at.get(title, float("-inf")) < _QUIET_S:
            return False
        self._told_at[title] = now
        return True


def _worse(before: Snapshot, after: Snapshot) -> list[Item]:
    found = []
    if before.broker.state is BrokerState.READY and after.broker.state is not BrokerState.READY:
        found.append(Item(f"Broker {after.broker.state.value}", one_line(after.broker.error or "")))
    earlier = {consumer.name: consumer for consumer in before.consumers}
    for consumer in after.consumers:
        if consumer.name in earlier:
            found += _worse_consumer(earlier[consumer.name], consumer)
    return found


def _worse_consumer(before: ConsumerHealth, after: ConsumerHealth) -> list[Item]:
    found = []
    if after.state in _TROUBLE and before.state not in _TROUBLE:
        why = one_line(after.error or "No worker that runs it has been heard of.")
        found.append(Item(f"{after.name} {after.state.value}", why))
    if before.dead is not None and after.dead is not None and after.dead > before.dead:
        text = f"{plural(after.dead, 'event')} in all were given up."
        found.append(Item(f"{after.name}: {plural(after.dead - before.dead, 'new dead letter')}", text))
    return found
