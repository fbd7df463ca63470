"""All of an event is told by those who know: the outbox, the broker, and each consumer's own tables."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from sqlalchemy import insert

from core.broker.server import EmbeddedBroker
from core.broker.stream_look import Copy
from core.errors import InvalidInput, NotFound
from core.events.envelope import Event
from core.events.partitioning import stream_key
from core.events.tracing import trace_id
from core.operating.dead_letters.effects import Effect
from core.operating.events.browser import EventBrowser
from core.operating.events.handlings import Handling
from core.operating.events.pages import EventFilter
from core.operating.installation import Installation
from core.operating.reading_room import ReadingRoom
from core.producing.republish import Republisher
from core.producing.tables import outbox
from core.settings import Settings
from tests.support.events import make_run
from tests.support.links import SHORT_BASE
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


@pytest.fixture
def browser(place: Place) -> EventBrowser:
    return place.desk.reading_room.events


# What consumers have


def handling(browser: EventBrowser, event: Event, consumer: str) -> Handling:
    found = {handling.consumer: handling for handling in browser.detail(event.event_id).handlings}
    assert list(found) == ["analytics", "qr", "billing", "webhook", "dashboard"]
    return found[consumer]


@pytest.mark.parametrize(("outcome", "effect"), [("applied", Effect.APPLIED), ("ignored", Effect.IGNORED)])
def test_a_receipt_says_when_and_by_whom(
    place: Place, browser: EventBrowser, outcome: str, effect: Effect
) -> None:
    event = place.created("one")
    place.stores["qr"].applied(event, outcome=outcome)

    found = handling(browser, event, "qr")

    assert (found.effect, found.at, found.worker, found.trouble) == (effect, 1.0, "w", None)
    assert found.is_settled


def test_an_event_that_no_worker_has_come_to_waits(place: Place, browser: EventBrowser) -> None:
    event = place.created("one")

    assert handling(browser, event, "analytics").effect is Effect.WAITING
    assert handling(browser, event, "qr").effect is Effect.WAITING
    assert not handling(browser, event, "qr").is_settled


def test_a_parked_event_says_what_failed_and_those_behind_it_say_that_it_was_another(
    place: Place, browser: EventBrowser
) -> None:
    first = place.created("one")
    place.desk.edit_link("one", title="Other")
    place.created("two")
    second = next(event for event in place.events() if event.type == "LinkUpdated.v1")
    store = place.stores["billing"]
    store.reached(first.partition, 9)
    store.park(first, attempts=3)
    store.park_behind(second)

    found, behind = handling(browser, first, "billing"), handling(browser, second, "billing")

    assert (found.effect, behind.effect) == (Effect.PARKED, Effect.PARKED)
    assert found.trouble is not None
    assert (found.trouble.error, found.trouble.attempts, found.trouble.is_behind) == (
        "OSError: no disk",
        3,
        False,
    )
    assert found.trouble.next_attempt_at is not None
    assert behind.trouble is not None
    assert behind.trouble.is_behind


@pytest.mark.parametrize(
    ("state", "effect"),
    [
        ("dead", Effect.DEAD),
        ("discarded", Effect.DISCARDED),
        ("applied", Effect.APPLIED),
    ],
)
def test_a_dead_letter_says_what_became_of_it(
    place: Place, browser: EventBrowser, state: str, effect: Effect
) -> None:
    event = place.created("one")
    store = place.stores["billing"]
    store.reached(event.partition, event.position)
    store.bury(event, state=state, decided_by="ann", why="no plan")

    found = handling(browser, event, "billing")

    assert found.effect is effect
    assert found.decision is not None
    assert (found.decision.state, found.decision.by, found.decision.why) == (state, "ann", "no plan")
    assert found.trouble is not None
    assert found.trouble.error == "ValueError: no plan"


def test_what_was_applied_after_it_was_dead_is_told_so(place: Place, browser: EventBrowser) -> None:
    event = place.created("one")
    place.stores["billing"].bury(event, state="applied", retries=1)
    place.stores["billing"].applied(event, outcome="retried")

    found = handling(browser, event, "billing")

    assert (found.effect, found.at, found.was_retried) == (Effect.APPLIED, 1.0, True)


def test_a_receipt_that_was_removed_is_no_wait(place: Place, browser: EventBrowser) -> None:
    event = place.created("one")
    place.stores["qr"].reached(event.partition, event.position)

    assert handling(browser, event, "qr").effect is Effect.DEALT_WITH


def test_a_consumer_that_cannot_be_read_is_unknown_and_hides_no_other(
    place: Place, browser: EventBrowser
) -> None:
    event = place.created("one")
    place.stores["qr"].applied(event)
    (place.desk.settings.data_dir / "dashboard.db").write_bytes(b"no database" * 1_000)

    assert handling(browser, event, "dashboard").effect is Effect.UNKNOWN
    assert handling(browser, event, "qr").effect is Effect.APPLIED


# The event itself


def test_the_detail_has_the_data_its_schema_and_what_was_published_in_its_place(
    place: Place, browser: EventBrowser
) -> None:
    event = place.created("one")
    installation = place.desk._installation
    republisher = Republisher(
        installation.links, installation.outbox, short_base=SHORT_BASE, on_commit=lambda: None
    )
    again = republisher.publish(event, event.data, audience="billing")
    place.stores["qr"].reached(event.partition, event.position)

    detail = browser.detail(f"{event.partition}/{event.position}")

    assert detail.row.event == event
    assert detail.payload == json.loads(event.data_json)
    assert (detail.schema, detail.schema_version) == ("urn:signalbox:schema:LinkCreated.v1", "v1")
    assert detail.trace_id == trace_id(event.traceparent)
    assert detail.is_understood
    assert [row.event.event_id for row in detail.replacements] == [again.event_id]
    replacement = browser.detail(again.event_id)
    assert (replacement.row.event.origin, replacement.row.event.position) == (event.event_id, 0)
    assert {one.effect for one in replacement.handlings} == {Effect.WAITING}


def test_filters_are_written_as_people_write_them(place: Place, browser: EventBrowser) -> None:
    event = place.created("One")

    wanted = browser.filter(types=["linkcreated", "LinkClicked.v1"], link="one", trace="AB" * 16, text="x")

    assert wanted == EventFilter(("LinkCreated.v1", "LinkClicked.v1"), event.link_id, "ab" * 16, "x")
    with pytest.raises(InvalidInput, match="no event type 'Linked'") as refused:
        browser.filter(types=["Linked"])
    assert "LinkCreated.v1" in refused.value.proposals
    with pytest.raises(InvalidInput, match="no trace id"):
        browser.filter(trace="xyz")
    with pytest.raises(NotFound):
        browser.filter(link="no-such-link")


def test_one_jumps_to_an_id_a_place_or_a_time(place: Place, browser: EventBrowser) -> None:
    first, second = place.created("one"), place.created("two")

    assert browser.jump(f" {first.event_id} ") == 1
    assert browser.jump(f"{second.partition}/{second.position}") == 2
    assert browser.jump(second.time) == 2
    assert browser.jump("2020-01-01") == 1
    with pytest.raises(NotFound, match="retention"):
        browser.jump("0/999")
    with pytest.raises(NotFound, match="No event has been committed since"):
        browser.jump("2999-01-01 10:00")
    with pytest.raises(InvalidInput, match="no time such as"):
        browser.jump("yesterday")
    with pytest.raises(NotFound, match="retention"):
        browser.detail("no-such-event")


# The broker's copies


@contextmanager
def installed(data_dir: Path, url: str) -> Iterator[Installation]:
    installation = Installation(Settings(data_dir=data_dir, broker=url, partitions=1))
    yield installation
    installation.close()


def append(installation: Installation, count: int) -> list[Event]:
    """Commit events in the only partition, and publish all but the last."""
    events = make_run(1, count)
    with installation.links.transaction() as db:
        rows = [msgspec.structs.asdict(event) for event in events]
        db.execute(insert(outbox), [{**row, "published_at": 1.0} for row in rows])
    streams = installation.open_streams()
    streams.append({0: events[:-1]})
    streams.close()
    return events


def copies(installation: Installation) -> dict[int, Copy]:
    """Give what the broker has, by position."""
    browser = ReadingRoom(installation).events
    rows = browser.pages.older(EventFilter()).rows
    found = browser.copies(rows)
    return {row.event.position: found[row.row] for row in rows}


def test_the_broker_is_asked_for_each_event(
    broker: EmbeddedBroker, client: redis.Redis, tmp_path: Path
) -> None:
    with installed(tmp_path, broker.url) as installation:
        assert copies(installation) == {}
        events = append(installation, 6)
        key = stream_key(0)
        client.xtrim(key, minid="3-0", approximate=False)
        client.xdel(key, "4-0")

        found = copies(installation)

        assert found == {
            1: Copy.TRIMMED,
            2: Copy.TRIMMED,
            3: Copy.THERE,
            4: Copy.MISSING,
            5: Copy.THERE,
            6: Copy.NOT_YET,
        }
        assert ReadingRoom(installation).events.detail(events[3].event_id).copy is Copy.MISSING


def test_an_entry_of_somebody_else_is_no_copy(
    broker: EmbeddedBroker, client: redis.Redis, tmp_path: Path
) -> None:
    with installed(tmp_path, broker.url) as installation:
        events = append(installation, 3)
        client.xadd(stream_key(0), dict(events[2].to_fields()), id="3-0")  # type: ignore[arg-type]

        assert copies(installation) == {1: Copy.THERE, 2: Copy.THERE, 3: Copy.FOREIGN}


def test_a_broker_that_does_not_answer_leaves_copies_unknown(tmp_path: Path) -> None:
    with installed(tmp_path, f"unix://{tmp_path}/nobody.sock") as installation:
        with pytest.raises(Exception, match=r"nobody\.sock|broker"):
            append(installation, 2)

        assert copies(installation) == {1: Copy.UNKNOWN, 2: Copy.UNKNOWN}


# Exports


def test_an_export_has_all_events_that_fit_one_a_line(
    place: Place, browser: EventBrowser, tmp_path: Path
) -> None:
    one, two = place.created("one"), place.created("two")
    place.desk.click("two")
    told: list[tuple[int, int]] = []
    file = tmp_path / "events.jsonl"

    done = browser.export(
        file,
        browser.filter(types=["LinkCreated"]),
        stop=threading.Event(),
        progress=lambda found, looked_at: told.append((found, looked_at)),
    )

    lines: list[dict[str, Any]] = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == [two.event_id, one.event_id]
    assert lines[1]["data"]["slug"] == "one"
    assert (lines[1]["partition"], lines[1]["position"]) == (one.partition, one.position)
    assert (done.rows, done.is_cancelled, told[-1]) == (2, False, (2, 3))


def test_a_cancelled_export_leaves_no_file(place: Place, browser: EventBrowser, tmp_path: Path) -> None:
    place.created("one")
    stop = threading.Event()

    done = browser.export(tmp_path / "events.jsonl", EventFilter(), stop=stop, progress=lambda *_: stop.set())

    assert done.is_cancelled
    assert list(tmp_path.iterdir()) == []


def test_an_export_replaces_no_file_unasked_and_says_where_it_cannot_write(
    place: Place, browser: EventBrowser, tmp_path: Path
) -> None:
    place.created("one")
    file = tmp_path / "events.jsonl"
    file.write_text("mine")
    stop = threading.Event()

    with pytest.raises(InvalidInput, match="exists already"):
        browser.export(file, EventFilter(), stop=stop)
    assert file.read_text() == "mine"
    with pytest.raises(InvalidInput, match="can't be written"):
        browser.export(tmp_path / "no" / "folder.jsonl", EventFilter(), stop=stop)
    assert browser.export(file, EventFilter(), stop=stop, overwrite=True).rows == 1
    assert json.loads(file.read_text("utf-8"))["type"] == "LinkCreated.v1"
