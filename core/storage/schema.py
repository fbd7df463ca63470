"""Which tables a database has, and which program made them; a newer one is refused, never guessed at."""

from importlib.metadata import PackageNotFoundError, version

from sqlalchemy import Column, Integer, MetaData, Table, Text, inspect, select

from core.errors import SchemaTooNew
from core.storage.database import Database, lock_definitions
from core.storage.upsert import insert_for

#: Raised with each change of any table; a change adds a step here that brings the older one up.
SCHEMA_VERSION = 1

_own = MetaData()
versions = Table(
    "schema_version",
    _own,
    Column("version", Integer, primary_key=True),
    Column("made_by", Text, nullable=False),
)


def program_version() -> str:
    """Give this program's version, or "unreleased" when it runs from a checkout."""
    try:
        return version("signalbox")
    except PackageNotFoundError:
        return "unreleased"


def prepare(database: Database, *metadatas: MetaData) -> None:
    """Make the tables that are missing, in one transaction.

    Raises:
        SchemaTooNew: a newer program made this database.
        StoreUnavailable: it can't be read or written.
    """
    with database.reading() as db:
        known = inspect(db).has_table("schema_version")
        row = db.execute(select(versions).order_by(versions.c.version.desc())).first() if known else None
    if row is not None and row.version > SCHEMA_VERSION:
        raise SchemaTooNew(
            f"Database {database.where} was made by Signalbox {row.made_by}. Use that version or newer."
        )
    if row is not None and row.version == SCHEMA_VERSION:
        return
    with database.transaction() as db:
        lock_definitions(db)
        for metadata in (_own, *metadatas):
            metadata.create_all(db)
        made = {"version": SCHEMA_VERSION, "made_by": program_version()}
        db.execute(insert_for(db, versions).values(made).on_conflict_do_nothing())
