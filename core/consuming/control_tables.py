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
)

#: What operators did; written in the transaction of the act itself.
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
    # The marks on one consumer's chart.
    Index("journal_by_subject", "subject", "at"),
)
