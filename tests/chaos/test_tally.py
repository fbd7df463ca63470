"""The count at the end of a storm finds what it is there to find."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from consumers import NAMES, build_consumers
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from tests.chaos.tally import findings, waiting
from tests.support.exactly_once import query
from tests.support.programs import MAIN
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data dir in which everything went well."""
    data_dir = tmp_path_factory.mktemp("tally")
    program = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    settings = Settings.load(data_dir=data_dir, allow_private_targets=True)
    desk = Desk.open(settings, program=program, run_worker=False)
    try:
        desk.add_endpoint("http://127.0.0.1:9/nobody")
        worker = desk.build_worker()
        worker.start()
        for number in range(3):
            slug = desk.create_link(f"https://example.com/{number}").slug
            desk.click(slug)
            desk.edit_link(slug, title="Another")
        eventually(lambda: not waiting(data_dir))
        worker.stop()
    finally:
        desk.close()
    return data_dir


@pytest.fixture
def data_dir(finished: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a copy that a test may spoil."""
    copy = tmp_path / "data"
    shutil.copytree(finished, copy, ignore=shutil.ignore_patterns("*.sock"))
    yield copy
    shutil.rmtree(copy)


def _spoil(data_dir: Path, name: str, sql: str) -> None:
    with closing(sqlite3.connect(data_dir / f"{name}.db")) as db:
        assert db.execute(sql).rowcount > 0
        db.commit()


def test_nothing_is_found_where_nothing_is_wrong(data_dir: Path) -> None:
    confirmed = [row[0] for row in query(data_dir, "links", "SELECT event_id FROM outbox")]

    assert len(confirmed) == 9
    assert findings(data_dir, confirmed) == []
    assert waiting(data_dir) == {}


def test_an_event_that_a_user_knows_of_and_the_outbox_does_not_is_found(data_dir: Path) -> None:
    assert findings(data_dir, ["an-event"]) == ["links.db lost 1: an-event"]


@pytest.mark.parametrize(
    ("name", "sql", "words"),
    [
        (
            "qr",
            "DELETE FROM inbox WHERE event_id = (SELECT min(event_id) FROM inbox)",
            "qr: missing receipts 1",
        ),
        ("qr", "DELETE FROM codes WHERE link_id = (SELECT min(link_id) FROM codes)", "qr: missing effects 1"),
        (
            "billing",
            "INSERT INTO billed_links SELECT 'x', team_id, month FROM billed_links LIMIT 1",
            "billing: effects of nothing 1: x",
        ),
        (
            "webhook",
            "DELETE FROM deliveries WHERE delivery_id = (SELECT min(delivery_id) FROM deliveries)",
            "webhook: missing effects 1",
        ),
        (
            "analytics",
            "UPDATE link_records SET clicks = clicks + 1",
            "analytics: links with a wrong number of clicks 3",
        ),
        ("dashboard", "UPDATE entries SET entry_id = 100 - entry_id", "dashboard: links out of order 3"),
        ("links", "UPDATE outbox SET position = position + 1000 WHERE id = 1", "partitions with gaps 1"),
        (
            "links",
            "DELETE FROM links WHERE link_id = (SELECT min(link_id) FROM links)",
            "links without their events 1",
        ),
    ],
)
def test_what_is_wrong_is_found_and_named(data_dir: Path, name: str, sql: str, words: str) -> None:
    _spoil(data_dir, name, sql)

    assert any(finding.startswith(words) for finding in findings(data_dir, []))
