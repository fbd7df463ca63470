"""What tests ask of endpoints, and how they let one have failed for long."""

import time

from sqlalchemy import select, update

from consumers import webhook_tables
from core.consuming.control_tables import journal
from core.operating.endpoints.book import EndpointBook
from core.operating.endpoints.rows import EndpointHealth
from core.operating.snapshot import Cause, Snapshot
from core.operating.upkeep.notices import notices
from tests.support.asking import Site


def only(book: EndpointBook) -> EndpointHealth:
    (endpoint,) = book.read()
    return endpoint


def fail_since(site: Site, ago_s: float) -> None:
    """Let the endpoint that fails have done so for longer than a test lasts."""
    column = webhook_tables.answers.c.failing_since
    site.change("webhook", update(webhook_tables.answers).values({column: time.time() - ago_s}))


def told(picture: Snapshot) -> list[str]:
    return [notice.what for notice in notices(picture) if notice.cause is Cause.ENDPOINT]


def acts_of(site: Site, endpoint: str) -> list[tuple[str, str, str]]:
    columns = (journal.c.by, journal.c.act, journal.c.why)
    with site.control.reading() as db:
        rows = db.execute(select(*columns).where(journal.c.subject == endpoint).order_by(journal.c.id))
        return [(row.by, row.act, row.why) for row in rows if row.act != "add endpoint"]
