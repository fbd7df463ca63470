"""The journal on PostgreSQL: the same acts, merged and filtered the same."""

from pathlib import Path

from core.operating.installation import Installation
from core.operating.journal.entries import JournalFilter
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
    journal = Journal(installation.control, installation.links)
    states = {journal.state()}
    producer.create_link("https://example.com/", by="ann", slug="sale")
    for act in (producer.archive_link, producer.restore_link):
        states.add(journal.state())
        act("sale", by="ben", why="100% sure")
    producer.edit_link("sale", by="ann", title="Sale")
    states.add(journal.state())

    everything = journal.page(3, JournalFilter())
    sure = journal.page(10, JournalFilter(text="100% SURE"))
    archived = journal.page(10, JournalFilter(act="archive link", by="ben"))

    assert [entry.act for entry in everything.entries] == ["edit link", "restore link", "archive link"]
    assert (everything.matching, everything.total) == (4, 4)
    assert [entry.name for entry in sure.entries] == ["act 3 on sale", "act 2 on sale"]
    assert [entry.why for entry in archived.entries] == ["100% sure"]
    assert len(states) == 4
    installation.close()
