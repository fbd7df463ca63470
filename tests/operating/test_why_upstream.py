"""Why an event has not come to the broker, each reason made for real; and what may be asked about."""

import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis
from sqlalchemy import event, text

from core.broker.server import EmbeddedBroker
from core.consuming.faults import FaultKind, Figures
from core.errors import NotFound
from core.events.partitioning import stream_key
from core.events.tracing import trace_id
from core.operating.desk import Desk
from core.operating.why.answer import Rung
from core.operating.why.finding import AT_MOST, Kind
from core.producing.retention import forget
from core.settings import Settings
from tests.support.asking import PROGRAM, Site, site_on
from tests.support.links import PARTITIONS, give_positions
from tests.support.waiting import eventually


@pytest.fixture
def site(tmp_path: Path, broker: EmbeddedBroker) -> Iterator[Site]:
    with site_on(tmp_path, broker.url) as made:
        yield made


# What may be asked about


def test_a_link_an_event_and_a_trace_lead_to_the_same_event(site: Site) -> None:
    created = site.create()
    asked = (
        "ABC",
        f"{site.installation.settings.short_base}/abc",
        created.link_id,
        created.event_id,
        trace_id(created.traceparent),
        created.traceparent,
    )

    found = [site.inquiry.ask(name, "qr") for name in asked]

    assert [one.kind for one in found] == [Kind.LINK] * 3 + [Kind.EVENT] + [Kind.TRACE] * 2
    for one in found:
        assert [explained.event.event_id for explained in one.events] == [created.event_id]
        assert (one.slug, one.link_id, one.left_out, one.answer) == ("abc", created.link_id, 0, None)


def test_all_registered_consumers_are_answered_for_in_their_order(site: Site) -> None:
    site.create()

    (one,) = site.inquiry.ask("abc").events

    assert list(one.answers) == ["analytics", "qr", "billing", "webhook", "dashboard"]
    with pytest.raises(NotFound, match="There are: analytics, qr"):
        site.inquiry.ask("abc", "nobody")


def test_of_a_link_with_many_events_the_first_and_the_newest_are_looked_at(site: Site) -> None:
    created = site.create()
    for _ in range(12):
        site.producer.click("abc")
    newest = site.click()

    found = site.inquiry.ask("abc", "qr")

    assert len(found.events) == AT_MOST
    assert (found.events[0].event.event_id, found.events[-1].event.event_id) == (
        created.event_id,
        newest.event_id,
    )
    assert found.left_out == 14 - AT_MOST


def test_what_was_never_committed_is_said_to_be_so(site: Site) -> None:
    site.create()

    for name in ("nothing", "ab" * 16, str(uuid.uuid4())):
        found = site.inquiry.ask(name)

        assert (found.kind, found.events) == (Kind.NOTHING, ())
        assert found.answer is not None
        assert found.answer.rung is Rung.NEVER_COMMITTED


def test_what_retention_has_deleted_is_said_to_be_so(site: Site) -> None:
    created = site.create()
    assert forget(site.installation.links, {created.partition: 9}, older_than=time.time() + 1, limit=9) == 1
    old_id = str(uuid.UUID(int=(int((time.time() - 9 * 86_400) * 1000) << 80) | 0x7 << 76 | 0x8 << 60))

    for name in ("abc", old_id):
        answer = site.inquiry.ask(name).answer

        assert answer is not None
        assert answer.rung is Rung.DELETED
        assert "7 days" in answer.sentence


def test_the_outbox_and_the_receipts_are_never_read_from_end_to_end(site: Site) -> None:
    created = site.create()
    hand = site.lead("dashboard")
    hand.apply(created)
    asked: list[tuple[str, object]] = []
    engine = site.installation.links._engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))

    for name in ("abc", created.event_id):
        site.inquiry.ask(name)

    plans = []
    with engine.connect() as db:
        for statement, values in asked:
            if statement.startswith("SELECT"):
                rows = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
                plans += [str(row[3]) for row in rows]
    assert any("outbox" in plan for plan in plans)
    assert [plan for plan in plans if plan.startswith(("SCAN outbox", "SCAN links"))] == []


# From the commit to the stream


