"""Tables come once and whole; a database that a newer program made is never touched."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, inspect, text

from core.errors import SchemaTooNew
from core.storage.database import Database, open_sqlite
from core.storage.schema import SCHEMA_VERSION, prepare, program_version

metadata = MetaData()
things = Table("things", metadata, Column("id", Integer, primary_key=True), Column("name", Text))


def open_db(tmp_path: Path) -> Database:
    return open_sqlite(tmp_path / "things.db", name="things", durable=False)


def tables_of(path: Path) -> set[str]:
    with sqlite3.connect(path) as raw:
        return {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_missing_tables_are_made_with_the_version_of_their_maker(tmp_path: Path) -> None:
    database = open_db(tmp_path)

    prepare(database, metadata)

    with database.reading() as db:
        assert set(inspect(db).get_table_names()) == {"schema_version", "things"}
        row = db.execute(text("SELECT version, made_by FROM schema_version")).one()
    assert tuple(row) == (SCHEMA_VERSION, program_version())
    database.close()


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    database = open_db(tmp_path)
    prepare(database, metadata)
    with database.transaction() as db:
        db.execute(text("INSERT INTO things VALUES (1, 'kept')"))

    prepare(database, metadata)

    with database.reading() as db:
        assert db.scalar(text("SELECT name FROM things")) == "kept"
    database.close()


def test_a_newer_database_is_refused_with_its_version_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, made_by TEXT NOT NULL)")
        raw.execute("INSERT INTO schema_version VALUES (?, '9.9.9')", (SCHEMA_VERSION + 1,))
    raw.close()
    database = open_db(tmp_path)

    with pytest.raises(SchemaTooNew, match=r"things\.db was made by Signalbox 9\.9\.9"):
        prepare(database, metadata)

    assert tables_of(path) == {"schema_version"}
    database.close()


def test_a_database_of_an_older_program_gets_the_columns_and_keeps_its_rows(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "things.db") as raw:
        raw.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, made_by TEXT NOT NULL)")
        raw.execute("INSERT INTO schema_version VALUES (1, '0.0.1')")
        raw.execute("CREATE TABLE things (id INTEGER PRIMARY KEY)")
        raw.execute("INSERT INTO things VALUES (7)")
    raw.close()
    newer = MetaData()
    Table(
        "things",
        newer,
        Column("id", Integer, primary_key=True),
        Column("name", Text),
        Column("attempts", Integer, nullable=False, server_default=text("3")),
    )
    Table("more", newer, Column("id", Integer, primary_key=True))
    database = open_db(tmp_path)

    prepare(database, newer)

    with database.reading() as db:
        assert db.execute(text("SELECT id, name, attempts FROM things")).all() == [(7, None, 3)]
        made_by = text("SELECT version, made_by FROM schema_version ORDER BY version")
        assert db.execute(made_by).all() == [(1, "0.0.1"), (SCHEMA_VERSION, program_version())]
    assert tables_of(tmp_path / "things.db") == {"schema_version", "things", "more"}
    database.close()


def test_a_database_of_an_older_program_gets_the_indexes(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "things.db") as raw:
        raw.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, made_by TEXT NOT NULL)")
        raw.execute("INSERT INTO schema_version VALUES (1, '0.0.1')")
        raw.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)")
        raw.execute("CREATE INDEX things_by_name ON things (name)")
    raw.close()
    newer = MetaData()
    Table(
        "things",
        newer,
        Column("id", Integer, primary_key=True),
        Column("name", Text),
        Column("place", Text),
        Index("things_by_name", "name"),
        Index("things_by_place", text("substr(place, 2)"), "id"),
    )
    database = open_db(tmp_path)

    prepare(database, newer)

    with database.reading() as db:
        names = db.scalars(text("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name")).all()
        plan = db.execute(text("EXPLAIN QUERY PLAN SELECT id FROM things WHERE substr(place, 2) = 'x'")).all()
    assert names == ["things_by_name", "things_by_place"]
    assert "things_by_place" in str(plan)
    database.close()


def test_tables_are_made_all_or_none(tmp_path: Path) -> None:
    broken = MetaData()
    Table("first", broken, Column("id", Integer, primary_key=True))
    Table(
        "second",
        broken,
        Column("id", Integer, primary_key=True),
        Index("things", text("no_such_function(id)")),
    )
    database = open_db(tmp_path)

    with pytest.raises(Exception, match="no_such_function"):
        prepare(database, broken)

    assert tables_of(tmp_path / "things.db") == set()
    database.close()
