"""What an operator is told of while looking elsewhere: what has become worse between two snapshots. No Qt here."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.operating.snapshot import BrokerState, ConsumerHealth, ConsumerState, Snapshot
from gui.formatting import one_line, plural
from gui.ledger.report import Report
from gui.ledger.told import wrong

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
        self._was_red = False

    def take(self, snapshot: Snapshot) -> tuple[Item, ...]:
        """Give what there is to tell."""
        before, self._before = self._before, snapshot
        found = () if before is None else tuple(_worse(before, snapshot))
        return tuple(item for item in found if self._is_due(item.title, snapshot.taken_at))

    def take_ledger(self, report: Report) -> Item | None:
        """Give what there is to tell of a check: that the ledger has become red, also by the first one."""
        was_red, self._was_red = self._was_red, not report.ok
        return Item("Ledger red", wrong(report)) if self._was_red and not was_red else None

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
    both = [(earlier[consumer.name], consumer) for consumer in after.consumers if consumer.name in earlier]
    for state in _TROUBLE:
        found += _come_to(
            state, [new for old, new in both if new.state is state and old.state not in _TROUBLE]
        )
    for old, new in both:
        found += _new_dead_letters(old, new)
    return found


def _come_to(state: ConsumerState, consumers: Sequence[ConsumerHealth]) -> list[Item]:
    """Tell of consumers that have come to a state; of several at once, which have one cause, in one item."""
    if not consumers:
        return []
    why = one_line(consumers[0].error or "No worker that runs it has been heard of.")
    if len(consumers) == 1:
        return [Item(f"{consumers[0].name} {state.value}", why)]
    named = ", ".join(consumer.name for consumer in consumers)
    return [Item(f"{plural(len(consumers), 'consumer')} {state.value}", f"{named}: {why}")]


def _new_dead_letters(before: ConsumerHealth, after: ConsumerHealth) -> list[Item]:
    found = []
    if before.dead is not None and after.dead is not None and after.dead > before.dead:
        text = f"{plural(after.dead, 'event')} in all were given up."
        found.append(Item(f"{after.name}: {plural(after.dead - before.dead, 'new dead letter')}", text))
    return found
