"""The ledger over outbox, retention, streams and time: what may be so, and what may not."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import delete, func, select, text, update

from core.broker.server import EmbeddedBroker
from core.consuming.contract import Consumer
from core.consuming.tables import inbox, watermarks
from core.errors import StoreUnavailable
from core.events.partitioning import partition_of, stream_key
from core.events.times import rfc3339
from core.operating.ledger.ledger import Ledger
from core.operating.ledger.report import NAMED_AT_MOST, Naming
from core.producing.tables import outbox, partitions
from tests.support.ledger_place import Place, account_of, ledger_place
from tests.support.links import PARTITIONS
from tests.support.waiting import eventually


@pytest.fixture
def place(tmp_path: Path, broker: EmbeddedBroker, client: redis.Redis) -> Iterator[Place]:
    with ledger_place(tmp_path, broker.url, client) as made:
        yield made


def test_a_receipt_of_another_event_is_foreign_and_the_true_one_missing(place: Place) -> None:
    event = place.event("link-3")
    at = (inbox.c.partition == event.partition) & (inbox.c.position == event.position)
    place.change("qr", update(inbox).where(at).values(event_id="stolen"))

    account = account_of(place.check(), "qr")

    assert "stolen" in account.foreign.names
    assert account.missing.names == (event.event_id,)


def test_a_watermark_ahead_of_what_was_given_is_red(place: Place) -> None:
    number = place.fullest
    (given,) = place.ask(select(partitions.c.given).where(partitions.c.partition == number))
    at = watermarks.c.partition == number
    place.change("qr", update(watermarks).where(at).values(position=given.given + 5))

    account = account_of(place.check(), "qr")

    assert account.findings.names == (
        f"The watermark of partition {number} is {given.given + 5}, but only {given.given} were given.",
    )


def test_what_retention_has_deleted_from_the_outbox_is_not_missed(place: Place) -> None:
    number = place.fullest
    gone = (outbox.c.partition == number) & (outbox.c.position <= 3)
    place.change("links", delete(outbox).where(gone))

    report = place.check()

    assert report.ok, report.to_json()
    assert {account.committed for account in report.accounts} == {15}
    assert {account.older_receipts for account in report.accounts} == {3}


def test_retention_that_went_past_a_consumer_is_red(place: Place) -> None:
    number = place.fullest
    place.change("qr", update(watermarks).where(watermarks.c.partition == number).values(position=1))
    place.change("qr", delete(inbox).where(inbox.c.partition == number, inbox.c.position > 1))
    place.change("links", delete(outbox).where(outbox.c.partition == number, outbox.c.position <= 3))

    findings = account_of(place.check(), "qr").findings.names

    assert (
        f"The outbox no longer has positions 2 to 3 of partition {number}, which were never dealt with."
        in findings
    )


def test_a_hole_in_the_outbox_is_red(place: Place) -> None:
    number = place.fullest
    place.change("links", delete(outbox).where(outbox.c.partition == number, outbox.c.position == 2))

    assert place.check().outbox.names == (f"Positions 2 to 2 of partition {number} are in no event.",)


def test_an_event_in_the_partition_of_others_is_red(place: Place) -> None:
    event = place.event("link-0")
    other = (event.partition + 1) % PARTITIONS
    (given,) = place.ask(select(partitions.c.given).where(partitions.c.partition == other))
    place.change(
        "links",
        update(outbox)
        .where(outbox.c.event_id == event.event_id)
        .values(partition=other, position=given.given + 1),
        update(partitions).where(partitions.c.partition == other).values(given=given.given + 1),
    )

    findings = place.check().outbox.names

    assert (
        f"Event {event.event_id} of link {event.link_id} lies in partition {other} "
        f"instead of {partition_of(event.link_id, PARTITIONS)}." in findings
    )


def test_streams_may_be_behind_or_trimmed_but_neither_ahead_nor_torn(
    place: Place, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operating.ledger.streams._LAST_CHANCE_S", 0.0)
    number = place.fullest
    client.xtrim(stream_key(number), minid="2-0", approximate=False)
    client.delete(stream_key((number + 1) % PARTITIONS))
    assert place.check().ok

    client.xdel(stream_key(number), "3-0")
    torn = place.check().streams.findings.names
    client.xadd(stream_key(number), {"by": "somebody else"})
    ahead = place.check().streams.findings.names

    assert torn == (f"Entry 4-0 of partition {number} is not the next position after the one before it.",)
    assert any(f"The stream of partition {number} ends at" in finding for finding in ahead)


def test_a_stream_that_the_relay_puts_right_meanwhile_is_no_alarm(place: Place, client: redis.Redis) -> None:
    number = place.fullest
    client.xadd(stream_key(number), {"by": "somebody else"})
    mending = threading.Timer(0.5, client.delete, [stream_key(number)])
    mending.start()

    report = place.check()

    mending.join()
    assert report.ok, report.to_json()


def test_an_entry_between_two_positions_is_named_as_somebody_elses(place: Place, client: redis.Redis) -> None:
    number = place.fullest
    last = client.xinfo_stream(stream_key(number))["last-generated-id"].decode().removesuffix("-0")
    client.xadd(stream_key(number), {"by": "somebody else"}, id=f"{last}-7")

    report = place.check()

    assert report.ok, report.to_json()
    assert report.streams.strangers.names == (f"{number}/{last}-7",)


def test_receipts_that_were_deleted_for_their_age_are_not_missed(place: Place) -> None:
    number = place.fullest
    first = (inbox.c.partition == number) & (inbox.c.position <= 2)
    place.change("analytics", delete(inbox).where(first))
    lost = {
        row.event_id
        for row in place.ask(select(outbox).where(outbox.c.partition == number))
        if row.position <= 2
    }
    assert set(account_of(place.check(), "analytics").missing.names) == lost

    old = rfc3339(time.time() - 8 * 86_400)
    place.change("links", update(outbox).where(outbox.c.partition == number).values(time=old))
    with_old_times = account_of(place.check(), "analytics")

    assert not with_old_times.missing.count
    assert with_old_times.applied == with_old_times.committed


def test_without_a_broker_the_streams_are_not_checked_and_nothing_is_red(
    place: Place, broker: EmbeddedBroker
) -> None:
    broker.stop()

    report = place.check()

    assert report.ok
    assert "does not answer" in (report.streams.not_checked or "")
    assert report.to_json()["streams"]["entries"] == 0


def test_events_committed_after_the_cut_off_are_not_counted(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = place.consumers["analytics"].audit()

    def go_on(_self: object) -> Any:
        place.producer.create_link("https://example.com/", by="ann", slug="after")
        return begun

    monkeypatch.setattr(type(place.consumers["analytics"]), "audit", go_on)
    report = place.check()

    assert report.ok, report.to_json()
    assert {account.committed for account in report.accounts} == {18}
    assert eventually(lambda: place.ask(select(func.count()).select_from(outbox))) == [(19,)]


def test_what_happens_between_the_pictures_is_no_alarm(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer's picture may have events that were committed and applied after the cut-off."""
    ledger = Ledger(place.installation, list(place.consumers.values()))
    open_books = ledger._open_books

    def go_on(consumer: Consumer, pictures: Any) -> Any:
        place.producer.create_link("https://example.com/", by="ann", slug=f"while-{consumer.name}")
        place.publish()
        place.consume()
        return open_books(consumer, pictures)

    monkeypatch.setattr(ledger, "_open_books", go_on)
    report = ledger.check()

    assert report.ok, report.to_json()
    assert {(account.committed, account.waiting) for account in report.accounts} == {(18, 0)}


