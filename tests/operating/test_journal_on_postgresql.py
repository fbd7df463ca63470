"""The journal on PostgreSQL: the same acts, merged and filtered the same."""

import time
from pathlib import Path

import pytest
from sqlalchemy import update

from core.consuming.control_tables import journal
from core.errors import InvalidInput
from core.operating.installation import Installation
from core.operating.journal.entries import JournalFilter
from core.operating.journal.intents import NOT_DONE, UNKNOWN, Intent, Intents
from core.operating.journal.journal import Journal
from core.producing.producer import Producer
from core.settings import Settings


def test_acts_on_links_are_told_from_postgresql_too(tmp_path: Path, postgresql_url: str) -> None:
    installation = Installation(Settings(data_dir=tmp_path, database=postgresql_url))
    producer = Producer(
        installation.links,
        installation.outbox,
        installation.teams,
        short_base="http://short.test",
        on_commit=lambda: None,
    )
    acts = Journal(installation.control, installation.links)
    states = {acts.state()}
    producer.create_link("https://example.com/", by="ann", slug="sale")
    for act in (producer.archive_link, producer.restore_link):
        states.add(acts.state())
        act("sale", by="ben", why="100% sure")
    producer.edit_link("sale", by="ann", title="Sale")
    states.add(acts.state())

    everything = acts.page(3, JournalFilter())
    sure = acts.page(10, JournalFilter(text="100% SURE"))
    archived = acts.page(10, JournalFilter(act="archive link", by="ben"))

    assert [entry.act for entry in everything.entries] == ["edit link", "restore link", "archive link"]
    assert (everything.matching, everything.total) == (4, 4)
    assert [entry.name for entry in sure.entries] == ["act 3 on sale", "act 2 on sale"]
    assert [entry.why for entry in archived.entries] == ["100% sure"]
    assert len(states) == 4
    installation.close()


def test_on_postgresql_too_an_act_is_done_or_told_as_not_done_and_never_both(
    tmp_path: Path, postgresql_url: str
) -> None:
    installation = Installation(Settings(data_dir=tmp_path, database=postgresql_url))
    intents = Intents(installation.control, installation.links)

    def read() -> str:
        (entry,) = Journal(installation.control, installation.links).newest(1)
        return entry.act

    with intents.noted([Intent("edit 1/1", "qr", "e1")], by="ann", why="") as standing:
        with installation.control.transaction() as db:
            db.execute(update(journal).values(at=time.time() - 60))
        with installation.links.transaction() as db:
            standing(db)
            intents.settle()
            assert read() == f"edit 1/1{UNKNOWN}"
        intents.settle()
        assert read() == f"edit 1/1{NOT_DONE}"
        with installation.links.transaction() as db, pytest.raises(InvalidInput, match="do it again"):
            standing(db)

    assert read() == f"edit 1/1{NOT_DONE}"
    installation.close()
