"""Many links at once: the rows that `create_link` would have written, in bulk, so that a measurement can begin."""

import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert

from core.events.ids import new_id
from core.events.partitioning import partition_of
from core.events.times import rfc3339
from core.events.tracing import new_traceparent
from core.events.types import LinkCreated
from core.producing.event_data import encode
from core.producing.slugs import ALPHABET
from core.producing.tables import links, outbox
from core.storage.database import Database
from tests.bench.offering import target_url

SHORT_BASE = "http://signalbox.localhost:8787"
_ROWS_AT_ONCE = 2_000


def seed_links(database: Database, team_id: str, count: int, *, partitions: int) -> None:
    """Commit `count` new links with their events; the relay finds them like any others."""
    for start in range(0, count, _ROWS_AT_ONCE):
        pairs = list(_rows(team_id, range(start, min(count, start + _ROWS_AT_ONCE)), partitions))
        with database.transaction() as db:
            db.execute(insert(links), [link for link, _ in pairs])
            db.execute(insert(outbox), [event for _, event in pairs])


def _rows(team_id: str, numbers: range, partitions: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for number in numbers:
        yield link_and_event(team_id, number, partitions)


def link_and_event(team_id: str, number: int, partitions: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make the two rows of one creation, as `create_link` writes them."""
    link_id, url, now = new_id(), target_url(number), time.time()
    link = {
        "link_id": link_id,
        "slug": (slug := _slug(link_id)),
        "slug_key": slug,
        "team_id": team_id,
        "entered_url": url,
        "target_url": url,
        "title": "",
        "tags": "[]",
        "sequence": 1,
        "created_at": now,
        "created_by": "bench",
        "updated_at": now,
        "expires_at": None,
        "idempotency_key": None,
    }
    data = LinkCreated(
        link_id=link_id,
        team_id=team_id,
        slug=slug,
        short_url=f"{SHORT_BASE}/{slug}",
        target_url=url,
        title="",
        tags=(),
        created_by="bench",
    )
    event = {
        "event_id": new_id(),
        "type": LinkCreated.type_name,
        "link_id": link_id,
        "sequence": 1,
        "time": rfc3339(now),
        "traceparent": new_traceparent(),
        "data_json": encode(data),
        "partition": partition_of(link_id, partitions),
    }
    return link, event


def _slug(link_id: str) -> str:
    """Make a slug of eight characters, so never one of those that `create_link` makes, from the id's random end."""
    number = int(link_id[-12:], 16)
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(8))
