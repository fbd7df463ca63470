"""What an operator is told of while looking elsewhere: what has become worse between two snapshots. No Qt here.

One item per cause: several consumers that stop together are one, and a storm of dead letters is one a minute, counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.operating.snapshot import BrokerHealth, BrokerState, ConsumerHealth, ConsumerState, Snapshot
from gui.formatting import count, one_line, plural
from gui.ledger.report import Report
from gui.ledger.told import wrong
from gui.targets import Kind, Target

#: The same is not told again before so many seconds are over.
_QUIET_S = 60.0
#: What is over sooner is not told, in seconds: a broker that starts again, five attempts that end in a dead letter.
_SETTLED_S = 2.0
_TROUBLE = (ConsumerState.FAILING, ConsumerState.STOPPED)
#: Longer texts are cut by every desktop, each elsewhere.
_LONGEST = 220
_NO_WORKER = "No worker is heard of."
BROKER, DEAD_LETTERS, LEDGER = "broker", "dead letters", "ledger"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be told."""

    #: What it is about; another item of the same cause takes its place.
    cause: str
    title: str
    text: str
    #: The page that has more.
    target: Target
    #: It is to stay until somebody has seen it, or it is over.
    stays: bool = False


class News:
    """Follows the snapshots; what is so in the first one is no news, nor what is over within two seconds."""

    def __init__(self) -> None:
        self._is_first = True
        #: Since when each thing is so that is not told yet.
        self._since: dict[str, float] = {}
        #: What is so, and was told or is no news.
        self._known: set[str] = set()
        #: The dead letters of each consumer when they were told of last.
        self._dead: dict[str, int] = {}
        self._told_at: dict[str, float] = {}
        self._was_red = False

    def take(self, snapshot: Snapshot) -> tuple[Item, ...]:
        """Give what there is to tell."""
        now = snapshot.taken_at
        found = (
            *self._take_broker(snapshot.broker, now),
            *self._take_states(snapshot, now),
            *self._take_dead(snapshot.consumers, now),
        )
        self._is_first = False
        return found

    def take_ledger(self, report: Report) -> Item | None:
        """Give what there is to tell of a check: that the ledger has become red, also by the first one."""
        was_red, self._was_red = self._was_red, not report.ok
        if was_red or not self._was_red:
            return None
        return Item(LEDGER, "Ledger red", _cut(wrong(report)), Target(Kind.PAGE, "Ledger"), stays=True)

    def _take_broker(self, broker: BrokerHealth, now: float) -> list[Item]:
        self._note(BROKER, now, is_so=broker.state is not BrokerState.READY)
        if not self._is_ripe(BROKER, now):
            return []
        self._known.add(BROKER)
        if not self._is_due(BROKER, now):
            return []
        text = _cut(broker.error or "Nothing is published until it is back.")
        return [Item(BROKER, f"Broker {broker.state.value}", text, Target(Kind.PAGE, "Settings"), stays=True)]

    def _take_states(self, snapshot: Snapshot, now: float) -> list[Item]:
        """Tell of consumers in trouble; while the broker is away that is the cause, and is told already."""
        is_ready = snapshot.broker.state is BrokerState.READY
        for one in snapshot.consumers:
            if is_ready or one.name not in self._known:
                self._note(one.name, now, is_so=is_ready and one.state in _TROUBLE)
        found = []
        for state in _TROUBLE:
            new = [one for one in snapshot.consumers if one.state is state and one.name in self._since]
            if any(self._is_ripe(one.name, now) for one in new):
                self._known |= {one.name for one in new}
                due = [one for one in new if self._is_due(f"{one.name} {state}", now)]
                found += [_come_to(state, due, snapshot.own_worker)] if due else []
        return found

    def _take_dead(self, consumers: Sequence[ConsumerHealth], now: float) -> list[Item]:
        for one in consumers:
            if one.dead is not None:
                self._dead[one.name] = min(self._dead.get(one.name, one.dead), one.dead)
        more = [one for one in consumers if (one.dead or 0) > self._dead.get(one.name, 0)]
        self._known.discard(DEAD_LETTERS)
        self._note(DEAD_LETTERS, now, is_so=bool(more))
        if not self._is_ripe(DEAD_LETTERS, now) or not self._is_due(DEAD_LETTERS, now):
            return []
        item = _new_dead_letters([(one, (one.dead or 0) - self._dead[one.name]) for one in more])
        self._dead |= {one.name: one.dead or 0 for one in more}
        return [item]

    def _note(self, what: str, now: float, *, is_so: bool) -> None:
        """Note since when something is so."""
        if not is_so:
            self._since.pop(what, None)
            self._known.discard(what)
        elif self._is_first:
            self._known.add(what)
        elif what not in self._known:
            self._since.setdefault(what, now)

    def _is_ripe(self, what: str, now: float) -> bool:
        """Tell whether something is so for long enough, and not known yet."""
        if what in self._known:
            self._since.pop(what, None)
        return now - self._since.get(what, float("inf")) >= _SETTLED_S

    def _is_due(self, what: str, now: float) -> bool:
        if now - self._told_at.get(what, float("-inf")) < _QUIET_S:
            return False
        self._told_at[what] = now
        return True


def _come_to(state: ConsumerState, consumers: Sequence[ConsumerHealth], worker: str | None) -> Item:
    """Tell of consumers that have come to a state together, in one item."""
    first, title = consumers[0], f"{plural(len(consumers), 'consumer')} {state.value}"
    whys = {one.name: _why(one, state, worker) for one in consumers}
    if len(consumers) == 1:
        target = Target(Kind.CONSUMER, first.name, first.name)
        return Item(
            f"{first.name} {state.value}", f"{first.name} {state.value}", _cut(whys[first.name]), target
        )
    if len(set(whys.values())) == 1:
        text = _cut(f"{', '.join(whys)}: {whys[first.name]}")
    else:
        text = "\n".join(_cut(f"{name}: {why}", _LONGEST // len(whys)) for name, why in whys.items())
    return Item(state.value, title, text, Target(Kind.PAGE, "Consumers"))


def _why(one: ConsumerHealth, state: ConsumerState, worker: str | None) -> str:
    if state is ConsumerState.STOPPED and worker is not None and not worker.startswith("running"):
        return f"The worker {worker}."
    return one_line(one.error or _NO_WORKER)


def _new_dead_letters(more: Sequence[tuple[ConsumerHealth, int]]) -> Item:
    """Tell of new dead letters, of all consumers in one item: what they fail by is often the same."""
    new = plural(sum(number for _, number in more), "new dead letter")
    if len(more) == 1:
        name, dead = more[0][0].name, more[0][0].dead
        text = f"Dead letters of {name} that wait for a decision: {count(dead)}."
        return Item(DEAD_LETTERS, f"{name}: {new}", text, Target(Kind.DEAD_LETTERS, name, name))
    text = ", ".join(f"{one.name} {count(number)}" for one, number in more)
    return Item(DEAD_LETTERS, new, f"{text}. They wait for a decision.", Target(Kind.DEAD_LETTERS, ""))


def _cut(text: str, longest: int = _LONGEST) -> str:
    line = one_line(text)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
