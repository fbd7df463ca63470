"""How endpoints answer is told to who does not look."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from consumers import webhook_tables
from core.operating.endpoints import watch
from core.operating.endpoints.book import EndpointBook
from core.operating.monitor import Monitor
from core.operating.snapshot import Cause, ConsumerState, Severity
from core.operating.upkeep.notices import notices
from tests.support.asking import Site
from tests.support.endpoints import fail_since, only, told
from tests.support.receiver import Receiver
from tests.support.waiting import eventually


def test_an_endpoint_that_fails_for_a_while_is_a_notice_and_webhook_runs_all_the_same(
    site: Site, receiver: Receiver, monitor: Monitor
) -> None:
    receiver.status = 503
    site.start("webhook")
    site.create("one")
    site.create("two")
    eventually(lambda: len(receiver.ids) >= 2)
    eventually(lambda: len(site.installation.endpoints.all()) == 1 and not told(monitor.look()))
    fail_since(site, 250)

    eventually(lambda: told(monitor.look()))
    picture = monitor.look()

    (notice,) = [one for one in notices(picture) if one.cause is Cause.ENDPOINT]
    assert notice.what.startswith(
        f"webhook: {receiver.url} has answered 503 for 4 min; 2 deliveries wait, next"
    )
    assert (notice.severity, notice.consumer) == (Severity.WARN, "webhook")
    (health,) = [one for one in picture.consumers if one.name == "webhook"]
    assert (health.warning, health.error) == ("1 endpoint fails for 4 min", None)
    assert health.state in (ConsumerState.RUNNING, ConsumerState.CATCHING_UP)

    receiver.status = 204
    site.change("webhook", text("UPDATE deliveries SET next_attempt_at = 0"))
    eventually(lambda: not told(monitor.look()))


def test_one_failure_is_an_accident_and_a_removed_endpoint_is_nobodys_trouble(
    site: Site, receiver: Receiver, monitor: Monitor, book: EndpointBook
) -> None:
    site.lead("webhook")
    endpoint = only(book).endpoint_id
    row = {"endpoint_id": endpoint, "answered_at": time.time(), "status": None, "error": "Timeout: none"}
    once = webhook_tables.answers.insert().values(**row, failing_since=time.time() - 999, failures=1)
    site.change("webhook", once)
    accident = told(monitor.look())
    site.change("webhook", text("UPDATE answers SET failures = 2"))
    again = told(monitor.look())

    book.remove(endpoint)

    assert accident == []
    assert again == [
        f"webhook: {receiver.url} has given no answer: Timeout: none for 16 min; nothing waits for it."
    ]
    assert told(monitor.look()) == []


def test_nothing_is_asked_while_nobody_commits(
    site: Site, receiver: Receiver, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = site.lead("webhook")
    hand.apply(site.create("one"))
    asked: list[float] = []

    def counted(db: object, since: float) -> Iterator[object]:
        asked.append(since)
        return iter(())

    monkeypatch.setattr(watch, "read_failing", counted)
    for _ in range(10):
        monitor.look()
    at_rest = len(asked)
    hand.apply(site.create("two"))
    monitor.look()

    assert at_rest == 1
    assert len(asked) == 2


def test_what_can_not_be_read_leaves_what_was_told(site: Site, receiver: Receiver, monitor: Monitor) -> None:
    site.lead("webhook")
    (endpoint,) = site.installation.endpoints.all()
    row = {"endpoint_id": endpoint.endpoint_id, "answered_at": 1.0, "status": 410, "error": "HTTP 410"}
    site.change(
        "webhook", webhook_tables.answers.insert().values(**row, failing_since=time.time() - 7300, failures=9)
    )
    before = told(monitor.look())

    site.change("webhook", text("ALTER TABLE answers RENAME COLUMN failures TO gone"))

    assert before == [f"webhook: {receiver.url} has answered 410 for 2 h; nothing waits for it."]
    assert told(monitor.look()) == before
