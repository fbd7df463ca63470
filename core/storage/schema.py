"""Which tables a database has, and which program made them; a newer one is refused, never guessed at."""

from importlib.metadata import PackageNotFoundError, version

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, inspect, select
from sqlalchemy.schema import CreateColumn, CreateIndex

from core.errors import SchemaTooNew, SchemaTooOld
from core.storage.database import Database, lock_definitions
from core.storage.upsert import insert_for

#: Raised with each change of any table. Changes only add: tables, indexes, and columns that may be empty or have a default.
SCHEMA_VERSION = 10

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
    """Make the tables, columns and indexes that are missing, in one transaction.

    Raises:
        SchemaTooNew: a newer program made this database.
        SchemaTooOld: an older one made it, and it was opened to be looked at only.
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
    if row is not None and database.is_read_only:
        raise SchemaTooOld(
            f"Database {database.where} was made by an older version. Open it once without read only: that adds what is new."
        )
    with database.transaction() as db:
        lock_definitions(db)
        for metadata in (_own, *metadatas):
            metadata.create_all(db)
            _add_missing_columns(db, metadata)
            _add_missing_indexes(db, metadata)
        made = {"version": SCHEMA_VERSION, "made_by": program_version()}
        db.execute(insert_for(db, versions).values(made).on_conflict_do_nothing())


def _add_missing_columns(db: Connection, metadata: MetaData) -> None:
    """Bring tables that an older program made up to date."""
    inspector = inspect(db)
    for table in metadata.sorted_tables:
        present = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                definition = CreateColumn(column).compile(dialect=db.dialect)
                db.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN {definition}')


def _add_missing_indexes(db: Connection, metadata: MetaData) -> None:
    """Give tables that an older program made the indexes of this one; a million rows take some seconds, once."""
    for table in metadata.sorted_tables:
        for index in table.indexes:
            db.execute(CreateIndex(index, if_not_exists=True))
