"""The events of an installation on which nothing runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.operating.events.browser import EventBrowser
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


@pytest.fixture
def browser(place: Place) -> EventBrowser:
    return place.desk.reading_room.events
