"""Fixtures for producing: a relay, at rest or running."""

from collections.abc import Iterator

import pytest

from core.broker.streams import Streams
from core.producing.relay import Relay
from tests.support.links import LinkSide
from tests.support.waiting import PATIENCE_S


@pytest.fixture
def relay(link_side: LinkSide, streams: Streams) -> Relay:
    """Give a relay that is not running."""
    return Relay(link_side.outbox, streams)


@pytest.fixture
def running(relay: Relay) -> Iterator[Relay]:
    relay.start()
    yield relay
    relay.stop()
    relay.join(PATIENCE_S)
    assert not relay.is_alive()
