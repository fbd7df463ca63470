"""Why a consumer has not come to an event, each state made for real: by workers, or step by step by the test's own hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import delete

from core.broker.server import EmbeddedBroker
from core.consuming.faults import FaultKind, Figures
from core.consuming.standstill import Standstill
from core.events.partitioning import stream_key
from core.operating.faults.board import FaultBoard
from core.operating.why.answer import Rung
from core.producing.link_list import LinkList
from core.producing.tables import outbox
from tests.support.asking import Site, site_on
from tests.support.links import PARTITIONS
from tests.support.looping import take_all


@pytest.fixture
def site(tmp_path: Path, broker: EmbeddedBroker) -> Iterator[Site]:
    with site_on(tmp_path, broker.url) as made:
        yield made


def trim(client: redis.Redis) -> None:
    """Remove all entries from all streams."""
    for number in range(PARTITIONS):
        client.xtrim(stream_key(number), maxlen=0, approximate=False)


def test_without_a_worker_one_is_to_be_started(site: Site) -> None:
    site.create()

    never = site.why("abc", "billing")
    worker = site.start("billing")
    site.comes_to(Rung.APPLIED, "abc", "billing")
    worker.stop()
    site.create("later")
    ended = site.why("later", "billing")

    assert never.rung is ended.rung is Rung.NO_WORKER
    assert "It has never run here." in never.sentence
    assert "It has never run here." not in ended.sentence
    assert ended.act is not None
    assert ended.act.command == "main.py worker --only billing"


def test_a_standstill_and_a_pause_tell_their_reasons(site: Site) -> None:
    site.controls.pause("billing", seconds=None, by="ann", why="a look")
    site.controls.pause("dashboard", seconds=3_600, by="bob", why="")
    # Another wish afterwards must not be taken for the pause.
    site.controls.hold("billing", True, by="eve", why="x")
    site.start("billing", "dashboard")
    site.create()

    paused, timed = (site.comes_to(Rung.PAUSED, "abc", name) for name in ("billing", "dashboard"))
    Standstill(site.control, "disk").ask("The disk is nearly full.", seconds=60)
    still = site.why("abc", "billing")

    assert "by ann (a look) and stands still since" in paused.sentence
    assert "until somebody resumes it" in paused.sentence
    assert paused.act is not None
    assert paused.act.command == "main.py resume billing"
    assert "by bob and stands still" in timed.sentence
    assert "(in 1 h)" in timed.sentence or "(in 60 min)" in timed.sentence
    assert still.rung is Rung.STANDSTILL
    assert "The disk is nearly full." in still.sentence


def test_a_consumer_that_hangs_on_purpose_names_the_fault(site: Site) -> None:
    board = FaultBoard(
        site.control, LinkList(site.installation.links, ""), embedded=False, is_owned=lambda: True
    )
    fault = board.set("billing", FaultKind.HANG, Figures(), by="ann")
    site.start("billing")
    site.create()

    answer = site.comes_to(Rung.BROKEN, "abc", "billing")

    assert "billing hangs" in answer.sentence
    assert answer.act is not None
    assert answer.act.arguments == {"fault": str(fault.fault_id)}
    board.clear(by="ann")
    site.comes_to(Rung.APPLIED, "abc", "billing")


def test_a_consumer_that_cant_work_tells_why(site: Site, client: redis.Redis) -> None:
    created = site.create()
    clicked = site.click()
    # The first event is nowhere any more: a consumer must not go on behind it.
    site.lead("dashboard").die()
    site.change("links", delete(outbox).where(outbox.c.event_id == created.event_id))
    client.xtrim(stream_key(created.partition), minid="2-0", approximate=False)
    site.start("dashboard")

    answer = site.comes_to(Rung.OUTAGE, clicked.event_id, "dashboard")

    assert "neither in the broker nor in the outbox" in answer.sentence


def test_too_many_waiting_links_are_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("core.consuming.parking", "core.operating.why.waiting"):
        monkeypatch.setattr(f"{module}.MAX_KEYS", 1)
    monkeypatch.setattr("core.consuming.parking.retry_delay", lambda _failures: 600.0)
    board = FaultBoard(
        site.control, LinkList(site.installation.links, ""), embedded=False, is_owned=lambda: True
    )
    site.create("bad")
    board.set("billing", FaultKind.FAIL_LINK, Figures(link="bad", transient=True), by="ann")
    site.start("billing")
    site.comes_to(Rung.BROKEN, "bad", "billing")
    board.clear(by="ann")

    site.create()

    site.comes_to(Rung.FULL, "abc", "billing")


def test_a_partition_without_a_living_owner_is_told(site: Site) -> None:
    site.create()
    worker = site.start("billing")
    site.comes_to(Rung.APPLIED, "abc", "billing")
    worker.stop()
    later = site.create("later")

    site.beat("billing", "new")
    nobody = site.why("later", "billing")
    database = site.database("billing")
    take_all(database, "frozen")
    database.close()
    silent = site.why("later", "billing")

    assert nobody.rung is Rung.NO_OWNER
    assert silent.rung is Rung.OWNER_SILENT
    assert f"Partition {later.partition} of billing is owned by frozen" in silent.sentence


def test_the_way_of_an_entry_through_the_broker_is_followed(site: Site, client: redis.Redis) -> None:
    created = site.create()
    hand = site.lead("billing")

    unknown = site.why("abc", "billing")
    hand.greet()
    next_one = site.why("abc", "billing")
    hand.take()
    in_flight = site.why("abc", "billing")
    hand.acknowledge(created)
    stranded = site.why("abc", "billing")
    hand.apply(created)
    applied = site.why("abc", "billing")

    assert [answer.rung for answer in (unknown, next_one, in_flight, stranded, applied)] == [
        Rung.NO_GROUP,
        Rung.LAG,
        Rung.IN_FLIGHT,
        Rung.STRANDED,
        Rung.APPLIED,
    ]
    assert "It is the next one." in next_one.sentence
    assert "delivered 1 time to billing" in in_flight.sentence
    assert "in the hands of hand" in in_flight.sentence


def test_an_entry_that_was_trimmed_comes_from_the_outbox(site: Site, client: redis.Redis) -> None:
    site.create()
    site.lead("billing").greet()
    trim(client)

    answer = site.why("abc", "billing")

    assert answer.rung is Rung.TRIMMED
    assert "begins at 2; billing takes it from the outbox" in answer.sentence


def test_what_comes_first_is_counted_and_timed_at_the_present_rate(site: Site) -> None:
    created = site.create()
    for _ in range(4):
        site.producer.click("abc")
    last = site.click()
    hand = site.lead("dashboard")
    hand.greet()

    before = site.why(last.event_id, "dashboard")
    hand.apply(created)
    after = site.why(last.event_id, "dashboard")

    assert before.rung is after.rung is Rung.LAG
    assert "5 events of its partition come first; none was dealt with" in before.sentence
    assert "4 events of its partition come first: about" in after.sentence
    assert "at the present rate of" in after.sentence
