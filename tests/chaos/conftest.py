"""Fixtures for single faults: the way of an event with all its parts, on a broker to which a test may do anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.links import LinkSide
from tests.support.way import Way


@pytest.fixture
def way(link_side: LinkSide, tmp_path: Path) -> Iterator[Way]:
    """Give a producer, a relay and a consumer; nothing runs before a test says on which broker."""
    made = Way(link_side, tmp_path)
    yield made
    made.close()
