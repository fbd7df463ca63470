"""The journal page by page: filters, counts, the acts around one, and those on links where their history has them."""

from pathlib import Path

import pytest
from sqlalchemy import update

from core.operating.actor import actor
from core.operating.journal.entries import JournalFilter
from core.producing.tables import link_edits
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


def test_creations_of_links_can_be_left_out_and_are_counted_by_themselves(place: Place) -> None:
    for number in range(3):
        place.desk.create_link("https://example.com/", slug=f"made-{number}")

    page = place.desk.journal.page(2, JournalFilter(creations=False))

    assert [entry.entry_id for entry in page.entries] == [4, 3]
    assert (page.matching, page.total, page.left_out) == (4, 4, 3)
    assert place.desk.journal.page(2, JournalFilter()).left_out == 0


def test_a_page_is_as_long_as_wanted_and_counts_beyond(place: Place) -> None:
    page = place.desk.journal.page(2, JournalFilter())

    assert [entry.entry_id for entry in page.entries] == [4, 3]
    assert page.matching == 4


def test_the_acts_around_one_are_those_on_its_subject(place: Place) -> None:
    entries = {entry.entry_id: entry for entry in place.desk.journal.newest()}

    middle = place.desk.journal.around(entries[3], ("pause", "resume"))
    alone = place.desk.journal.around(entries[2], ("pause", "resume"))

    assert (middle.before, middle.after) == (entries[1], entries[4])
    assert (alone.before, alone.after) == (None, None)


# Acts on links


def acts(place: Place, wanted: JournalFilter = JournalFilter(), count: int = 20) -> list[tuple[str, str]]:  # noqa: B008
    return [(entry.act, entry.subject) for entry in place.desk.journal.page(count, wanted).entries]


def test_acts_on_links_stand_among_the_others_with_who_when_and_why(place: Place) -> None:
    made = place.desk.create_link("https://example.com/", slug="sale", by="ann@desk")
    place.desk.edit_link("sale", title="Sale", why="no title")
    place.desk.pause("qr", by="ben@night")
    place.desk.archive_link("sale")
    place.desk.restore_link("sale", why="too early")

    page = place.desk.journal.page(5, JournalFilter())

    newest = [(entry.act, entry.subject, entry.why, entry.key) for entry in page.entries]
    assert newest == [
        ("restore link", "sale", "too early", (made.link_id, 4)),
        ("archive link", "sale", "", (made.link_id, 3)),
        ("pause", "qr", "", ("", 5)),
        ("edit link", "sale", "no title", (made.link_id, 2)),
        ("create link", "sale", "", (made.link_id, 1)),
    ]
    assert (page.entries[-1].by, page.entries[0].by, page.entries[0].name) == (
        "ann@desk",
        actor(),
        "act 4 on sale",
    )
    assert (page.matching, page.total) == (9, 9)
    assert [entry.at for entry in page.entries] == sorted((e.at for e in page.entries), reverse=True)
    assert page.entries[0].at == place.desk.links.one("sale").updated_at


def test_a_click_is_nobodys_act(place: Place) -> None:
    place.desk.create_link("https://example.com/", slug="sale")
    before = place.desk.journal.state()

    place.desk.click("sale")

    assert place.desk.journal.state() == before
    assert acts(place, JournalFilter(subject="sale")) == [("create link", "sale")]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (JournalFilter(act="edit link"), [("edit link", "two"), ("edit link", "one")]),
        (JournalFilter(act="archive link"), [("archive link", "one")]),
        (JournalFilter(act="restore link"), [("restore link", "one")]),
        # A backup that was put back is called so.
        (JournalFilter(act="restore"), []),
        (JournalFilter(act="pause", subject="billing"), [("pause for 1 min", "billing")]),
        (JournalFilter(subject="two"), [("edit link", "two"), ("create link", "two")]),
        (JournalFilter(by="ann@desk", act="create link"), [("create link", "one")]),
        (JournalFilter(text="LINK", subject="two"), [("edit link", "two"), ("create link", "two")]),
        (JournalFilter(text="wrong"), [("edit link", "two")]),
    ],
)
def test_a_filter_goes_for_acts_on_links_too(
    place: Place, wanted: JournalFilter, found: list[tuple[str, str]]
) -> None:
    place.desk.create_link("https://example.com/", slug="one", by="ann@desk")
    place.desk.create_link("https://example.com/", slug="two", by="ben@night")
    place.desk.edit_link("one", tags=["archived_at"])
    place.desk.archive_link("one")
    place.desk.restore_link("one")
    place.desk.edit_link("two", title='{"archived_at": null}', why="wrong title")

    page = place.desk.journal.page(20, wanted)

    assert acts(place, wanted) == found
    assert (page.matching, page.total) == (len(found), 10)


def test_each_act_changes_the_state_and_a_page_is_cut_over_all_of_them(place: Place) -> None:
    journal, states = place.desk.journal, [place.desk.journal.state()]
    for do in (
        lambda: place.desk.create_link("https://example.com/", slug="sale"),
        lambda: place.desk.archive_link("sale"),
        lambda: place.desk.restore_link("sale"),
        lambda: place.desk.resume("qr", by="ann@desk"),
        lambda: place.desk.edit_link("sale", title="Sale"),
    ):
        do()
        states.append(journal.state())

    assert len(set(states)) == 6
    assert acts(place, count=3) == [("edit link", "sale"), ("resume", "qr"), ("restore link", "sale")]


def test_what_an_older_program_has_written_has_no_reason(place: Place) -> None:
    place.desk.create_link("https://example.com/", slug="sale")
    place.desk.archive_link("sale", why="over")
    with place.desk._installation.links.transaction() as db:
        db.execute(update(link_edits).values(why=None))

    (entry,) = place.desk.journal.page(1, JournalFilter(act="archive link")).entries

    assert entry.why == ""
