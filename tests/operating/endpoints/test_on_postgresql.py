"""How endpoints answer, and what waits for them, on PostgreSQL: the same figures, and the same errand."""

from pathlib import Path

from core.broker.server import EmbeddedBroker
from core.operating.dead_letters.effects import Effect
from core.operating.endpoints.book import EndpointBook
from core.operating.endpoints.rows import EndpointState
from core.operating.links.book import LinkBook
from core.operating.links.journey_filter import JourneyFilter
from core.operating.links.roll import LinkQuery
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


def test_an_endpoint_is_switched_off_and_on_and_the_links_marks_follow_on_postgresql_too(
    tmp_path: Path, broker: EmbeddedBroker, postgresql_url: str
) -> None:
    with webhook_receiver() as receiver, site_on(tmp_path, broker.url, postgresql_url) as site:
        receiver.secret = site.installation.endpoints.add(receiver.url, description="", by="ann").secret
        books = OpenBooks(site.installation)
        book, links = EndpointBook(site.installation, books), LinkBook(site.installation, books)
        (endpoint,) = book.read()
        site.create("before", published=False)
        assert book.disable(endpoint.endpoint_id, why="moving")
        skipped = site.create("meanwhile")
        site.start("webhook")
        eventually(lambda: [(one.state, one.waiting) for one in book.read()] == [(EndpointState.OFF, 1)])
        eventually(lambda: webhooks(links, skipped.link_id) is Effect.APPLIED)

        assert book.enable(endpoint.endpoint_id)

        eventually(lambda: [(one.state, one.delivered) for one in book.read()] == [(EndpointState.ON, 1)])
        assert skipped.event_id not in receiver.ids
        site.producer.edit_link("meanwhile", by="ann", title="Edited")
        assert webhooks(links, skipped.link_id) is Effect.WAITING
        unfinished = LinkQuery(journey=JourneyFilter("webhook"))
        assert links.rolls.roll(unfinished).link_ids == (skipped.link_id,)
        books.close()


def webhooks(links: LinkBook, link_id: str) -> Effect:
    """Give how a link stands with webhook."""
    (row,) = links.rows([link_id])
    return next(one.effect for one in row.standings if one.consumer == "webhook")