def test_a_committed_event_waits_for_its_position_and_for_the_relay(site: Site) -> None:
    site.create(published=False)

    assert site.why("abc", "qr").rung is Rung.NOT_RELAYED
    give_positions(site.installation.outbox)
    assert site.why("abc", "qr").rung is Rung.NOT_PUBLISHED
    site.publish()
    assert site.why("abc", "qr").rung is Rung.NO_WORKER


def test_the_relays_own_reason_is_told(site: Site, client: redis.Redis) -> None:
    client.config_set("maxmemory-policy", "allkeys-lru")
    site.create(published=False)
    site.start_relay()
    eventually(lambda: site.relay.error is not None)

    answer = site.why("abc", "qr")

    assert answer.rung is Rung.RELAY_FAILS
    assert "evicts entries" in answer.sentence


def test_a_broker_that_is_ahead_of_the_database_needs_its_streams_rebuilt(
    short_dir: Path, broker: EmbeddedBroker
) -> None:
    older = short_dir / "older.db"
    with site_on(short_dir, broker.url) as site:
        site.create(published=False)
        with closing(sqlite3.connect(short_dir / "links.db")) as now, closing(sqlite3.connect(older)) as copy:
            now.backup(copy)
        site.publish()
    for file in short_dir.glob("links.db*"):
        file.unlink()
    older.rename(short_dir / "links.db")
    with site_on(short_dir, broker.url) as site:
        site.start_relay()
        eventually(lambda: site.relay.error is not None)

        answer = site.why("abc", "qr")

        assert answer.rung is Rung.BROKER_AHEAD
        assert answer.act is not None
        assert answer.act.command == "main.py streams rebuild"


def test_what_the_broker_has_lost_is_told(site: Site, client: redis.Redis) -> None:
    created = site.create()
    client.delete(stream_key(created.partition))

    assert site.why("abc", "qr").rung is Rung.LOST_BY_BROKER
    site.publish()
    assert site.why("abc", "qr").rung is Rung.NO_WORKER


def test_a_broker_that_is_away_is_told_and_so_is_that_nothing_runs(tmp_path: Path) -> None:
    with site_on(tmp_path, f"unix://{tmp_path}/nobody") as site:
        site.create(published=False)

        assert site.why("abc", "qr").rung is Rung.BROKER_DOWN
        site.is_run = False
        assert site.why("abc", "qr").rung is Rung.NOTHING_RUNS


def test_a_broker_that_was_broken_on_purpose_names_the_fault(short_dir: Path) -> None:
    desk = Desk.open(Settings.load(data_dir=short_dir), program=PROGRAM, run_worker=False)
    try:
        fault = desk.faults.set("broker", FaultKind.STOP, Figures(), by="ann")
        eventually(lambda: desk.faults.outcome(fault.fault_id) is not None)
        desk.create_link("https://example.com/", slug="abc")

        answer = desk.why.ask("abc", "qr").events[0].answers["qr"]

        assert answer.rung is Rung.BROKER_BROKEN
        assert answer.act is not None
        assert answer.act.command == f"main.py fault clear {fault.fault_id}"
    finally:
        desk.close(10)
    # Nobody runs it any more, and the lock says so.
    attached = Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM)
    assert attached.why.ask("abc", "qr").events[0].answers["qr"].rung is Rung.NOTHING_RUNS
    attached.close()


def test_asking_changes_nothing(site: Site, client: redis.Redis) -> None:
    site.create()
    site.lead("billing").greet()
    site.start("qr")
    site.comes_to(Rung.APPLIED, "abc", "qr")
    site.change("control", text("DELETE FROM heartbeats"))
    site.close()

    with site_on(site.data_dir, site.installation.settings.broker or "") as again:
        before = _everything(again, client)
        again.inquiry.ask("abc")
        assert _everything(again, client) == before


def _everything(site: Site, client: redis.Redis) -> dict[str, object]:
    """Read all rows of all databases, the names of all files, and what the broker says of its streams and groups."""
    found: dict[str, object] = {}
    for file in site.data_dir.glob("*.db"):
        with closing(sqlite3.connect(file)) as db:
            found[file.name] = list(db.iterdump())
    found["files"] = sorted(
        str(file) for file in site.data_dir.rglob("*") if not file.name.endswith(("-wal", "-shm"))
    )
    for number in range(PARTITIONS):
        key = stream_key(number)
        if client.exists(key):
            found[key] = (client.xinfo_stream(key), client.xinfo_groups(key))
    return found
