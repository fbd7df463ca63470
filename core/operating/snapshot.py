"""What is so, at one moment: the immutable picture that the window, the command line and the tests read.

Nothing here reads anything; `core.operating.monitor` builds it. A figure that could not be read is `None`, never 0.
All times are Unix seconds (UTC), all durations seconds unless the name says `_ms`.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.operating.consistency import Consistency
from core.operating.endpoints.failing import FailingEndpoint, OffEndpoint


class ConsumerState(StrEnum):
    """What a consumer is doing; the values are the words that the window shows."""

    RUNNING = "running"
    CATCHING_UP = "catching up"
    PAUSING = "pausing"
    PAUSED = "paused"
    FAILING = "failing"
    #: No worker that hosts the consumer has been heard of lately.
    STOPPED = "stopped"


class Cause(StrEnum):
    """What is at the root of a notice; each is told once, whatever its signs."""

    READ_ONLY = "read-only"
    DISK_FULL = "disk full"
    DISK_LOW = "disk low"
    DAMAGED = "damaged"
    CHECKING = "checking"
    LOCKED = "locked"
    DATABASE = "database"
    BROKER_DISK = "broker's disk"
    BROKER_MEMORY = "broker's memory"
    BROKER_FILLING = "broker's memory low"
    BROKER_DOWN = "broker down"
    BROKER_NODE = "broker's node down"
    LEDGER = "ledger red"
    RELAY = "relay"
    WORKER = "worker"
    NOTHING_RUNS = "nothing runs"
    ENDPOINT = "endpoint"
    ENDPOINT_OFF = "endpoint off"


class Severity(StrEnum):
    """How bad a notice is."""

    #: Everything goes on, and will not for ever.
    WARN = "warn"
    #: Something does not go on.
    BAD = "bad"


class BrokerState(StrEnum):
    """What the broker answers; the values are the words that the window shows."""

    READY = "ready"
    #: It accepts no writes (memory or disk full, loading); `BrokerHealth.error` says which.
    REFUSING = "refusing writes"
    #: A broker is expected, and does not answer.
    DOWN = "down"
    #: Nobody runs a desk on this data dir, so no embedded broker is expected.
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class BrokerHealth:
    """The broker as seen by one round of questions."""

    state: BrokerState
    #: Where it is, without a password ("embedded", or the URL).
    address: str
    version: str | None = None
    memory_bytes: int | None = None
    memory_limit_bytes: int | None = None
    #: With a broker that is ready: which partitions wait for a node of a cluster.
    error: str | None = None
    #: How long the round of questions took.
    answered_in_ms: float | None = None


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """Committed events that the broker does not have yet."""

    #: None = it could not be counted.
    unpublished: int | None
    oldest_age_s: float | None
    #: Why the relay does not publish, in one sentence; None while it does.
    relay_error: str | None = None


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """One worker process, by its last heartbeat."""

    worker_id: str
    host: str
    pid: int
    consumers: tuple[str, ...]
    started_at: float
    heard_at: float
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """An operator's act on the time axis, from the journal."""

    at: float
    act: str
    by: str


