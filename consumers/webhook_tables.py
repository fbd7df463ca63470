"""The tables of webhook.db: what is to be delivered where, every attempt at it, and how each endpoint answers."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Integer, primary_key=True),
    #: Also the `webhook-id`, the same over all attempts, so that the receiver can drop repetitions.
    Column("event_id", Text, nullable=False),
    Column("endpoint_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("link_id", Text, nullable=False),
    Column("traceparent", Text, nullable=False),
    #: The very bytes that are signed and sent.
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Double),
    #: While a sender is at it; a sender that died is given up on after this.
    Column("claimed_until", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("finished_at", Double),
    UniqueConstraint("event_id", "endpoint_id", name="deliveries_once_per_endpoint"),
    CheckConstraint("state IN ('waiting', 'delivered', 'exhausted')", name="deliveries_state"),
    CheckConstraint(
        "(state = 'waiting') = (next_attempt_at IS NOT NULL)", name="deliveries_waiting_is_scheduled"
    ),
    # What is due: the sender's question.
    Index(
        "deliveries_due",
        "next_attempt_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    # What waits for one endpoint, and what it has taken lately: the operators' questions, answered without the rows.
    Index(
        "deliveries_waiting_by_endpoint",
        "endpoint_id",
        "next_attempt_at",
        "state",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "deliveries_delivered_by_endpoint",
        "endpoint_id",
        "finished_at",
        "state",
        sqlite_where=text("state = 'delivered'"),
        postgresql_where=text("state = 'delivered'"),
    ),
)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery_id", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", Double, nullable=False),
    Column("duration_ms", Double, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    #: The first KiB of what was answered.
    Column("response", Text, nullable=False),
)

#: What each endpoint has answered last, so that nobody has to look through all attempts for it.
answers = Table(
    "answers",
    metadata,
    Column("endpoint_id", Text, primary_key=True),
    Column("answered_at", Double, nullable=False),
    #: None = there was no answer; `error` says why.
    Column("status", Integer),
    Column("error", Text),
    #: When the first of the failures in a row was known; None = its newest attempt was accepted.
    Column("failing_since", Double),
    Column("failures", Integer, nullable=False),
)
