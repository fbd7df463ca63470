"""Everything stands on transactions: writers wait for each other, errors undo all, faults have one name."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.errors import StoreUnavailable
from core.storage import database as database_module
from core.storage.database import Database, open_database, open_sqlite
from tests.support.programs import next_line, program, say
from tests.support.waiting import PATIENCE_S, eventually, never


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shared.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = open_sqlite(path, name="shared", durable=False)
    with opened.transaction() as db:
        db.execute(text("CREATE TABLE counters (value INTEGER NOT NULL CHECK (value >= 0))"))
        db.execute(text("INSERT INTO counters VALUES (0)"))
    yield opened
    opened.close()


@contextmanager
def open_another(path: Path) -> Iterator[Database]:
    """Open the same file once more, as another process does."""
    opened = open_sqlite(path, name="another", durable=False)
    try:
        yield opened
    finally:
        opened.close()


def value_in(database: Database) -> int:
    with database.reading() as db:
        return int(db.scalar(text("SELECT value FROM counters")) or 0)


def add(database: Database, number: int) -> None:
    with database.transaction() as db:
        db.execute(text("UPDATE counters SET value = value + :number"), {"number": number})


def fill_the_disk(database: Database) -> None:
    with database.transaction() as db:
        db.execute(text("PRAGMA max_page_count = 1"))  # SQLite's own full disk; lasts for this connection.
        db.execute(text("CREATE TABLE large AS SELECT randomblob(1000000) AS content"))


def fail(database: Database, error: type[BaseException]) -> None:
    with database.transaction() as db:
        db.execute(text("UPDATE counters SET value = 9"))
        raise error


def test_a_transaction_commits_at_its_end(database: Database) -> None:
    add(database, 7)

    assert value_in(database) == 7


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_any_error_undoes_the_whole_transaction(database: Database, error: type[BaseException]) -> None:
    with pytest.raises(error):
        fail(database, error)

    assert value_in(database) == 0
    add(database, 1)  # And nobody holds the writer's place any more.
    assert value_in(database) == 1


def test_a_broken_rule_of_a_table_keeps_its_own_error(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as db:
        db.execute(text("UPDATE counters SET value = -1"))


def test_a_writer_waits_for_the_writer_of_another_process(database: Database, path: Path) -> None:
    with program("tests.support.lock_program", "hold", path) as holder:
        assert next_line(holder) == "held"
        writer = threading.Thread(target=add, args=(database, 1))
        writer.start()
        never(lambda: not writer.is_alive(), within=0.2)

        say(holder, "go on")

        assert next_line(holder) == "done"
        writer.join(PATIENCE_S)

    assert value_in(database) == 101


def test_reading_then_writing_in_two_processes_loses_nothing(database: Database, path: Path) -> None:
    # A deferred BEGIN fails here at once with "database is locked", whatever the timeout.
    with program("tests.support.lock_program", "count", path, 150) as other:
        assert next_line(other) == "ready"
        say(other, "go on")
        for _ in range(150):
            with database.transaction() as db:
                before = db.scalar(text("SELECT value FROM counters")) or 0
                db.execute(text("UPDATE counters SET value = :value"), {"value": before + 1})
        assert next_line(other) == "done"

    assert value_in(database) == 300


def test_threads_of_one_process_wait_for_their_turn(database: Database) -> None:
    def add_often() -> None:
        for _ in range(50):
            add(database, 1)

    threads = [threading.Thread(target=add_often) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert value_in(database) == 300


def test_a_database_that_stays_locked_is_unavailable(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 100)
    impatient = open_sqlite(path, name="shared", durable=False)

    with program("tests.support.lock_program", "hold", path) as holder:
        assert next_line(holder) == "held"
        with pytest.raises(StoreUnavailable, match="Database shared: database is locked"):
            add(impatient, 1)
        assert value_in(impatient) == 0  # Readers are not held up.

    add(impatient, 1)  # The holder was killed: what it had begun is undone.
    assert value_in(impatient) == 1
    impatient.close()


def test_a_reader_sees_one_picture_and_holds_up_no_writer(database: Database) -> None:
    with database.reading() as db:
        first = db.scalar(text("SELECT value FROM counters"))
        add(database, 5)
        second = db.scalar(text("SELECT value FROM counters"))

    assert (first, second, value_in(database)) == (0, 0, 5)


@pytest.mark.parametrize(("durable", "synchronous"), [(True, 2), (False, 1)], ids=["links", "consumers"])
def test_commits_wait_for_the_disk_where_they_must(tmp_path: Path, durable: bool, synchronous: int) -> None:
    opened = open_database(tmp_path, None, name="links", durable=durable)

    with opened.reading() as db:
        assert db.scalar(text("PRAGMA synchronous")) == synchronous
        assert db.scalar(text("PRAGMA journal_mode")) == "wal"
        assert db.scalar(text("PRAGMA foreign_keys")) == 1
    opened.close()


def test_a_file_that_can_not_be_opened_is_unavailable(tmp_path: Path) -> None:
    opened = open_sqlite(tmp_path / "missing" / "links.db", name="links", durable=True)

    with pytest.raises(StoreUnavailable, match="Database links: unable to open"), opened.reading():
        pass


def test_a_damaged_file_is_unavailable_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "links.db"
    path.write_bytes(b"no database at all " * 400)
    opened = open_sqlite(path, name="links", durable=True)

    with (
        pytest.raises(StoreUnavailable, match="Database links: file is not a database"),
        opened.transaction(),
    ):
        pass

    assert path.read_bytes() == b"no database at all " * 400


def test_a_disk_without_space_is_unavailable_and_keeps_what_was_committed(database: Database) -> None:
    add(database, 3)

    with pytest.raises(StoreUnavailable, match="full"):
        fill_the_disk(database)

    database.close()
    assert value_in(database) == 3


def test_a_closed_database_opens_again(database: Database) -> None:
    database.close()

    add(database, 2)

    eventually(lambda: value_in(database) == 2)


def test_the_sign_changes_with_each_commit_of_anybody_and_with_nothing_else(
    database: Database, path: Path
) -> None:
    seen = database.sign()
    value_in(database)
    assert database.sign() == seen

    add(database, 1)
    after_own = database.sign()
    with open_another(path) as other:
        add(other, 1)
        after_theirs = database.sign()

    assert len({seen, after_own, after_theirs}) == 3
    assert database.sign() == after_theirs


def test_the_sign_of_a_database_that_was_closed_meanwhile_is_another_one(database: Database) -> None:
    seen = database.sign()

    database.close()

    assert database.sign() not in (None, seen)


def test_there_is_no_sign_of_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"this was a database once" * 1_000)
    broken = open_sqlite(tmp_path / "broken.db", name="broken", durable=False)

    assert broken.sign() is None
    broken.close()
