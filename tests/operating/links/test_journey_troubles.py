"""A journey tells what has become of an event that a consumer has dealt with without applying it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.operating.installation import Installation
from core.operating.links.journeys import Journeys
from core.operating.readings import ConsumerReadings
from core.producing.producer import Producer
from core.settings import Settings
from tests.support.burying import store_of
from tests.support.links import SHORT_BASE, give_positions

NAMES = ("billing", "dashboard")


@pytest.fixture
def installation(short_dir: Path) -> Iterator[Installation]:
    """Give an installation of one partition with three links."""
    opened = Installation(Settings.load(data_dir=short_dir, partitions=1))
    producer = Producer(
        opened.links, opened.outbox, opened.teams, short_base=SHORT_BASE, on_commit=lambda: None
    )
    for _ in range(3):
        producer.create_link("https://example.com/", by="ann")
    give_positions(opened.outbox)
    yield opened
    opened.close()


def test_what_is_parked_or_dead_is_told_and_what_only_waits_is_not(
    installation: Installation, short_dir: Path
) -> None:
    dead, stuck, waits = [event for event, _ in reversed(installation.outbox.newest_links(3))]
    stores = {name: store_of(short_dir, name) for name in NAMES}
    stores["billing"].bury(dead)
    stores["billing"].park(stuck)
    stores["billing"].reached(0, stuck.position)
    stores["dashboard"].applied(dead)
    stores["dashboard"].reached(0, dead.position)
    readings = {name: ConsumerReadings(installation, name) for name in NAMES}

    for one in readings.values():
        one.progress()
    found = Journeys(installation.outbox, readings).look(changed=True, team_names={})

    assert {journey.event_id: journey.troubles for journey in found} == {
        dead.event_id: (("billing", "dead"),),
        stuck.event_id: (("billing", "parked"),),
        waits.event_id: (),
    }
    for name in NAMES:
        readings[name].close()
        stores[name].database.close()
