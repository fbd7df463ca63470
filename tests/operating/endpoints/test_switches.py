"""An endpoint that is switched off is not called; what was committed meanwhile is never sent to it."""

import time

import pytest
from sqlalchemy import text

from consumers import webhook_tables
from core.errors import InvalidInput
from core.operating.endpoints.book import EndpointBook
from core.operating.endpoints.rows import EndpointState
from core.operating.endpoints.words import state_words
from core.operating.monitor import Monitor
from core.operating.snapshot import Cause
from core.operating.upkeep.notices import notices
from core.operating.why.answer import Rung
from tests.support.asking import Site
from tests.support.endpoints import acts_of, only, told
from tests.support.receiver import Receiver
from tests.support.waiting import eventually


def test_an_endpoint_that_is_off_is_not_called_and_loses_no_attempt_and_is_never_told_of_what_came_meanwhile(
    site: Site, receiver: Receiver, book: EndpointBook
) -> None:
    receiver.status = 503
    site.start("webhook")
    before = site.create("before")
    eventually(lambda: only(book).state is EndpointState.FAILING)
    endpoint = only(book).endpoint_id

    assert book.disable(endpoint, why="moving", by="ann")
    assert not book.disable(endpoint)
    site.change("webhook", text("UPDATE deliveries SET next_attempt_at = 0"))
    site.create("meanwhile")
    eventually(lambda: site.why("meanwhile", "webhook").rung is Rung.ENDPOINT_WAS_OFF)
    off = only(book)
    with pytest.raises(InvalidInput, match="It is off"):
        book.call_now([endpoint])
    receiver.status = 204
    calls = list(receiver.ids)
    assert book.enable(endpoint, by="bob")
    eventually(lambda: only(book).delivered == 1)
    after = site.create("after")
    eventually(lambda: only(book).delivered == 2)

    assert (off.state, off.waiting) == (EndpointState.OFF, 1)
    assert off.off is not None
    assert (off.off.by, off.off.why) == ("ann", "moving")
    assert state_words(off, off.off.since + 250) == "off for 4 min, by ann"
    assert receiver.ids[len(calls) :] == [before.event_id, after.event_id]
    with site.database("webhook").reading() as db:
        made = db.execute(text("SELECT attempts FROM deliveries ORDER BY delivery_id")).scalars().all()
    assert made == [len(calls) + 1, 1]
    assert acts_of(site, endpoint) == [
        ("ann", "disable endpoint", "moving"),
        ("bob", "enable endpoint", ""),
    ]


def test_an_endpoint_that_is_off_is_a_notice_and_no_failing_one_any_more(
    site: Site, receiver: Receiver, monitor: Monitor, book: EndpointBook
) -> None:
    site.lead("webhook")
    endpoint = only(book).endpoint_id
    row = {"endpoint_id": endpoint, "answered_at": time.time(), "status": 503, "error": "HTTP 503"}
    site.change(
        "webhook", webhook_tables.answers.insert().values(**row, failing_since=time.time() - 250, failures=9)
    )
    failing = told(monitor.look())

    book.disable(endpoint, why="moving", by="ann")

    assert len(failing) == 1
    picture = monitor.look()
    assert told(picture) == []
    (notice,) = [one for one in notices(picture) if one.cause is Cause.ENDPOINT_OFF]
    assert notice.what.startswith(f"webhook: {receiver.url} is off for ")
    assert notice.what.endswith('by ann ("moving").')
    (health,) = [one for one in picture.consumers if one.name == "webhook"]
    assert health.warning == "1 endpoint is off"
    book.enable(endpoint)
    assert not [one for one in notices(monitor.look()) if one.cause is Cause.ENDPOINT_OFF]


def test_events_without_a_position_yet_were_committed_before_the_switch(
    site: Site, receiver: Receiver, book: EndpointBook
) -> None:
    site.create("waiting", published=False)
    book.disable(only(book).endpoint_id)
    site.create("off", published=False)
    site.publish()
    (endpoint,) = site.installation.endpoints.all()

    told = [endpoint.is_told_of(site.events(slug)[0]) for slug in ("waiting", "off")]

    assert told == [True, False]
