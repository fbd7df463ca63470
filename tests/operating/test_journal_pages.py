"""The journal page by page: filters, counts, and the acts around one."""

from pathlib import Path

import pytest

from core.operating.journal import JournalFilter
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path):  # type: ignore[no-untyped-def]
    with operated(short_dir) as made:
        desk = made.desk
        desk.pause("qr", by="ann@desk", why="100% sure")
        desk.pause("billing", seconds=60, by="ben@night")
        desk.resume("qr", by="ben@night")
        desk.pause("qr", by="ann@desk")
        yield made


@pytest.mark.parametrize(
    ("wanted", "acts"),
    [
        (JournalFilter(), [4, 3, 2, 1]),
        (JournalFilter(by="ann@desk"), [4, 1]),
        (JournalFilter(act="pause"), [4, 2, 1]),
        (JournalFilter(subject="qr", act="pause"), [4, 1]),
        (JournalFilter(text="NIGHT"), [3, 2]),
        (JournalFilter(text="100%"), [1]),
        (JournalFilter(text="_"), []),
    ],
)
def test_a_filter_gives_what_it_says_and_counts_all(
    place: Place, wanted: JournalFilter, acts: list[int]
) -> None:
    page = place.desk.journal.page(10, wanted)

    assert [entry.entry_id for entry in page.entries] == acts
    assert (page.matching, page.total) == (len(acts), 4)


def test_a_page_is_as_long_as_wanted_and_counts_beyond(place: Place) -> None:
    page = place.desk.journal.page(2, JournalFilter())

    assert [entry.entry_id for entry in page.entries] == [4, 3]
    assert page.matching == 4
    assert place.desk.journal.newest_id() == 4


def test_the_acts_around_one_are_those_on_its_subject(place: Place) -> None:
    entries = {entry.entry_id: entry for entry in place.desk.journal.newest()}

    middle = place.desk.journal.around(entries[3], ("pause", "resume"))
    alone = place.desk.journal.around(entries[2], ("pause", "resume"))

    assert (middle.before, middle.after) == (entries[1], entries[4])
    assert (alone.before, alone.after) == (None, None)
