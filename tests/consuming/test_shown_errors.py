"""What is over is not shown any more, and what is shown can always be written down."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming import control_tables
from core.consuming.contract import HelperTurn
from core.consuming.controls import Controls, Wanted
from core.consuming.heartbeats import Heartbeat, Heartbeats
from core.consuming.worker import Worker
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect
from tests.support.links import PARTITIONS, LinkSide
from tests.support.looping import Check, StartLoop
from tests.support.programs import next_line, program
from tests.support.waiting import eventually


def test_a_consumer_that_was_paused_during_an_outage_stops_showing_it_once_it_is_over(
    feed: Feed, start_loop: StartLoop, has_everything: Check, database: Database, tmp_path: Path
) -> None:
    loop = start_loop()
    feed.links(5)
    eventually(has_everything)
    with database.transaction() as db:
        db.exec_driver_sql("PRAGMA busy_timeout=50")
        db.exec_driver_sql("CREATE TABLE counters (value INTEGER)")
        db.exec_driver_sql("INSERT INTO counters VALUES (0)")

    with program("tests.support.lock_program", "hold", tmp_path / "collect.db") as holder:
        assert next_line(holder) == "held"
        feed.links(5)
        eventually(lambda: "locked" in (loop.status.error or ""))
        loop.want(Wanted(version=1, paused=True, changed_by="ann"))

    eventually(lambda: loop.status.paused and loop.status.error is None)
    loop.want(Wanted(version=2))
    eventually(has_everything)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Database]:
    opened = open_sqlite(tmp_path / "control.db", name="control", durable=False)
    prepare(opened, control_tables.metadata)
    yield opened
    opened.close()


class Fails:
    """A helper whose error has a text that no database takes."""

    def run(self, turn: HelperTurn) -> None:
        """Fail, unless it is time to end."""
        if not turn.stopping.is_set():
            raise ValueError("half a character \ud83d, a NUL \x00, and no end" + "!" * 9_000)


def test_a_worker_whose_error_no_database_takes_says_so_and_can_be_paused(
    control: Database, link_side: LinkSide, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    worker = Worker(
        [Collect(works=Fails())],
        open_database=lambda name: open_sqlite(tmp_path / f"{name}.db", name=name, durable=False),
        open_streams=lambda: Streams(connect(broker.url), PARTITIONS),
        archive=link_side.outbox,
        control=control,
    )
    worker.start()

    def said() -> Heartbeat | None:
        return next(iter(Heartbeats(control).live()), None)

    try:
        error = eventually(lambda: (beat := said()) is not None and beat.error) or ""
        assert "half a character ?, a NUL \ufffd" in error
        assert len(error) < 3_000
        version = Controls(control).pause("collect", seconds=None, by="ann", why="")
        eventually(lambda: (beat := said()) is not None and beat.paused and beat.obeyed_version == version)
    finally:
        assert worker.stop() == []
