"""INSERT ... ON CONFLICT, which SQLite and PostgreSQL both know but SQLAlchemy keeps in their dialects."""

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_for(db: Connection, table: Table) -> Any:
    """Give the dialect's insert, with `on_conflict_do_nothing()` and `on_conflict_do_update()`."""
    if db.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
