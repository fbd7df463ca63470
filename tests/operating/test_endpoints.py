"""How endpoints answer is seen by who looks and told to who does not; what waits is sent at once when it is asked for."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from consumers import webhook_tables
from core.broker.server import EmbeddedBroker
from core.consuming.control_tables import journal
from core.errors import InvalidInput, NotFound
from core.operating.attendance import NOBODY
from core.operating.endpoints import rows, watch
from core.operating.endpoints.book import EndpointBook
from core.operating.endpoints.rows import EndpointHealth, EndpointState, LastAnswer
from core.operating.endpoints.words import short_url, state_words
from core.operating.monitor import Monitor
from core.operating.open_books import OpenBooks
from core.operating.snapshot import Cause, ConsumerState, Severity, Snapshot
from core.operating.upkeep.notices import notices
from core.operating.why.answer import Rung
from tests.support.asking import Site, site_on
from tests.support.receiver import Receiver, webhook_receiver
from tests.support.waiting import eventually


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


def only(book: EndpointBook) -> EndpointHealth:
    (endpoint,) = book.read()
    return endpoint


def fail_since(site: Site, ago_s: float) -> None:
    """Let the endpoint that fails have done so for longer than a test lasts."""
    column = webhook_tables.answers.c.failing_since
    site.change("webhook", update(webhook_tables.answers).values({column: time.time() - ago_s}))


def told(picture: Snapshot) -> list[str]:
    return [notice.what for notice in notices(picture) if notice.cause is Cause.ENDPOINT]


# Seen by who looks


def test_an_endpoint_was_never_asked_then_answers_then_fails_and_is_removed_while_something_waits(
    site: Site, receiver: Receiver, book: EndpointBook
) -> None:
    untouched = only(book)
    site.start("webhook")
    site.create("one")
    eventually(lambda: only(book).delivered == 1)
    well = only(book)
    receiver.status = 503
    site.create("two")
    eventually(lambda: only(book).state is EndpointState.FAILING)
    failing = only(book)
    book.remove(failing.endpoint_id, why="moved")

    assert (untouched.state, untouched.last, untouched.waiting) == (EndpointState.NEVER_ASKED, None, 0)
    assert (well.state, well.waiting, well.next_attempt_at) == (EndpointState.ON, 0, None)
    assert well.last is not None
    assert well.last.words == "answered 204"
    assert failing.last is not None
    assert (failing.last.words, failing.last.failures, failing.waiting) == ("answered 503", 1, 1)
    assert failing.next_attempt_at is not None
    assert 0 < failing.next_attempt_at - failing.last.answered_at < 10
    assert state_words(failing, failing.last.answered_at + 250) == "failing for 4 min"
    assert only(book).state is EndpointState.REMOVED
    with site.control.reading() as db:
        last = db.execute(select(journal).order_by(journal.c.id.desc())).first()
    assert last is not None
    assert (last.act, last.subject, last.why) == ("remove endpoint", failing.endpoint_id, "moved")


def test_counts_come_from_indexes_alone_and_go_no_further_than_they_have_to(
    site: Site, receiver: Receiver, book: EndpointBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = site.lead("webhook")
    hand.apply(*(site.create(f"link-{number}") for number in range(5)))
    assert only(book).waiting == 5

    monkeypatch.setattr(rows, "MOST", 3)

    assert only(book).waiting == 3
    for state, other in (("waiting", "next_attempt_at"), ("delivered", "finished_at")):
        asked = f"SELECT 1 FROM deliveries WHERE endpoint_id = 'x' AND state = '{state}' AND {other} > 5"
        with hand.database.reading() as db:
            plan = " ".join(str(row) for row in db.execute(text(f"EXPLAIN QUERY PLAN {asked}")))
        assert f"COVERING INDEX deliveries_{state}_by_endpoint" in plan


# Called at once


def test_what_waits_is_sent_at_once_when_an_operator_asks_and_the_journal_has_it(
    site: Site, receiver: Receiver, book: EndpointBook
) -> None:
    receiver.status = 503
    site.start("webhook")
    for number in range(3):
        site.create(f"link-{number}")
    eventually(lambda: len(receiver.ids) == 3)
    eventually(lambda: only(book).waiting == 3)
    with site.database("webhook").transaction() as db:
        db.execute(text("UPDATE deliveries SET next_attempt_at = next_attempt_at + 3600"))
    receiver.status = 204
    endpoint = only(book).endpoint_id

    (called,) = book.outcomes(book.call_now([endpoint], why="repaired", by="ann"))

    assert (called.outcome, called.failed) == ("3 deliveries are due now.", False)
    eventually(lambda: only(book).delivered == 3)
    assert only(book).state is EndpointState.ON
    with site.control.reading() as db:
        last = db.execute(select(journal).order_by(journal.c.id.desc())).first()
    assert last is not None
    assert (last.by, last.act, last.subject, last.why) == (
        *("ann", f"call now {endpoint}", "webhook", "repaired"),
    )
    (again,) = book.outcomes(book.call_now([endpoint]))
    assert (again.outcome, again.failed) == ("Nothing was done: no delivery waits for it.", True)


def test_a_call_that_can_not_be_is_refused_and_one_that_must_wait_says_for_what(
    site: Site, receiver: Receiver, book: EndpointBook
) -> None:
    endpoint = only(book).endpoint_id
    with pytest.raises(NotFound, match="no endpoint"):
        book.call_now(["nobody"])
    (unserved,) = book.outcomes(book.call_now([endpoint]))
    hand = site.lead("webhook")
    hand.apply(site.create())
    hand.die()
    site.controls.pause("webhook", seconds=None, by="ann", why="")
    site.change("webhook", text("UPDATE deliveries SET next_attempt_at = next_attempt_at + 3600"))
    asked = book.call_now([endpoint])
    site.start("webhook")

    eventually(lambda: "due" in book.outcomes(asked, within_s=0.0)[0].outcome)
    (paused,) = book.outcomes(asked)
    book.remove(endpoint)
    with pytest.raises(InvalidInput, match="secret"):
        book.call_now([endpoint])

    assert unserved.outcome == NOBODY
    assert "webhook is paused: it is sent when it goes on." in paused.outcome
    assert receiver.ids == []


# Switched off, and on again


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


def acts_of(site: Site, endpoint: str) -> list[tuple[str, str, str]]:
    columns = (journal.c.by, journal.c.act, journal.c.why)
    with site.control.reading() as db:
        rows = db.execute(select(*columns).where(journal.c.subject == endpoint).order_by(journal.c.id))
        return [(row.by, row.act, row.why) for row in rows if row.act != "add endpoint"]


# Told to who does not look


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


def test_a_long_address_is_cut_in_its_middle() -> None:
    url = "https://hooks.example.com/" + "a" * 100 + "/the-end"

    assert short_url("https://hooks.example.com/in") == "https://hooks.example.com/in"
    assert len(short_url(url)) == 50
    assert short_url(url).startswith("https://hooks.example.com/aaa")
    assert short_url(url).endswith("aaa/the-end")
    assert short_url("https://hooks.example.com/in?token=secret") == "https://hooks.example.com/in?…"


def test_the_heart_of_an_error_is_told_and_not_the_whole_story_of_a_library() -> None:
    refused = (
        "ConnectionError: HTTPConnectionPool(host='h', port=9): Max retries exceeded with url: / (Caused by "
        "NewConnectionError(\"HTTPConnection(host='h', port=9): Failed: [Errno 111] Connection refused\"))"
    )
    late = "ConnectTimeout: HTTPSConnectionPool(host='h', port=443): Max retries exceeded"
    said = [
        LastAnswer(1.0, None, error, 1.0, 1).words
        for error in (refused, late, "No complete answer within 15 s.", None)
    ]

    assert said == [
        "no answer: Connection refused",
        "no answer: ConnectTimeout",
        "no answer: No complete answer within 15 s.",
        "no answer: ",
    ]