def test_only_the_first_thousand_ids_are_named_but_all_are_counted() -> None:
    naming = Naming()

    for number in range(NAMED_AT_MOST + 5):
        naming.add(str(number))

    assert (len(naming.named().names), naming.named().count) == (NAMED_AT_MOST, NAMED_AT_MOST + 5)


def test_it_is_the_same_on_postgresql(
    postgresql_url: str, short_dir: Path, broker: EmbeddedBroker, client: redis.Redis
) -> None:
    with ledger_place(short_dir, broker.url, client, database_url=postgresql_url) as place:
        assert place.check().ok

        event = place.event("link-3")
        at = (inbox.c.partition == event.partition) & (inbox.c.position == event.position)
        place.change("billing", delete(inbox).where(at))
        place.change("webhook", text("DELETE FROM deliveries"))
        report = place.check()

        assert account_of(report, "billing").missing.names == (event.event_id,)
        assert account_of(report, "webhook").missing.count == 9
        assert all(account_of(report, name).ok for name in ("analytics", "qr", "dashboard"))


def test_a_database_of_an_older_program_is_refused_and_left_as_it_is(place: Place) -> None:
    old = text("ALTER TABLE watermarks DROP COLUMN absorbed")
    place.change("qr", old)

    with pytest.raises(StoreUnavailable, match=r"qr.db was made by an older Signalbox"):
        place.check()
    with pytest.raises(StoreUnavailable):
        place.check()
