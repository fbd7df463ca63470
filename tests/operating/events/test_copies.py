"""What the broker has of an event is asked of the broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import redis
from sqlalchemy import insert

from core.broker.server import EmbeddedBroker
from core.broker.stream_look import Copy
from core.events.envelope import Event
from core.events.partitioning import stream_key
from core.operating.events.pages import EventFilter
from core.operating.installation import Installation
from core.operating.reading_room import ReadingRoom
from core.producing.tables import outbox
from core.settings import Settings
from tests.support.events import make_run


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