@dataclass(frozen=True, slots=True)
class ConsumerHealth:
    """One consumer, all its partitions and workers together.

    `lag` counts published events behind which the watermarks stand; it goes on being counted while paused.
    """

    name: str
    state: ConsumerState
    lag: int | None
    #: Age of the oldest published event that is not dealt with; None when there is none (or `lag` is unknown).
    oldest_age_s: float | None
    in_flight: int | None
    parked: int | None
    dead: int | None
    #: Events published for it / dealt with by it, per second, over the last few seconds.
    rate_in: float | None
    rate_out: float | None
    #: Seconds until the lag is gone at the present rates; None when unknown or never.
    drain_s: float | None
    #: Version of what operators want, and the one that the worker has obeyed; equal = obeyed.
    wanted_version: int
    obeyed_version: int | None
    #: What operators want: paused or not, and until when (None = until resumed).
    wants_paused: bool
    paused_until: float | None
    paused_by: str | None
    workers: tuple[str, ...]
    error: str | None
    #: Lag at each past refresh, oldest first, with the time of each: (at, lag).
    history: tuple[tuple[float, int], ...]
    marks: tuple[Mark, ...]
    #: When it came to its state; None = it has been so since before anybody looked.
    state_since: float | None = None
    #: What goes wrong behind it while it runs, in a few words, such as "1 endpoint fails for 3 min"; None = nothing does.
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """The way of one link's `LinkCreated` through the system; all `_ms` count from the commit."""

    link_id: str
    event_id: str
    trace_id: str
    slug: str
    short_url: str
    target_url: str
    team: str
    created_at: float
    #: None = not published yet.
    published_ms: float | None
    #: Per consumer in display order: (name, milliseconds to its receipt, or None while there is none or it can't be read).
    applied_ms: tuple[tuple[str, float | None], ...]
    #: Consumers in which it has not simply to wait for its turn: (name, "parked", "dead", "retrying" or "discarded").
    troubles: tuple[tuple[str, str], ...] = ()
    #: Consumers that have applied it again in a rebuild: their times are not those of the first time.
    rebuilt: tuple[str, ...] = ()

    @property
    def consistent_ms(self) -> float | None:
        """Time to full consistency: the slowest receipt; None without the last one, or after a rebuild."""
        if self.rebuilt:
            return None
        times = [ms for _, ms in self.applied_ms]
        known = [ms for ms in times if ms is not None]
        return max(known) if known and len(known) == len(times) else None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One row of the dashboard feed."""

    entry_id: int
    event_id: str
    event_type: str
    link_id: str
    team: str
    #: One line for people, such as "created 8kq2m3x for https://example.com/".
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class PartitionHealth:
    """One partition: the last position given, the last one published."""

    partition: int
    given: int
    published: int


@dataclass(frozen=True, slots=True)
class FaultSet:
    """Something that an operator has broken on purpose."""

    fault_id: int
    #: A consumer, or "broker".
    target: str
    kind: str
    #: What is wrong with what, such as "webhook rejects 10 % of events".
    words: str
    set_by: str
    set_at: float
    #: When it ends by itself; None = when it is cleared or used up.
    ends_at: float | None


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is wrong with the whole: what is so, why, and what to do; each a sentence or empty."""

    cause: Cause
    severity: Severity
    what: str
    why: str = ""
    remedy: str = ""
    #: The consumer that has more to show of it; empty = it is of the whole.
    consumer: str = ""

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(part for part in (self.what, self.why, self.remedy) if part)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the Overview shows, read within one round; rows are in display order."""

    taken_at: float
    #: How long building it took.
    took_ms: float
    broker: BrokerHealth
    outbox: OutboxBacklog
    partitions: tuple[PartitionHealth, ...]
    consumers: tuple[ConsumerHealth, ...]
    workers: tuple[WorkerHealth, ...]
    #: Newest links first.
    journeys: tuple[Journey, ...]
    #: Newest entries first, at most a few hundred.
    feed: tuple[FeedEntry, ...]
    #: Entries ever, so that a reader can tell how many are new.
    feed_newest_id: int
    #: Where the links are kept, without a password.
    database: str
    #: The database could not be read: why. Everything above is then from the last good round.
    database_error: str | None
    #: The worker that this desk runs as its child: None = it runs none; else a sentence such as
    #: "running, pid 4711" or "died (killed by signal 9), starting again in 2 s".
    own_worker: str | None
    #: Whether webhooks may go to private addresses (a dangerous switch; shown when on).
    private_targets_allowed: bool
    #: What the upkeep of the data dir has found: disk, locks, damage. The rest follows from the fields above.
    notices: tuple[Notice, ...] = ()
    #: What is broken on purpose, the oldest first.
    faults: tuple[FaultSet, ...] = ()
    #: None = it was never read.
    consistency: Consistency | None = None
    #: The longest failing first.
    failing_endpoints: tuple[FailingEndpoint, ...] = ()
    #: The longest switched off first.
    endpoints_off: tuple[OffEndpoint, ...] = ()
