"""Many rows into one table: the statement is compiled once, and rows go to the driver as tuples.

SQLAlchemy's own way makes a dictionary of each row and reads it again, which costs more than SQLite's work. Drivers that
want names (PostgreSQL's) get them.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert


@cache
def _statement(table: Table, columns: tuple[str, ...], dialect: Dialect) -> str:
    in_order = tuple(column.name for column in table.columns if column.name in columns)
    if in_order != columns:
        raise ValueError(f"The columns of {table.name} stand in the order {in_order}, not {columns}.")
    return str(insert(table).compile(dialect=dialect, column_keys=list(columns)))


def insert_rows(
    db: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows whose values are in the order of `columns`, which is the table's; values go to the driver as they are."""
    if not rows:
        return
    if db.dialect.positional:
        db.exec_driver_sql(_statement(table, columns, db.dialect), list(rows))
    else:
        db.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
