"""How endpoints answer is seen by who looks; what waits is sent at once when it is asked for."""

import pytest
from sqlalchemy import select, text

from core.consuming.control_tables import journal
from core.errors import InvalidInput, NotFound
from core.operating.attendance import NOBODY
from core.operating.endpoints import rows
from core.operating.endpoints.book import EndpointBook
from core.operating.endpoints.rows import EndpointState, LastAnswer
from core.operating.endpoints.words import short_url, state_words
from tests.support.asking import Site
from tests.support.endpoints import only
from tests.support.receiver import Receiver
from tests.support.waiting import eventually

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
