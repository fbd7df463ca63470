"""A book of links on an installation that is there to be looked at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.operating.links.book import LinkBook
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


@pytest.fixture
def book(place: Place) -> LinkBook:
    return place.desk.reading_room.links
