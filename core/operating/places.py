"""Rows of a consumer's tables, found by the places of their events: partition and position."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, select

Place = tuple[int, int]

#: Databases limit the values in one statement; positions are looked up in pieces of this size.
_AT_ONCE = 500


def at_places(
    db: Connection, table: Table, names: Collection[str], places: Collection[Place]
) -> dict[Place, Row[Any]]:
    """Read the named columns of the rows at some places; places without a row are left out."""
    found: dict[Place, Row[Any]] = {}
    columns = [table.c[name] for name in names]
    for partition, positions in in_pieces(places):
        statement: Select[Any] = select(*columns, table.c.position.label("found_at")).where(
            table.c.partition == partition, table.c.position.in_(positions)
        )
        found.update({(partition, row.found_at): row for row in db.execute(statement)})
    return found


def in_pieces(places: Collection[Place]) -> Iterator[tuple[int, list[int]]]:
    """Give the positions of each partition, no more at once than one statement may hold."""
    by_partition: dict[int, list[int]] = {}
    for partition, position in places:
        by_partition.setdefault(partition, []).append(position)
    for partition, positions in by_partition.items():
        for start in range(0, len(positions), _AT_ONCE):
            yield partition, positions[start : start + _AT_ONCE]
