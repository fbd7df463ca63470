"""The tables of billing.db: the links that were counted, and the counts."""

from sqlalchemy import Column, Integer, MetaData, Table, Text

metadata = MetaData()

billed_links = Table(
    "billed_links",
    metadata,
    Column("link_id", Text, primary_key=True),
    Column("team_id", Text, nullable=False),
    #: The UTC month of the event, such as 2026-11, whenever it is handled.
    Column("month", Text, nullable=False),
    sqlite_with_rowid=False,
)

usage = Table(
    "usage",
    metadata,
    Column("team_id", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("links", Integer, nullable=False),
)
