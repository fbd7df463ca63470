"""The ledger over receipts, parked events and dead letters: green when all is well, and red with exact ids when not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import delete, insert, select, text, update

from consumers import NAMES
from core.broker.server import EmbeddedBroker
from core.consuming.tables import dead_letters, inbox, parked, parked_keys
from core.producing.tables import outbox
from tests.support.ledger_place import Place, account_of, ledger_place, others_are_green


@pytest.fixture
def place(tmp_path: Path, broker: EmbeddedBroker, client: redis.Redis) -> Iterator[Place]:
    with ledger_place(tmp_path, broker.url, client) as made:
        yield made


def test_it_is_green_after_an_ordinary_run(place: Place) -> None:
    report = place.check(full=True)

    assert report.ok, report.to_json()
    assert [account.name for account in report.accounts] == list(NAMES)
    assert {(account.committed, account.applied) for account in report.accounts} == {(18, 18)}
    assert (report.streams.entries, report.streams.not_checked) == (18, None)
    assert account_of(report, "qr").remarks == ("8 images read, 8 of them drawn again and compared",)


def test_events_that_are_not_published_or_not_dealt_with_wait(place: Place) -> None:
    place.producer.create_link("https://example.com/", by="ann", slug="late")
    place.publish()
    place.consume("billing")
    place.producer.click("late")

    report = place.check()

    assert report.ok, report.to_json()
    assert {account.name: account.waiting for account in report.accounts} == {
        "analytics": 2,
        "qr": 2,
        "billing": 1,
        "webhook": 2,
        "dashboard": 2,
    }


def test_a_consumer_that_has_never_run_has_all_its_events_waiting(place: Place) -> None:
    for file in place.data_dir.glob("dashboard.db*"):
        file.unlink()

    report = place.check()

    assert report.ok
    assert account_of(report, "dashboard").waiting == 18
    assert not (place.data_dir / "dashboard.db").exists()


def test_a_deleted_receipt_is_missing_and_its_effect_foreign(place: Place) -> None:
    event = place.event("link-3")
    at = (inbox.c.partition == event.partition) & (inbox.c.position == event.position)
    place.change("dashboard", delete(inbox).where(at))

    report = place.check()

    assert not report.ok
    assert others_are_green(report, "dashboard")
    account = account_of(report, "dashboard")
    assert account.missing.names == (event.event_id,)
    assert account.foreign.names == (event.event_id,)
    assert account.applied == account.committed - 1


def test_a_doubled_click_is_named_by_its_event(place: Place) -> None:
    event = place.event("link-5", "LinkClicked.v1")
    for table in ("link_records", "clicks_per_hour"):
        at = {"link": event.link_id}
        place.change(
            "analytics",
            text(f"UPDATE {table} SET clicks = clicks + 1 WHERE link_id = :link").bindparams(**at),
        )

    report = place.check()

    assert others_are_green(report, "analytics")
    assert account_of(report, "analytics").doubled.names == (event.event_id,)


def test_effects_in_the_wrong_order_are_named(place: Place) -> None:
    created, clicked = place.event("link-7"), place.event("link-7", "LinkClicked.v1")
    at = (inbox.c.partition == clicked.partition) & (inbox.c.position == created.position)
    place.change("analytics", update(inbox).where(at).values(commit_number=99))

    report = place.check()

    assert account_of(report, "analytics").out_of_order.names == (clicked.event_id,)
    place.change("analytics", update(inbox).where(at).values(outcome="retried"))
    assert place.check().ok


def test_a_parked_event_and_a_dead_letter_are_where_they_are_and_nowhere_else(place: Place) -> None:
    first, second, third = (place.event(f"link-{number}") for number in range(3))
    _bury(place, first, "dead")
    _bury(place, second, "discarded")
    _park(place, third)

    account = account_of(place.check(), "dashboard")

    assert account.ok, account
    assert (account.applied, account.parked, account.dead, account.discarded) == (15, 1, 2, 1)


def test_a_dead_letter_that_has_a_receipt_too_is_doubled(place: Place) -> None:
    event = place.event("link-1")
    _bury(place, event, "dead", keep_receipt=True)

    report = place.check()

    assert not report.ok
    assert account_of(report, "dashboard").doubled.names == (event.event_id,)


def _keep(event: Any) -> dict[str, Any]:
    names = (
        "partition",
        "position",
        "event_id",
        "type",
        "link_id",
        "time",
        "sequence",
        "traceparent",
        "data_json",
    )
    return {name: getattr(event, name) for name in names}


def _forget(place: Place, event: Any) -> None:
    """Take the receipt and the effect of an event away."""
    at = (inbox.c.partition == event.partition) & (inbox.c.position == event.position)
    entry = text("DELETE FROM entries WHERE event_id = :id").bindparams(id=event.event_id)
    place.change("dashboard", delete(inbox).where(at), entry)


def _bury(place: Place, event: Any, state: str, *, keep_receipt: bool = False) -> None:
    if not keep_receipt:
        _forget(place, event)
    failure = {"error_class": "poison", "error": "no", "traceback": "", "attempts": 5, "worker": "w"}
    times = {"first_failed_at": 0.0, "last_failed_at": 0.0}
    place.change("dashboard", insert(dead_letters).values(**_keep(event), **failure, **times, state=state))


def _park(place: Place, event: Any) -> None:
    _forget(place, event)
    failure = {"error_class": "transient", "error": "no", "traceback": "", "attempts": 1, "strikes": 0}
    times = {"first_failed_at": 0.0, "last_failed_at": 0.0}
    key = {"link_id": event.link_id, "partition": event.partition, **failure, **times}
    place.change(
        "dashboard",
        insert(parked).values(**_keep(event), parked_at=0.0),
        insert(parked_keys).values(**key, next_attempt_at=0.0),
    )


def test_a_parked_event_that_nobody_will_try_is_told(place: Place) -> None:
    event = place.event("link-2")
    _park(place, event)
    place.change("dashboard", delete(parked_keys))

    (finding,) = account_of(place.check(), "dashboard").findings.names

    assert finding == f"Events of link {event.link_id} are parked, but nobody is going to try them."


def test_an_event_in_the_place_of_a_dead_letter_must_have_its_effect(place: Place) -> None:
    dead = place.event("link-1")
    _bury(place, dead, "discarded")
    place.publish_again(dead)
    place.consume()
    assert place.check().ok

    (row,) = place.ask(select(outbox.c.event_id).where(outbox.c.origin == dead.event_id))
    place.change("dashboard", text("DELETE FROM entries WHERE event_id = :id").bindparams(id=row.event_id))

    assert account_of(place.check(), "dashboard").missing.names == (row.event_id,)


def test_who_was_told_once_more_must_have_what_only_the_new_event_can_make_and_may_have_absorbed_the_rest(
    place: Place,
) -> None:
    applied = place.event("link-2")
    for name in ("dashboard", "qr", "webhook"):
        place.publish_again(applied, audience=name)
    place.consume()
    assert place.check().ok

    again = select(outbox.c.event_id, outbox.c.audience).where(outbox.c.origin == applied.event_id)
    told = {row.audience: row.event_id for row in place.ask(again)}
    place.change(
        "dashboard", text("DELETE FROM entries WHERE event_id = :id").bindparams(id=told["dashboard"])
    )
    place.change(
        "webhook", text("DELETE FROM deliveries WHERE event_id = :id").bindparams(id=told["webhook"])
    )

    report = place.check()
    assert account_of(report, "dashboard").missing.names == (told["dashboard"],)
    assert account_of(report, "webhook").missing.names == (told["webhook"],)
    assert account_of(report, "qr").ok


def test_a_dead_letter_of_somebody_elses_entry_is_counted_apart(place: Place) -> None:
    event = place.event("link-1")
    keys = {**_keep(event), "position": -1, "event_id": "entry 9-7 of partition 0"}
    failure = {"error_class": "foreign", "error": "no", "traceback": "", "attempts": 1, "worker": "w"}
    times = {"first_failed_at": 0.0, "last_failed_at": 0.0}
    place.change("qr", insert(dead_letters).values(**keys, **failure, **times, state="dead"))

    account = account_of(place.check(), "qr")

    assert account.ok
    assert (account.dead, account.strangers) == (0, 1)
