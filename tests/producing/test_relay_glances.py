"""A relay that is always busy still asks whether the broker has what it had; and what was published stays published."""

from collections.abc import Iterator

import pytest
import redis

from core.broker.streams import Streams
from core.events.partitioning import partition_of, stream_key
from core.operating.links.journeys import Journeys
from core.producing import relay as relay_module
from core.producing.relay import Relay
from tests.support.links import PARTITIONS, LinkSide
from tests.support.relaying import is_everything_published, make_links, publish_all
from tests.support.streams_view import entries_in
from tests.support.waiting import PATIENCE_S, eventually


@pytest.fixture
def glancing(link_side: LinkSide, streams: Streams, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """Give a running relay that looks around more often than usual."""
    monkeypatch.setattr(relay_module, "GLANCE_S", 0.2)
    relay = Relay(link_side.outbox, streams)
    relay.start()
    yield relay
    relay.stop()
    relay.join(PATIENCE_S)
    assert not relay.is_alive()


def test_a_stream_that_is_lost_comes_back_while_the_others_stay_busy(
    link_side: LinkSide, glancing: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 20)
    busy = link_side.producer.create_link("https://example.com/", by="ann")
    glancing.wake()
    eventually(lambda: link_side.outbox.unpublished()[0] == 0)
    lost, before = next(
        (number, entries)
        for number in range(PARTITIONS)
        if number != partition_of(busy.link_id, PARTITIONS) and (entries := entries_in(client, number))
    )
    client.delete(stream_key(lost))

    def is_back_though_the_relay_never_rests() -> bool:
        link_side.producer.click(busy.slug)
        glancing.wake()
        return len(entries_in(client, lost)) == len(before)

    eventually(is_back_though_the_relay_never_rests)
    assert entries_in(client, lost) == before
    eventually(lambda: is_everything_published(link_side, client))
    assert glancing.regressions == 1


def test_a_journey_keeps_the_time_of_its_publication_when_everything_is_published_again(
    link_side: LinkSide, streams: Streams, client: redis.Redis
) -> None:
    relay = Relay(link_side.outbox, streams)
    make_links(link_side, 10)
    publish_all(relay)
    before = _published(link_side)
    assert None not in before.values()
    client.flushall()

    again = Relay(link_side.outbox, streams)
    publish_all(again)

    assert is_everything_published(link_side, client)
    assert again.regressions > 0
    assert _published(link_side) == before


def _published(side: LinkSide) -> dict[str, float | None]:
    """Give the journeys' times of publication, by event."""
    journeys = Journeys(side.outbox, {}).look(changed=True, team_names={})
    return {journey.event_id: journey.published_ms for journey in journeys}
