"""Fixtures for every test: each gets its own broker and databases, and nothing of them is left behind."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import keyring
import pytest
import redis
from keyring.backends.fail import Keyring as NoKeyring
from sqlalchemy import create_engine, text

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.storage.database import Database, open_database
from tests.support.links import PARTITIONS, LinkSide, make_link_side, open_links_db
from tests.support.postgresql import find_programs, postgresql_server
from tests.support.shared_broker import SharedBroker


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make reports printable: tests log text that no encoding takes, and reports travel between processes."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(autouse=True, scope="session")
def _no_keyring() -> None:
    """Keep the tests away from the keyring of whoever runs them."""
    keyring.set_keyring(NoKeyring())


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """Give a data dir whose path is short enough for a unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="sb-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_broker() -> Iterator[SharedBroker]:
    """Give the lender of brokers; use `broker`."""
    lender = SharedBroker()
    yield lender
    lender.close()


@pytest.fixture
def broker(shared_broker: SharedBroker) -> Iterator[EmbeddedBroker]:
    """Give a running, empty broker; a test may do to it what it likes."""
    yield shared_broker.take()
    shared_broker.give_back()


@pytest.fixture
def client(broker: EmbeddedBroker) -> Iterator[redis.Redis]:
    """Give a plain client, to look behind the scenes and to do damage."""
    with connect(broker.url) as plain:
        yield plain


@pytest.fixture
def streams(broker: EmbeddedBroker) -> Iterator[Streams]:
    """Give the partitions on this test's broker."""
    opened = Streams(connect(broker.url), PARTITIONS)
    yield opened
    opened.close()


@pytest.fixture
def link_side(tmp_path: Path) -> Iterator[LinkSide]:
    """Give a producer's side on a database of its own."""
    database = open_links_db(tmp_path)
    yield make_link_side(database)
    database.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Give the URL of a private PostgreSQL server, for all tests that need one."""
    programs = find_programs()
    if programs is None:
        reason = "PostgreSQL's server is not installed (Debian and Ubuntu: the package postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with postgresql_server(programs) as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql: str) -> Iterator[str]:
    """Give the URL of an empty database of this test's own."""
    name = f"test_{secrets.token_hex(6)}"
    server = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with server.connect() as db:
        db.execute(text(f"CREATE DATABASE {name}"))
    yield postgresql.replace("/postgres?", f"/{name}?")
    with server.connect() as db:
        db.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def open_pg(postgresql_url: str, tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    """Give an opener of databases by name, as the program does it; all are closed at the end."""
    opened: list[Database] = []

    def open_named(name: str) -> Database:
        opened.append(open_database(tmp_path, postgresql_url, name=name, durable=True))
        return opened[-1]

    yield open_named
    for database in opened:
        database.close()


@pytest.fixture
def pg_side(open_pg: Callable[[str], Database]) -> LinkSide:
    """Give a producer's side on PostgreSQL."""
    return make_link_side(open_pg("links"))
