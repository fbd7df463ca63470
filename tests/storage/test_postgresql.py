"""By URL everything lives in PostgreSQL, where writers really run at once: the same promises hold."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from core.consuming import control_tables
from core.errors import SchemaTooNew, StoreUnavailable
from core.producing import tables as producing_tables
from core.storage.database import Database, open_database
from core.storage.schema import prepare
from tests.support.collecting import metadata as collecting_tables
from tests.support.links import LinkSide
from tests.support.threads import at_once
from tests.support.waiting import eventually

Open = Callable[[str], Database]


def test_each_database_is_a_schema_of_its_own(open_pg: Open) -> None:
    links, control = open_pg("links"), open_pg("control")
    prepare(links, producing_tables.metadata)
    prepare(control, control_tables.metadata)

    with links.reading() as db:
        assert set(inspect(db).get_table_names(schema="links")) == {
            *producing_tables.metadata.tables,
            "schema_version",
        }
        assert set(inspect(db).get_table_names(schema="control")) == {
            *control_tables.metadata.tables,
            "schema_version",
        }
        assert inspect(db).get_table_names(schema="public") == []


def test_a_name_with_a_dash_is_a_name(open_pg: Open) -> None:
    database = open_pg("fraud-check")

    prepare(database, collecting_tables)

    with database.reading() as db:
        assert db.scalar(text("SELECT current_schema()")) == "fraud-check"


def test_preparing_at_the_same_time_is_harmless(open_pg: Open) -> None:
    def start() -> None:
        prepare(open_pg("links"), producing_tables.metadata)

    assert at_once(*[start] * 6) == []


def test_a_newer_database_is_refused(open_pg: Open) -> None:
    database = open_pg("links")
    prepare(database, producing_tables.metadata)
    with database.transaction() as db:
        db.execute(text("UPDATE schema_version SET version = version + 1, made_by = '9.9.9'"))

    with pytest.raises(SchemaTooNew, match=r"made by Signalbox 9\.9\.9"):
        prepare(database, producing_tables.metadata)


def break_a_rule(pg_side: LinkSide) -> None:
    with pg_side.database.transaction() as db:
        db.execute(text("UPDATE partitions SET given = 5"))
        db.execute(text("UPDATE partitions SET published = 6"))


def test_an_error_undoes_the_transaction_and_broken_rules_keep_their_error(pg_side: LinkSide) -> None:
    with pytest.raises(IntegrityError):
        break_a_rule(pg_side)

    assert all(cursor.given == 0 for cursor in pg_side.outbox.cursors())


def test_a_reader_sees_one_picture(pg_side: LinkSide) -> None:
    with pg_side.database.reading() as db:
        first = db.scalar(text("SELECT count(*) FROM links"))
        pg_side.producer.create_link("https://example.com/", by="ann")
        second = db.scalar(text("SELECT count(*) FROM links"))

    assert (first, second) == (0, 0)


def test_a_server_that_is_not_there_is_unavailable_and_its_password_unsaid(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://ann:s3cret@/links?host={tmp_path}"

    with pytest.raises(StoreUnavailable) as raised:
        open_database(tmp_path, url, name="links", durable=True)

    assert "s3cret" not in str(raised.value)


def test_connections_that_were_cut_are_unavailable_once_and_then_made_anew(
    pg_side: LinkSide, open_pg: Open
) -> None:
    pg_side.producer.create_link("https://example.com/", by="ann")
    with open_pg("other").transaction() as db:
        db.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    outcomes = Counter[str]()
    for _ in range(6):
        try:
            pg_side.producer.create_link("https://example.com/", by="ann")
            outcomes["made"] += 1
        except StoreUnavailable:
            outcomes["unavailable"] += 1

    assert outcomes["unavailable"] <= 2
    assert len(pg_side.list.page()) == 1 + outcomes["made"]


def test_a_database_that_takes_no_writes_is_unavailable(pg_side: LinkSide, postgresql_url: str) -> None:
    name = make_url(postgresql_url).database
    with pg_side.database.transaction() as db:
        db.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    pg_side.database.close()  # As after a failover: new connections meet a replica.

    with pytest.raises(StoreUnavailable, match="read-only"):
        pg_side.producer.create_link("https://example.com/", by="ann")

    assert pg_side.list.page() == []


def test_connections_in_use_are_closed_as_soon_as_they_are_given_back(open_pg: Open) -> None:
    used, looking = open_pg("links"), open_pg("control")

    with used.transaction() as db:
        number = db.scalar(text("SELECT pg_backend_pid()"))
        used.close()

    def is_there() -> bool:
        with looking.reading() as db:
            return bool(db.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {number}")))

    eventually(lambda: not is_there())
