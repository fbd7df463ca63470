"""How endpoints answer, and what waits for them, on PostgreSQL: the same figures, and the same errand."""

from pathlib import Path

from core.broker.server import EmbeddedBroker
from core.operating.endpoints.book import EndpointBook
from core.operating.endpoints.rows import EndpointState
from core.operating.open_books import OpenBooks
from tests.support.asking import site_on
from tests.support.receiver import webhook_receiver
from tests.support.waiting import eventually


def test_an_endpoint_fails_and_is_called_at_once_on_postgresql_too(
    tmp_path: Path, broker: EmbeddedBroker, postgresql_url: str
) -> None:
    with webhook_receiver() as receiver, site_on(tmp_path, broker.url, postgresql_url) as site:
        receiver.status = 503
        receiver.secret = site.installation.endpoints.add(receiver.url, description="", by="ann").secret
        books = OpenBooks(site.installation)
        book = EndpointBook(site.installation, books)
        site.start("webhook")
        site.create("one")
        site.create("two")
        eventually(lambda: [(one.state, one.waiting) for one in book.read()] == [(EndpointState.FAILING, 2)])
        (failing,) = book.read()
        assert failing.last is not None
        assert failing.last.failures >= 1
        receiver.status = 204

        (called,) = book.outcomes(book.call_now([failing.endpoint_id]))

        assert not called.failed or "due already" in called.outcome
        eventually(lambda: [(one.state, one.delivered) for one in book.read()] == [(EndpointState.ON, 2)])
        books.close()
