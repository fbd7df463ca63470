"""What the five real consumers have written is read as they have written it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from consumers import NAMES
from core.broker.server import EmbeddedBroker
from core.consuming.controls import Controls
from core.operating.dead_letters.effects import Effect
from core.operating.links.figures import Clicks
from core.operating.links.roll import LinkQuery, LinkSort
from core.operating.reading_room import ReadingRoom
from core.operating.traces.trace import StepKind
from tests.support.ledger_place import Place, ledger_place


@pytest.fixture
def place(broker: EmbeddedBroker, client: redis.Redis, tmp_path: Path) -> Iterator[Place]:
    with ledger_place(tmp_path, broker.url, client) as made:
        yield made


def test_events_traces_and_links_agree_about_what_was_done(place: Place) -> None:
    Controls(place.installation.control).register(NAMES)
    room = ReadingRoom(place.installation)
    created = place.event("link-1")

    detail = room.events.detail(created.event_id)
    trace = room.traces.follow("link-1")
    roll = room.links.rolls.roll(LinkQuery(sort=LinkSort.CLICKS))
    (row,) = [row for row in room.links.rows(roll.link_ids) if row.link.slug == "link-1"]
    link = room.links.detail("link-1")

    assert {one.effect for one in detail.handlings} == {Effect.APPLIED}
    assert row.creation == detail.handlings == trace.events[0].handlings
    assert row.clicks == Clicks(people=1, bots=1)
    assert len(roll.link_ids) == 8
    assert link.hours is not None
    assert sum(hour.clicks for hour in link.hours) == 1
    assert link.qr_png is not None
    assert link.qr_png.startswith(b"\x89PNG")
    types = [one.row.event.type for one in trace.events]
    assert types == ["LinkCreated.v1", "LinkClicked.v1", "LinkClicked.v1"]
    kinds = {(step.lane, step.kind) for step in trace.events[0].steps}
    assert {(name, StepKind.APPLIED) for name in NAMES} <= kinds
    assert ("qr", StepKind.DRAWN) in kinds
    # Nobody sends webhooks here.
    (waits,) = [step for step in trace.events[0].steps if step.lane == "webhook" and step.is_open]
    assert waits.text == "for the webhook's turn"
    assert trace.ended_at is None
