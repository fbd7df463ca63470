"""The table of qr.db: the image of each link."""

from sqlalchemy import Boolean, Column, Double, Index, Integer, MetaData, Table, Text, text

metadata = MetaData()

codes = Table(
    "codes",
    metadata,
    Column("link_id", Text, primary_key=True),
    #: What the image holds.
    Column("short_url", Text, nullable=False),
    Column("object_name", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("drawn_at", Double, nullable=False),
    #: Whether the disk is known to have the image.
    Column("durable", Boolean, nullable=False),
    # What the keeper still has to see to.
    Index(
        "codes_not_durable", "link_id", sqlite_where=text("durable = 0"), postgresql_where=text("NOT durable")
    ),
    sqlite_with_rowid=False,
)
