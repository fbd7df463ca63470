"""Fixtures for faults that operators set: desks on one data dir, without a worker."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consumers import NAMES, build_consumers
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from tests.support.programs import MAIN
from tests.support.servers import servers_on

PROGRAM = Program((sys.executable, str(MAIN)), NAMES, build_consumers)


@pytest.fixture
def open_desk(short_dir: Path) -> Iterator[Callable[..., Desk]]:
    """Open desks on one data dir, without a worker; all are closed at the end."""
    opened: list[Desk] = []

    def make(broker: str | None = None) -> Desk:
        settings = Settings.load(data_dir=short_dir, broker=broker)
        opened.append(Desk.open(settings, program=PROGRAM, run_worker=False))
        return opened[-1]

    yield make
    for desk in opened:
        desk.close()
    assert servers_on(short_dir) == []


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()
