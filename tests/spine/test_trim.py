"""A consumer whose events are trimmed while it is paused has each of them all the same, from the outbox."""

from pathlib import Path

import pytest

from core.broker.client import connect
from core.broker.socket_place import broker_url
from core.broker.streams import Streams
from core.operating.desk import Desk
from core.operating.snapshot import ConsumerHealth
from core.settings import Settings
from tests.spine.conftest import PROGRAM
from tests.support.exactly_once import assert_exactly_once
from tests.support.waiting import PATIENCE_S, eventually

LINKS = 200


def health(desk: Desk, name: str) -> ConsumerHealth | None:
    found = () if desk.snapshot is None else desk.snapshot.consumers
    return next((one for one in found if one.name == name), None)


def lag(desk: Desk, name: str) -> int | None:
    one = health(desk, name)
    return None if one is None else one.lag


def obeyed(desk: Desk, name: str) -> int | None:
    one = health(desk, name)
    return None if one is None else one.obeyed_version


def test_what_was_trimmed_behind_a_paused_consumer_comes_from_the_outbox(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operating.upkeep.trimmer.TRIM_EVERY_S", 0.2)
    settings = Settings.load(data_dir=short_dir, partitions=2)
    desk = Desk.open(settings, program=PROGRAM, run_worker=True)
    try:
        eventually(lambda: lag(desk, "billing") == 0)
        version = desk.pause("billing", by="ann")
        eventually(lambda: obeyed(desk, "billing") == version)
        for number in range(LINKS):
            desk.create_link(f"https://example.com/{number}")
        eventually(lambda: lag(desk, "dashboard") == 0 and lag(desk, "billing") == LINKS)
        streams = Streams(connect(broker_url(short_dir)), 2)
        assert list(streams.first_positions().values()) == [1, 1]

        monkeypatch.setattr("core.operating.upkeep.trimmer.TIGHT", 1e-6)  # As if the memory were full.
        eventually(lambda: min(streams.first_positions().values()) > LINKS // 5)
        streams.close()
        desk.resume("billing", by="ann")

        eventually(lambda: lag(desk, "billing") == 0 and lag(desk, "qr") == 0)
        assert assert_exactly_once(short_dir) == LINKS
    finally:
        assert desk.close(deadline_s=PATIENCE_S) == []
