"""Fixtures for producing: a relay, at rest or running."""

from collections.abc import Iterator

import pytest

from core.broker.streams import Streams
from core.producing.relay import Relay
from tests.support.links import LinkSide


@pytest.fixture
def relay(link_side: LinkSide, streams: Streams) -> Relay:
    """Give a relay that is not running."""
    return Relay(link_side.outbox, streams)


@pytest.fixture
def running(relay: Relay) -> Iterator[Relay]:
    relay.start()
    yield relay
    relay.stop()
    relay.join(5)
    assert not relay.is_alive()
