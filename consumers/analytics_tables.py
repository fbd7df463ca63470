"""The tables of analytics.db: a record per link, and its clicks per hour."""

from sqlalchemy import Column, Double, Integer, MetaData, Table, Text

metadata = MetaData()

link_records = Table(
    "link_records",
    metadata,
    Column("link_id", Text, primary_key=True),
    Column("team_id", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("clicks", Integer, nullable=False),
    Column("bot_clicks", Integer, nullable=False),
    sqlite_with_rowid=False,
)

clicks_per_hour = Table(
    "clicks_per_hour",
    metadata,
    Column("link_id", Text, primary_key=True),
    #: The UTC hour, such as 2026-11-23T14.
    Column("hour", Text, primary_key=True),
    Column("clicks", Integer, nullable=False),
    sqlite_with_rowid=False,
)
