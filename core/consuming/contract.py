"""What a consumer is. It reacts to events inside a transaction that is handed to it; everything else is the runtime's.

A consumer never acknowledges, retries, commits, sleeps or sees the broker. It returns on success, raises `Rejected`
for an event that can never succeed, and lets any other error fly.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

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
class Endpoint:
    """Where webhooks go; its secret is kept apart."""

    endpoint_id: str
    url: str
    description: str
    created_at: float
