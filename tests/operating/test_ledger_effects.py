"""The ledger over the effects of each consumer: what is damaged is told by link or event."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from core.broker.server import EmbeddedBroker
from tests.support.exactly_once import query
from tests.support.ledger_place import Place, account_of, ledger_place, others_are_green

_DELIVERY = text(
    "INSERT INTO deliveries (event_id, endpoint_id, url, link_id, traceparent, body, state, attempts, next_attempt_at, "
    "claimed_until, created_at) SELECT :id, endpoint_id, url, link_id, traceparent, body, 'waiting', 0, 0, 0, 0 "
    "FROM deliveries WHERE endpoint_id = :endpoint LIMIT 1"
)


@pytest.fixture
def place(tmp_path: Path, broker: EmbeddedBroker, client: redis.Redis) -> Iterator[Place]:
    with ledger_place(tmp_path, broker.url, client) as made:
        yield made


def test_a_click_that_is_in_no_hour_is_told(place: Place) -> None:
    event = place.event("link-5")
    place.change(
        "analytics", text("DELETE FROM clicks_per_hour WHERE link_id = :link").bindparams(link=event.link_id)
    )

    (finding,) = account_of(place.check(), "analytics").findings.names

    assert finding == f"Link {event.link_id} has 1 clicks, but 0 in its hours."


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda file, _other: file.unlink(), "is missing"),
        (lambda file, _other: file.write_bytes(b"no image"), "its size or hash differ"),
    ],
)
def test_a_damaged_qr_image_is_told_by_its_link(
    place: Place, damage: Callable[[Path, Path], object], told: str
) -> None:
    link_id = place.event("link-2").link_id
    (file,) = place.data_dir.glob(f"objects/qr/*/{link_id}-*.png")
    damage(file, file)

    report = place.check()

    assert others_are_green(report, "qr")
    (finding,) = account_of(report, "qr").findings.names
    assert link_id in finding
    assert told in finding


def test_a_qr_image_of_another_link_is_told(place: Place) -> None:
    one, other = place.event("link-2").link_id, place.event("link-3").link_id
    swap = "UPDATE codes SET (object_name, size_bytes, sha256) = "
    swap += "(SELECT object_name, size_bytes, sha256 FROM codes WHERE link_id = :other) WHERE link_id = :one"
    place.change("qr", text(swap).bindparams(one=one, other=other))

    (finding,) = account_of(place.check(), "qr").findings.names

    assert one in finding
    assert finding.endswith("does not show http://signalbox.localhost:8787/link-2.")


def test_a_link_that_was_archived_and_restored_is_green_and_billed_once(place: Place) -> None:
    place.producer.archive_link("link-3", by="ann")
    place.producer.restore_link("link-3", by="ann")
    place.publish()
    place.consume()

    report = place.check()

    assert others_are_green(report, "nobody")
    assert {account.applied for account in report.accounts} == {20}
    assert query(place.data_dir, "billing", "SELECT sum(links) FROM usage") == [(8,)]


def test_a_changed_billing_count_is_told_with_team_and_month(place: Place) -> None:
    place.change("billing", text("UPDATE usage SET links = links + 1"))

    report = place.check()

    assert others_are_green(report, "billing")
    (finding,) = account_of(report, "billing").findings.names
    team = place.installation.teams.find(None).team_id
    assert f"Team {team} is charged 9 links" in finding


def test_a_link_billed_to_another_month_than_its_own_is_told(place: Place) -> None:
    link_id = place.event("link-4").link_id
    place.change(
        "billing",
        text("UPDATE billed_links SET month = '1999-12' WHERE link_id = :link").bindparams(link=link_id),
        text("UPDATE usage SET links = links - 1"),
        text("INSERT INTO usage SELECT team_id, '1999-12', 1 FROM usage"),
    )

    (finding,) = account_of(place.check(), "billing").findings.names

    assert finding.startswith(f"Link {link_id} is billed to team")


def test_a_delivery_in_an_impossible_state_is_told(place: Place) -> None:
    event = place.event("link-6")
    place.change(
        "webhook",
        text(
            "UPDATE deliveries SET state = 'delivered', next_attempt_at = NULL, attempts = 1 WHERE event_id = :id"
        ).bindparams(id=event.event_id),
    )

    report = place.check()

    assert others_are_green(report, "webhook")
    findings = account_of(report, "webhook").findings
    assert findings.count == 2
    assert all(event.event_id in finding for finding in findings.names)


def test_a_missing_delivery_is_named_until_its_endpoint_is_removed(place: Place) -> None:
    event = place.event("link-6")
    place.change("webhook", text("DELETE FROM deliveries WHERE event_id = :id").bindparams(id=event.event_id))
    assert account_of(place.check(), "webhook").missing.names == (event.event_id,)

    (endpoint,) = place.installation.endpoints.all()
    place.installation.endpoints.remove(endpoint.endpoint_id, by="ann")

    assert place.check().ok


def test_an_endpoint_registered_later_is_no_alarm(place: Place) -> None:
    place.installation.endpoints.add(
        "http://127.0.0.1:9/other",
        description="",
        by="ann",
        positions=place.installation.outbox.last_given,
    )

    assert place.check().ok


def test_what_was_committed_while_an_endpoint_was_off_is_owed_to_nobody_there_and_said(place: Place) -> None:
    (endpoint,) = place.installation.endpoints.all()
    switches, committed = place.installation.endpoints, place.installation.outbox.last_committed
    switches.disable(endpoint.endpoint_id, by="ann", why="moving", positions=committed)
    for slug in ("while-off", "handled-later"):
        place.producer.create_link("https://example.com/", by="ann", slug=slug)
    place.publish()
    place.consume()
    off = place.check()
    switches.enable(endpoint.endpoint_id, by="ann", positions=committed)
    place.producer.create_link("https://example.com/", by="ann", slug="on-again")
    place.publish()
    place.consume()
    on = place.check()
    event = place.event("while-off")
    place.change("webhook", _DELIVERY.bindparams(id=event.event_id, endpoint=endpoint.endpoint_id))

    for report in (off, on):
        assert report.ok
        assert f"{endpoint.url} is owed nothing of 2 events, committed while it was off." in (
            account_of(report, "webhook").remarks
        )
    wrong = account_of(place.check(), "webhook")
    assert wrong.findings.names == (
        f"The effect '{event.event_id} {endpoint.endpoint_id}' is there 1 times instead of 0.",
    )
