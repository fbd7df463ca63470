"""The facts that the ladder is walked with. Nothing here reads anything.

What is not known is None; times are Unix seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from core.consuming.contract import EndpointSwitch
from core.consuming.faults import Fault
from core.consuming.heartbeats import Heartbeat


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One event, and how far it has come on its way to the consumers."""

    event_id: str
    type: str
    link_id: str
    trace_id: str
    committed_at: float
    partition: int
    #: 0 = it has none yet.
    position: int
    published_at: float | None
    #: The event that this one replaces, and the only consumer that it is for.
    origin: str | None
    audience: str | None
    #: Whether the outbox still has it; else a dead letter's copy of it was found.
    is_kept: bool
    #: The last position that was published, as noted before the broker was asked.
    published: int
    #: The last position that was given, as read after the broker was asked.
    given: int
    #: By consumer, the event that an operator has published in place of this one.
    replacements: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What the broker has of the event's partition."""

    #: Where the stream begins and ends.
    first: int
    last: int
    #: Whether the event's own entry is there.
    has_entry: bool


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What the broker says of one consumer and the event."""

    #: The last position that was delivered.
    delivered: int
    #: How long ago the event was delivered, in seconds, and how often; None = it is not in flight.
    idle_s: float | None = None
    deliveries: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is so for all consumers."""

    now: float
    #: Whether somebody runs this data dir, or its broker is somebody else's.
    is_run: bool
    #: Why nothing is published; None = it is.
    relay_error: str | None
    #: Why the broker could not be asked.
    broker_error: str | None
    #: What is broken on purpose at the broker.
    broker_faults: tuple[Fault, ...]
    #: Why all consumers stand still.
    standstill: str | None
    #: Days that events and receipts are kept; 0 = for ever.
    retention_days: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """That the consumer has dealt with the event."""

    #: "applied", "ignored" or "retried".
    outcome: str
    at: float
    worker: str
    #: How many attempts failed before, as far as it is on record.
    failed_attempts: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter, as far as it matters."""

    event_id: str
    partition: int
    position: int
    #: "poison", "crash" or "foreign".
    error_class: str
    error: str
    attempts: int
    last_failed_at: float
    #: "dead", "retrying", "applied" or "discarded".
    state: str
    decided_by: str | None
    decided_at: float | None
    why: str | None
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """That the event waits for its link, and what that waits for."""

    #: The first event of the link that waits: the one that failed.
    head_event_id: str
    #: "transient", "poison", "crash" or "held".
    error_class: str
    error: str
    attempts: int
    strikes: int
    first_failed_at: float
    #: None = not before an operator decides.
    next_attempt_at: float | None
    #: For a link that is held, the dead letter that holds it.
    held_by: Letter | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a consumer is in the event's partition."""

    watermark: int
    owner: str | None
    #: The last position that a worker has taken in hand, and how often one had died of it before.
    in_hand: int = 0
    strikes: int = 0
    #: Where the receipts begin; None = there is none.
    oldest_receipt: int | None = None
    #: Events dealt with per second, lately, in this partition.
    rate: float = 0.0
    #: Links that wait after failures, in all partitions.
    waiting_keys: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """That operators want the consumer to stand still."""

    by: str
    since: float
    #: None = until resumed.
    until: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook delivery of the event."""

    endpoint_id: str
    url: str
    #: "waiting", "delivered" or "exhausted".
    state: str
    attempts: int
    next_attempt_at: float | None
    claimed_until: float
    finished_at: float | None
    #: Of the last attempt.
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """One webhook endpoint, in use or not."""

    endpoint_id: str
    url: str
    created_at: float
    removed_at: float | None
    #: When it was switched off and on, the oldest first.
    switches: tuple[EndpointSwitch, ...] = ()

    @property
    def off(self) -> EndpointSwitch | None:
        """By what it is off now; None = it is on."""
        return self.switches[-1] if self.switches and self.switches[-1].is_off else None

    def off_at(self, partition: int, position: int) -> EndpointSwitch | None:
        """By what it was off when the event at a place was committed; None = it was on."""
        for switch in reversed(self.switches):
            if position > switch.behind.get(partition, 0):
                return switch if switch.is_off else None
        return None


@dataclass(frozen=True, slots=True)
class WebhookFacts:
    """What followed from the event at webhook."""

    endpoints: tuple[EndpointFacts, ...]
    deliveries: tuple[Delivery, ...]
    #: The owner of the first partition, whose worker sends; None = nobody.
    leader: str | None


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What followed from the event at qr."""

    #: Whether the consumer has noted the image; the rest follows from the note.
    is_noted: bool
    object_name: str = ""
    is_durable: bool = True
    #: Whether the object store has it, and whether that is the image that was noted.
    is_there: bool = True
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class ConsumerFacts:
    """One consumer, and what it has of the event."""

    name: str
    #: The types that it reacts to; None = this program does not know the consumer, or it does not matter any more.
    handles: frozenset[str] | None
    registered_at: float
    #: Why its database can't be read.
    unreadable: str | None = None
    receipt: Receipt | None = None
    letter: Letter | None = None
    waiting: Waiting | None = None
    #: None = it has never run.
    progress: Progress | None = None
    #: Which frozen process keeps its database locked, and what to do; None = none does.
    frozen_lock: str | None = None
    #: The workers that run it and are alive, and the one that was heard of last.
    alive: tuple[Heartbeat, ...] = ()
    last_heard: Heartbeat | None = None
    pause: Pause | None = None
    #: What is broken on purpose here.
    faults: tuple[Fault, ...] = ()
    #: None = the broker does not know it, or could not be asked.
    group: GroupFacts | None = None
    webhook: WebhookFacts | None = None
    image: ImageFacts | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one answer follows from."""

    event: EventFacts
    #: None = it could not be asked.
    stream: StreamFacts | None
    around: Surroundings
    consumer: ConsumerFacts

    @property
    def now(self) -> float:
        """When it was looked."""
        return self.around.now

    @property
    def name(self) -> str:
        """The consumer's name."""
        return self.consumer.name
