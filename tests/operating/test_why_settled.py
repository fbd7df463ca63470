"""Why an event has or has not had its effect in a consumer that has dealt with it, each state made for real."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import delete, update

from core.broker.server import EmbeddedBroker
from core.consuming.control_tables import registered_consumers
from core.consuming.faults import FaultKind, Figures
from core.consuming.retention import forget as forget_receipts
from core.consuming.tables import inbox
from core.events.envelope import Event
from core.events.partitioning import stream_key
from core.events.times import rfc3339
from core.operating.dead_letters.rows import DeadLetter, Selection
from core.operating.faults.board import FaultBoard
from core.operating.why.answer import Answer, Rung
from core.producing.link_list import LinkList
from core.producing.retention import forget as forget_events
from core.producing.tables import outbox
from tests.support.asking import Site, site_on
from tests.support.waiting import eventually

_LONG_AGO_S = 9 * 86_400


@pytest.fixture
def site(tmp_path: Path, broker: EmbeddedBroker) -> Iterator[Site]:
    with site_on(tmp_path, broker.url) as made:
        yield made


@pytest.fixture
def board(site: Site) -> FaultBoard:
    return FaultBoard(
        site.control,
        LinkList(site.installation.links, "http://short.test"),
        embedded=False,
        is_owned=lambda: True,
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts follow each other."""
    monkeypatch.setattr("core.consuming.parking.retry_delay", lambda _failures: 0.01)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the second attempt be far away."""
    monkeypatch.setattr("core.consuming.parking.retry_delay", lambda _failures: 600.0)


def fail(board: FaultBoard, consumer: str, *, transient: bool = False) -> int:
    """Let a consumer fail at the link."""
    figures = Figures(link="abc", transient=transient)
    return board.set(consumer, FaultKind.FAIL_LINK, figures, by="ann").fault_id


def died(site: Site, board: FaultBoard, consumer: str) -> Event:
    """Let a consumer give up on a link's first event, for a fault that is over by now."""
    created = site.create()
    number = fail(board, consumer)
    site.start(consumer)
    site.comes_to(Rung.BROKEN, "abc", consumer)
    eventually(lambda: "It is a dead letter" in site.why("abc", consumer).sentence)
    board.clear(str(number), by="ann")
    return created


def command(answer: Answer) -> str | None:
    return None if answer.act is None else answer.act.command


def only_letter(site: Site) -> DeadLetter:
    (letter,) = site.letters.find(Selection())
    return letter


def test_a_receipt_tells_when_and_where(site: Site) -> None:
    site.create()
    worker = site.start("dashboard")

    answer = site.comes_to(Rung.APPLIED, "abc", "dashboard")

    assert worker.worker_id in answer.sentence


@pytest.mark.usefixtures("quick")
def test_a_receipt_tells_after_how_many_failed_attempts(site: Site, board: FaultBoard) -> None:
    site.create()
    board.set("dashboard", FaultKind.FAIL, Figures(next=3, transient=True), by="ann")
    site.start("dashboard")

    answer = site.comes_to(Rung.APPLIED, "abc", "dashboard")

    assert "after the commit and after 3 failed attempts, in worker" in answer.sentence


def test_a_type_that_the_consumer_does_not_react_to_is_none_of_its_business_before_and_after(
    site: Site,
) -> None:
    site.create()
    clicked = site.click()

    assert site.why(clicked.event_id, "billing").rung is Rung.IGNORED
    site.start("billing")
    site.comes_to(Rung.APPLIED, site.events("abc")[0].event_id, "billing")
    answer = site.comes_to(Rung.IGNORED, clicked.event_id, "billing")
    assert answer.sentence == "billing does not react to LinkClicked.v1, only to LinkCreated.v1."


def test_an_event_for_one_consumer_is_none_of_the_others_business(site: Site) -> None:
    created = site.create()
    with site.installation.links.transaction() as db:
        again = site.installation.outbox.add(
            db,
            created.data,
            sequence=1,
            traceparent=created.traceparent,
            at=time.time(),
            origin=created.event_id,
            audience="dashboard",
        )
    site.publish()

    assert site.why(again.event_id, "billing").rung is Rung.OTHER_AUDIENCE
    assert created.event_id in site.why(again.event_id, "billing").sentence
    assert site.why(again.event_id, "dashboard").rung is Rung.NO_WORKER


def test_a_failing_event_names_its_attempts_and_the_fault_only_while_it_is_set(
    site: Site, board: FaultBoard, slow: None
) -> None:
    site.create()
    number = fail(board, "analytics", transient=True)
    site.start("analytics")

    broken = site.comes_to(Rung.BROKEN, "abc", "analytics")
    clicked = site.click()
    site.comes_to(Rung.BROKEN, clicked.event_id, "analytics")
    board.clear(str(number), by="ann")
    failing = site.why(site.events("abc")[0].event_id, "analytics")
    behind = site.why(clicked.event_id, "analytics")

    assert command(broken) == f"main.py fault clear {number}"
    assert failing.rung is Rung.FAILING
    assert "failed 1 time in analytics (transient)" in failing.sentence
    assert "The next attempt is in 10 min." in failing.sentence
    assert command(failing) == f"main.py parked retry {clicked.link_id} --consumer analytics"
    assert behind.rung is Rung.BEHIND
    assert site.events("abc")[0].event_id in behind.sentence


