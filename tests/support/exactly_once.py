"""Whether each consumer has each committed event exactly once: counted in the databases, not asked of the program."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

from consumers import NAMES


@contextmanager
def rows(data_dir: Path, name: str) -> Iterator[sqlite3.Connection]:
    """Open a database of the data dir to look into it."""
    connection = sqlite3.connect(data_dir / f"{name}.db", timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def query(data_dir: Path, name: str, sql: str) -> list[tuple[Any, ...]]:
    """Ask one question of one database."""
    with rows(data_dir, name) as db:
        return db.execute(sql).fetchall()


def assert_exactly_once(data_dir: Path, *, endpoints: int = 0) -> int:
    """Hold every consumer's receipts and effects against the outbox; gives the number of events.

    `endpoints` is how many webhook endpoints there were all the time.
    """
    events = query(data_dir, "links", "SELECT partition, position, event_id FROM outbox ORDER BY 1, 2")
    links = {row[0] for row in query(data_dir, "links", "SELECT link_id FROM links")}
    assert all(position for _, position, _ in events), "an event has no position"

    for name in NAMES:
        receipts = query(data_dir, name, "SELECT partition, position, event_id FROM inbox ORDER BY 1, 2")
        assert receipts == events, f"{name} has {len(receipts)} receipts for {len(events)} events"

    assert {row[0] for row in query(data_dir, "analytics", "SELECT link_id FROM link_records")} == links
    assert query(data_dir, "billing", "SELECT coalesce(sum(links), 0) FROM usage") == [(len(links),)]
    entries = query(data_dir, "dashboard", "SELECT event_id FROM entries")
    assert sorted(entries) == sorted((event_id,) for _, _, event_id in events)
    if endpoints:
        (count,) = query(data_dir, "webhook", "SELECT count(*) FROM deliveries")
        assert count == (len(events) * endpoints,)
    assert_qr_codes_decode(data_dir)
    return len(events)


def assert_qr_codes_decode(data_dir: Path) -> None:
    """Read each QR image back and hold it against its link's short URL."""
    slugs = dict(query(data_dir, "links", "SELECT link_id, slug FROM links"))
    codes = dict(query(data_dir, "qr", "SELECT link_id, object_name FROM codes"))
    assert codes.keys() == slugs.keys()
    for link_id, name in codes.items():
        with Image.open(data_dir / "objects" / str(name)) as image:
            big = image.convert("L").resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)
        (found,) = zxingcpp.read_barcodes(big)
        assert found.text.endswith(f"/{slugs[link_id]}")
