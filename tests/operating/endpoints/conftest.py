"""Fixtures for endpoints: a site, a receiver that is registered, the book of endpoints, and a monitor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.broker.server import EmbeddedBroker
from core.operating.endpoints import watch
from core.operating.endpoints.book import EndpointBook
from core.operating.monitor import Monitor
from core.operating.open_books import OpenBooks
from tests.support.asking import Site, site_on
from tests.support.receiver import Receiver, webhook_receiver


@pytest.fixture
def site(tmp_path: Path, broker: EmbeddedBroker) -> Iterator[Site]:
    with site_on(tmp_path, broker.url) as made:
        yield made


@pytest.fixture
def receiver(site: Site) -> Iterator[Receiver]:
    """Run a receiver, and register it."""
    with webhook_receiver() as running:
        running.secret = site.installation.endpoints.add(running.url, description="", by="ann").secret
        yield running


@pytest.fixture
def book(site: Site) -> Iterator[EndpointBook]:
    books = OpenBooks(site.installation)
    yield EndpointBook(site.installation, books)
    books.close()


@pytest.fixture
def monitor(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Monitor]:
    monkeypatch.setattr(watch, "_LOOK_S", 0.0)
    made = Monitor(
        site.installation, broker_expected=lambda: True, relay_error=lambda: None, own_worker=lambda: None
    )
    yield made
    made.stop()
