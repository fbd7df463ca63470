"""Fixtures for faults of a consumer: the control database, and workers that are told of what is set there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.storage.database import Database
from tests.support.faulty import FaultyWorker, open_named


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Database]:
    opened = open_named(tmp_path, "control")
    yield opened
    opened.close()


@pytest.fixture
def open_worker(control: Database, tmp_path: Path) -> Iterator[Callable[[], FaultyWorker]]:
    made: list[FaultyWorker] = []

    def make() -> FaultyWorker:
        made.append(FaultyWorker(control, lambda name: open_named(tmp_path, name)))
        return made[-1]

    yield make
    for worker in made:
        worker.faults.close()


@pytest.fixture
def worker(open_worker: Callable[[], FaultyWorker]) -> FaultyWorker:
    return open_worker()
