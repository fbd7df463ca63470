"""The tables of links.db: what the service knows of links, and the outbox, which is the truth about events."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
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

teams = Table(
    "teams",
    metadata,
    Column("team_id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

users = Table(
    "users",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("team_id", Text, ForeignKey("teams.team_id"), nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("link_id", Text, primary_key=True),
    Column("slug", Text, nullable=False),
    #: The slug without its case: API and api must not be two links.
    Column("slug_key", Text, nullable=False, unique=True),
    Column("team_id", Text, ForeignKey("teams.team_id"), nullable=False),
    Column("entered_url", Text, nullable=False),
    Column("target_url", Text, nullable=False),
    Column("title", Text, nullable=False),
    #: JSON list of strings.
    Column("tags", Text, nullable=False),
    #: Of the newest event of this link; 1 = created.
    Column("sequence", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("archived_at", Double),
    #: Given by a caller who may repeat the call; the repetition then finds the first link.
    Column("idempotency_key", Text, unique=True),
    # Newest first, for the list and its paging.
    Index("links_by_creation", "created_at"),
)

#: Every edit, archiving and restoring with the values before it: the journal of links.
link_edits = Table(
    "link_edits",
    metadata,
    Column("link_id", Text, ForeignKey("links.link_id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("by", Text, nullable=False),
    #: JSON object of the fields that changed, with their values before.
    Column("before", Text, nullable=False),
    #: NULL = an older program wrote it.
    Column("why", Text),
    # The newest of all links' acts, for the journal.
    Index("link_edits_by_time", "at"),
)

#: The trace id within an event's traceparent; questions must be written in the same words to be answered by the index.
TRACE_OF_OUTBOX = "substr(traceparent, 4, 32)"

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("link_id", Text, nullable=False),
    Column("sequence", Integer),
    Column("time", Text, nullable=False),
    Column("traceparent", Text, nullable=False),
    Column("data_json", LargeBinary, nullable=False),
    Column("partition", Integer, nullable=False),
    #: Given in the event's own transaction where transactions are serial, by the relay elsewhere; never by the order of
    #: ids: commits don't happen in that order everywhere.
    Column("position", Integer),
    Column("published_at", Double),
    #: The event in whose place an operator has published this one, and the only consumer that it is for.
    Column("origin", Text),
    Column("audience", Text),
    UniqueConstraint("partition", "position", name="outbox_position"),
    CheckConstraint("position > 0", name="outbox_position_counts_from_1"),
    # What waits for a position: the relay's question, many times a second.
    Index(
        "outbox_waiting",
        "id",
        sqlite_where=text("position IS NULL"),
        postgresql_where=text("position IS NULL"),
    ),
    # The events of one link, in order, for its history and trace.
    Index("outbox_by_link", "link_id", "id"),
    # The events of one trace, in order.
    Index("outbox_by_trace", text(TRACE_OF_OUTBOX), "id"),
)

#: One row: what tells this installation's entries in the streams from those of others. Whoever can read it can write the
#: outbox anyway.
seals = Table(
    "seals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="seals_has_one_row"),
)

partitions = Table(
    "partitions",
    metadata,
    Column("partition", Integer, primary_key=True),
    #: The last position given to an event.
    Column("given", Integer, nullable=False),
    #: The last position that the broker is known to have.
    Column("published", Integer, nullable=False),
    CheckConstraint("published <= given", name="partitions_published_after_given"),
)
