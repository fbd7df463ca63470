"""The tables of control.db: what operators want, what workers say, and who did what. Apart from links.db on purpose:
heartbeats must never make a user's create wait.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

#: The consumers that events are kept for, in display order.
registered_consumers = Table(
    "registered_consumers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("display_order", Integer, nullable=False),
    Column("registered_at", Double, nullable=False),
)

#: What operators want of each consumer. Each change raises the version; a heartbeat says which one is obeyed.
controls = Table(
    "controls",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("paused", Boolean, nullable=False),
    #: End of a timed pause; NULL = until resumed.
    Column("paused_until", Double),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Double, nullable=False),
    #: Whether later events of a key wait behind its dead letter; NULL = as the consumer has it by itself.
    Column("holds", Boolean),
    CheckConstraint("version > 0", name="controls_version_counts_from_1"),
)

#: What each worker last said of each consumer that it runs.
heartbeats = Table(
    "heartbeats",
    metadata,
    Column("worker_id", Text, primary_key=True),
    Column("consumer", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("heard_at", Double, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("obeyed_version", Integer, nullable=False),
    Column("error", Text),
)

#: Where webhooks go. Secrets are not here.
endpoints = Table(
    "endpoints",
    metadata,
    Column("endpoint_id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("removed_at", Double),
    #: JSON object: the last position given in each partition when it was registered.
    Column("after", Text),
    #: JSON array of when it was switched off and on again, by whom, why and at which positions; see `EndpointSwitch`.
    Column("switches", Text),
)

#: What operators want done once, in a consumer's database, by a worker that runs it: it alone writes there.
requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("consumer", Text, nullable=False),
    #: "retry", "discard", "retry now", "dead-letter", "release", "take over" or "rebuild"; see `requests.Wish`.
    Column("act", Text, nullable=False),
    Column("partition", Integer),
    Column("position", Integer),
    #: The event that was published instead, the link of a parked key, or a worker; see `requests.Wish`.
    Column("argument", Text),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("requested_at", Double, nullable=False),
    Column("done_at", Double),
    #: What came of it, in one sentence; NULL = nobody has done it yet.
    Column("outcome", Text),
    #: Whether it was done; NULL = nobody has answered yet, or a program that did not note it.
    Column("was_done", Boolean),
    Index(
        "requests_waiting",
        "id",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
)

#: Faults for demonstrations, obeyed by any worker (a consumer's) or by the desk that owns the data dir (the broker's).
faults = Table(
    "faults",
    metadata,
    Column("id", Integer, primary_key=True),
    #: A consumer's name, or "broker".
    Column("target", Text, nullable=False),
    Column("kind", Text, nullable=False),
    #: JSON object of its figures.
    Column("arguments", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", Double, nullable=False),
    #: When it ends by itself; NULL = when it is cleared or used up.
    Column("ends_at", Double),
    Column("cleared_at", Double),
    #: How often it has struck, for the kinds that count; for the broker's, whether it was obeyed.
    Column("used", Integer, nullable=False, server_default=text("0")),
    #: What the desk has done to the broker, in one sentence.
    Column("outcome", Text),
)

#: The events that a counted fault has picked: they go on failing until it is cleared, whichever worker tries them.
fault_events = Table(
    "fault_events",
    metadata,
    Column("fault_id", Integer, primary_key=True),
    Column("event_id", Text, primary_key=True),
)

#: Why all consumers stand still whatever operators want; a row dies with whoever goes on asking for it.
standstills = Table(
    "standstills",
    metadata,
    Column("name", Text, primary_key=True),
    Column("why", Text, nullable=False),
    Column("until", Double, nullable=False),
)

#: What operators did; written in the transaction of the act itself, or before it where that is in another database.
journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("by", Text, nullable=False),
    Column("act", Text, nullable=False),
    #: What it was done to: a consumer, an endpoint, a link.
    Column("subject", Text, nullable=False),
    Column("why", Text, nullable=False),
    #: The event that the act publishes in another database, until it is known that it did; NULL = it was done.
    Column("begun", Text),
    # The marks on one consumer's chart.
    Index("journal_by_subject", "subject", "at"),
    # Few: acts that are going on, and those whose process has ended meanwhile.
    Index(
        "journal_begun",
        "id",
        sqlite_where=text("begun IS NOT NULL"),
        postgresql_where=text("begun IS NOT NULL"),
    ),
)
