"""The runtime's tables in each consumer's database: its receipts, and how far it is."""

from sqlalchemy import Column, Double, Integer, MetaData, Table, Text

metadata = MetaData()

#: One row per event that the consumer has dealt with: its receipt. Found by the event's place, which is its own for
#: ever, so that receipts are appended and never searched for while events flow.
inbox = Table(
    "inbox",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("event_id", Text, nullable=False),
    #: "applied" or "ignored" (not a type that the consumer handles).
    Column("outcome", Text, nullable=False),
    Column("applied_at", Double, nullable=False),
    Column("worker", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: The last position of each partition that the consumer has dealt with.
watermarks = Table(
    "watermarks",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
)