def test_a_dead_letter_is_told_and_what_it_holds(site: Site, board: FaultBoard, quick: None) -> None:
    created = died(site, board, "analytics")
    clicked = site.click()

    dead = site.why(created.event_id, "analytics")
    held = site.comes_to(Rung.HELD, clicked.event_id, "analytics")

    assert dead.rung is Rung.DEAD
    assert "after 5 attempts; it is a dead letter (poison)" in dead.sentence
    assert command(dead) == f"main.py dead retry analytics {created.partition}/{created.position}"
    assert created.event_id in held.sentence
    assert command(held) == command(dead)
    site.letters.retry(site.letters.preview([only_letter(site)]))
    assert (
        "after it had been a dead letter"
        in site.comes_to(Rung.APPLIED, created.event_id, "analytics").sentence
    )


def test_a_discarded_letter_names_who_and_why(site: Site, board: FaultBoard, quick: None) -> None:
    died(site, board, "billing")

    site.letters.discard(site.letters.preview([only_letter(site)]), why="a trial link", by="bob")

    assert "by bob (a trial link)" in site.comes_to(Rung.DISCARDED, "abc", "billing").sentence


def test_a_replaced_letter_leads_to_the_event_in_its_place(
    site: Site, board: FaultBoard, quick: None
) -> None:
    created = died(site, board, "billing")
    letter = only_letter(site)

    # Published, and not discarded yet: the one who was to do both has died in between.
    site.letters._republisher.publish(letter.event, letter.event.data, audience="billing")
    waiting = site.why(created.event_id, "billing")
    site.letters.discard(site.letters.preview([letter]), why="put right", by="bob")
    site.publish()
    eventually(lambda: "is in its place" in site.why(created.event_id, "billing").sentence)
    replaced = site.why(created.event_id, "billing")

    new = site.events("abc")[-1]
    assert waiting.rung is Rung.REPLACED
    assert command(waiting) is not None
    assert "dead discard billing" in (command(waiting) or "")
    assert command(replaced) == f"main.py why {new.event_id} --consumer billing"


def test_a_receipt_that_retention_has_removed_is_told(site: Site) -> None:
    old, young, long_ago = site.create(), site.click(), time.time() - _LONG_AGO_S
    site.change(
        "links",
        update(outbox).where(outbox.c.event_id == old.event_id).values(time=rfc3339(long_ago)),
    )
    site.change("control", _registered(long_ago - 60))
    hand = site.lead("dashboard")
    hand.apply(old, young)
    site.change(
        "dashboard", update(inbox).where(inbox.c.position == 1).values(applied_at=time.time() - _LONG_AGO_S)
    )
    with hand.database.transaction() as db:
        assert forget_receipts(db, {old.partition: 2}, older_than=time.time() - 60, limit=9) == 1

    assert site.why(old.event_id, "dashboard").rung is Rung.RECEIPT_FORGOTTEN
    assert site.why(young.event_id, "dashboard").rung is Rung.APPLIED


def test_a_consumer_that_was_registered_later_began_behind_what_was_deleted(
    site: Site, board: FaultBoard, quick: None
) -> None:
    created = died(site, board, "analytics")
    site.click()
    assert (
        forget_events(site.installation.links, {created.partition: 1}, older_than=time.time() + 1, limit=9)
        == 1
    )
    site.change("control", _registered(time.time()))

    # Only the dead letter still tells of the event.
    site.start("dashboard")

    site.comes_to(Rung.BEFORE_ITS_TIME, created.event_id, "dashboard")
    assert site.why(created.event_id, "analytics").rung is Rung.DEAD


def test_what_nobody_has_any_more_and_the_consumer_needs_sends_to_the_ledger(
    site: Site, board: FaultBoard, quick: None, client: redis.Redis
) -> None:
    created = died(site, board, "analytics")
    site.lead("dashboard").greet()

    # Only damage does this: retention waits for every consumer. A dead letter still tells of the event.
    assert forget_events(site.installation.links, {created.partition: 1}, older_than=time.time() + 1, limit=9)
    client.xtrim(stream_key(created.partition), maxlen=0, approximate=False)
    answer = site.why(created.event_id, "dashboard")

    assert (answer.rung, command(answer)) == (Rung.DELETED, "main.py ledger")


def test_a_receipt_that_is_missing_sends_to_the_ledger(site: Site) -> None:
    site.create()
    clicked = site.click()
    hand = site.lead("dashboard")
    hand.apply(*site.events("abc"))
    site.change("dashboard", delete(inbox).where(inbox.c.event_id == clicked.event_id))

    answer = site.why(clicked.event_id, "dashboard")

    assert (answer.rung, command(answer)) == (Rung.RECEIPT_MISSING, "main.py ledger")


def test_a_database_that_cant_be_read_is_told(site: Site) -> None:
    site.create()
    (site.data_dir / "billing.db").write_bytes(b"this is no database" * 100)

    answer = site.why("abc", "billing")

    assert answer.rung is Rung.UNREADABLE
    assert "not a database" in answer.sentence


def _registered(at: float) -> object:
    return (
        update(registered_consumers)
        .where(registered_consumers.c.name == "dashboard")
        .values(registered_at=at)
    )
