"""What a consumer is. It reacts to events inside a transaction that is handed to it; everything else is the runtime's.

A consumer never acknowledges, retries, commits, sleeps or sees the broker. It returns on success, raises `Rejected`
for an event that can never succeed, and lets any other error fly.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

from sqlalchemy import Connection, MetaData

from core.events.envelope import Event
from core.events.types import EventData
from core.storage.database import Database
from core.storage.objects import ObjectStore


class Helper(Protocol):
    """Work that a consumer does outside its transaction, in a thread of its own, such as sending webhooks."""

    def run(self, turn: "HelperTurn") -> None:
        """Work until `turn.stopping`; an error that flies out is shown as the consumer's, and `run` is called again."""
        ...


@dataclass(frozen=True, slots=True)
class HelperTurn:
    """What the runtime tells a helper."""

    #: Set when the consumer has committed something that may need the helper; the helper clears it.
    woken: threading.Event
    #: Set when the helper shall end.
    stopping: threading.Event
    #: Whether operators have paused the consumer: finish what is in hand, begin nothing.
    is_paused: Callable[[], bool]
    #: The helper of one worker leads, and the others rest: gives the number of our term, None = another one leads. A new
    #: number means that somebody else may have led in between.
    term: Callable[[], int | None]


class Consumer(Protocol):
    """One named reaction to events; its name is also the consumer group and the name of its database."""

    @property
    def name(self) -> str:
        """The name, in lower case."""
        ...

    @property
    def handles(self) -> tuple[type[EventData], ...]:
        """The event types that it reacts to; others are passed by and noted as ignored."""
        ...

    @property
    def batch_size(self) -> int:
        """How many events it is given at most: as many as it handles in about a quarter of a second."""
        ...

    @property
    def holds_behind_dead_letters(self) -> bool:
        """Whether the later events of a link wait behind its dead letter, until an operator decides; else they go on."""
        ...

    @property
    def tables(self) -> MetaData:
        """The tables of its own database, beside the runtime's."""
        ...

    def handle(self, events: Sequence[Event], db: Connection) -> None:
        """Apply a batch of one or more events, in order: all or nothing.

        Raises:
            Rejected: the event can never succeed.
        """
        ...

    def helper(self, database: Database) -> Helper | None:
        """Give the work to be done outside the transaction, or None."""
        ...

    def audit(self) -> "Audit":
        """Give what the ledger asks about its effects; called anew for each look."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of what operators asked for: one sentence for people, and whether it was done for programs."""

    sentence: str
    #: False = nothing was changed. What was so already counts as done.
    done: bool = True


@runtime_checkable
class Obliging(Protocol):
    """A consumer that does errands of its own when operators ask for them, in its own tables."""

    @property
    def errands(self) -> tuple[str, ...]:
        """Their names, as requests have them."""
        ...

    def oblige(self, act: str, argument: str, db: Connection) -> Answer:
        """Do one, in the transaction that is handed to it, and say what came of it."""
        ...


class Effects(NamedTuple):
    """How often one effect is there; what the audit counts, once per key."""

    key: str
    #: The link whose events have this effect.
    link_id: str
    times: int


class KnownLink(NamedTuple):
    """A link as the service's own table has it."""

    team_id: str
    slug: str
    #: The UTC month of its creation, such as 2026-11.
    month: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an audit is told, to hold the consumer's tables against."""

    #: All links there are, by id.
    links: Mapping[str, KnownLink]
    #: Whether an operator may have published an event of a link again, with other values.
    may_differ: Callable[[str], bool]
    #: Whether to look at everything, also where a sample would do.
    full: bool


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of looking at a consumer's tables."""

    #: What is wrong, a sentence each, with the ids that it is about.
    findings: Sequence[str] = ()
    #: What was looked at, for people: how large a sample was.
    remarks: Sequence[str] = ()


class Audit(Protocol):
    """Tells which effects events must have had, and which there are. Reads only; made for one look of the ledger."""

    def effects_of(self, event: Event) -> Iterable[str]:
        """Give the keys of the effects that an applied event of a handled type must have had, once each."""
        ...

    def effects(self, db: Connection) -> Iterable[Effects]:
        """Count the effects that are there; a key that no applied event must have had is an error."""
        ...

    def examine(self, db: Connection, evidence: Evidence) -> Examination:
        """Look at whatever else must be so in the consumer's tables and outside of them."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What consumers may be built from."""

    objects: ObjectStore
    #: Gives the webhook endpoints as they are now.
    endpoints: Callable[[], "Sequence[Endpoint]"]
    #: Gives an endpoint's signing secret, or None when it is lost.
    secret_of: Callable[[str], str | None]
    allow_private_targets: bool


@dataclass(frozen=True, slots=True)
class EndpointSwitch:
    """That operators have switched an endpoint off, or on again."""

    is_off: bool
    #: In Unix seconds.
    at: float
    by: str
    why: str
    #: The last position committed in each partition before it was noted. What is behind it comes after the switch.
    behind: Mapping[int, int] = field(default_factory=dict)
    #: The same right after it was noted: what was committed in between may be on either side.
    settled: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where webhooks go; its secret is kept apart."""

    endpoint_id: str
    url: str
    description: str
    created_at: float
    #: The last position given in each partition when it was registered; empty = an older program registered it.
    after: Mapping[int, int] = field(default_factory=dict)
    #: The oldest first.
    switches: tuple[EndpointSwitch, ...] = ()

    @property
    def off(self) -> EndpointSwitch | None:
        """By what it is off; None = it is on."""
        return self.switches[-1] if self.switches and self.switches[-1].is_off else None

    def is_told_of(self, event: Event) -> bool:
        """Whether it is told of an event: of what happened after it was registered, whatever the clocks say.

        What was committed while it was off it is never told of, as if it had not been there; when the event is handled
        does not matter.
        """
        for switch in reversed(self.switches):
            if event.position > switch.behind.get(event.partition, 0):
                if switch.is_off:
                    return False
                break
        if not self.after:
            return event.committed_at >= self.created_at
        return event.position > self.after.get(event.partition, 0)

    def is_told_perhaps(self, event: Event) -> bool:
        """Whether an event was committed in the very moment of a switch, so that both would be right."""
        return any(
            switch.behind.get(event.partition, 0) < event.position <= switch.settled.get(event.partition, 0)
            for switch in self.switches
        )
