"""Partitions are moved between two real workers, and events given up, by real commands; the ledger stays green."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.consuming.faults import FaultKind, Figures
from core.consuming.worker import Worker
from core.operating.desk import Desk
from tests.commands.conftest import Answer
from tests.support.waiting import eventually


@pytest.fixture
def second(working_desk: Desk, answer: Answer) -> Iterator[Worker]:
    """Give another worker, once both have their fair shares of qr."""
    eventually(lambda: None not in owners(answer))
    worker = working_desk.build_worker()
    worker.start()
    eventually(lambda: owners(answer).count(worker.worker_id) == 4)
    yield worker
    assert worker.stop() == []


def owners(answer: Answer) -> list[str | None]:
    """Give the owners of qr's partitions; none at all while it has no tables."""
    return [part["owner"] for part in answer("partitions", "list", "qr")["partitions"]] or [None]


def settled(answer: Answer) -> Any:
    """Give the ledger, which is green at any moment, once nothing waits."""
    ledger = answer("ledger")
    assert ledger["ok"], ledger
    return ledger if not any(one["waiting"] for one in ledger["consumers"]) else None


def test_partitions_are_released_and_taken_over_while_events_flow(
    working_desk: Desk, answer: Answer, second: Worker
) -> None:
    me = second.worker_id
    (other,) = set(answer("partitions", "list", "qr")["workers"]) - {me}
    mine = [number for number, owner in enumerate(owners(answer)) if owner == me]
    for number in range(10):
        working_desk.create_link(f"https://example.com/{number}")

    preview = answer("partitions", "release", "qr", str(mine[0]), "--dry-run")["preview"]
    assert preview[0].startswith(
        f"{me} commits what it has in hand and gives partition {mine[0]} up; {other}"
    )
    released = answer("partitions", "release", "qr", *map(str, mine[:2]), "--why", "a drill")

    assert [(one["outcome"], one["owner"]) for one in released] == [(f"Given up to {other}.", other)] * 2
    for number in range(10):
        working_desk.create_link(f"https://example.com/again/{number}")
    taken = answer("partitions", "take-over", "qr", "--all", "--worker", me, "--why", "a drill")

    assert {one["owner"] for one in taken} == {me}
    assert sorted({one["outcome"] for one in taken})[-1] == f"Taken over from {other}."
    assert not any(one["failed"] for one in taken)
    acts = [entry.act for entry in working_desk.journal.newest(20) if entry.why == "a drill"]
    assert acts.count(f"take over partition {mine[0]} by {me}") == 1
    assert acts.count(f"release partition {mine[0]} from {me}") == 1
    working_desk.create_link("https://example.com/last")
    eventually(lambda: settled(answer))
    # Nothing undoes it, although the shares are not fair.
    assert set(owners(answer)) == {me}
    assert "No worker 'nobody' runs qr now" in answer(
        "partitions", "take-over", "qr", "0", "--worker", "nobody", code=1
    )


def test_what_waits_or_comes_next_is_given_up_with_a_reason_and_counted_as_dead(
    working_desk: Desk, answer: Answer
) -> None:
    eventually(lambda: None not in owners(answer))
    answer("pause", "qr")
    link = working_desk.create_link("https://example.com/", slug="stuck")
    working_desk.faults.set("qr", FaultKind.FAIL_LINK, Figures(link="stuck", transient=True), by="ann")
    answer("resume", "qr")
    eventually(lambda: answer("parked", "list"))

    assert "Say why with --why" in answer("parked", "dead-letter", "stuck", code=2)
    (outcome,) = answer("parked", "dead-letter", "stuck", "--why", "a test link")

    assert outcome == {
        "consumer": "qr",
        "link_id": link.link_id,
        "outcome": "It is a dead letter now; later events of its link are applied.",
        "failed": False,
    }
    (letter,) = answer("dead", "list")
    assert (letter["slug"], letter["error_class"], letter["state"]) == ("stuck", "operator", "dead")
    assert letter["error"].endswith(": a test link")

    answer("pause", "qr")
    links = [working_desk.create_link(f"https://example.com/{number}") for number in range(9)]
    places = eventually(lambda: published(answer, [link.event_id for link in links]))
    assert places is not None
    # Of nine events in eight partitions, one comes behind another.
    second = max(places, key=lambda place: int(place.split("/")[1]))
    assert "--consumer" in answer("parked", "dead-letter", second, "--why", "why not", code=2)
    (outcome,) = answer("parked", "dead-letter", second, "--consumer", "qr", "--why", "a test link")
    assert outcome["outcome"].startswith("It is a dead letter now")
    assert answer("ledger")["ok"]
    (qr,) = [one for one in answer("events", "show", second)["consumers"] if one["consumer"] == "qr"]
    assert qr["effect"] == "dead"
    answer("resume", "qr")

    ledger = eventually(lambda: settled(answer))
    dead = {one["name"]: one["dead"] for one in ledger["consumers"]}
    assert dead == {"analytics": 0, "qr": 2, "billing": 0, "webhook": 0, "dashboard": 0}


def published(answer: Answer, event_ids: list[str]) -> list[str] | None:
    """Give the places of events once all have one."""
    events = [answer("events", "show", event_id) for event_id in event_ids]
    places = [f"{event['partition']}/{event['position']}" for event in events if event["position"]]
    return places if len(places) == len(events) else None
