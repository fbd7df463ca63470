"""Each edit, archiving and click commits with its event or not at all, in the order of its link."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.errors import InvalidInput, NotFound, StoreUnavailable
from core.events.types import LinkArchived, LinkClicked, LinkRestored, LinkUpdated
from core.producing.tables import link_edits, links, outbox
from tests.support.links import SHORT_BASE, LinkSide, count, event_of, rows
from tests.support.threads import at_once

URL = "https://example.com/a"


def test_an_edit_changes_what_was_named_and_keeps_what_was_there(link_side: LinkSide) -> None:
    made = link_side.producer.create_link(URL, by="ann", title="Old", tags=["a"])

    change = link_side.producer.edit_link(made.slug, by="bob", url="https://example.org", title="New")

    link = link_side.list.one(made.link_id)
    assert (link.target_url, link.title, link.tags) == ("https://example.org/", "New", ("a",))
    assert link.updated_at >= link.created_at
    (edit,) = rows(link_side, link_edits)
    assert (edit["link_id"], edit["sequence"], edit["by"]) == (made.link_id, 2, "bob")
    assert json.loads(edit["before"]) == {"target_url": URL, "entered_url": URL, "title": "Old"}
    event = event_of(link_side, change.event_id)
    assert (event.type, event.sequence) == ("LinkUpdated.v1", 2)
    data = event.data
    assert isinstance(data, LinkUpdated)
    assert (data.target_url, data.title, data.tags) == ("https://example.org/", "New", ("a",))
    assert data.changed == ("target_url", "title")


@pytest.mark.parametrize(
    "same", [{}, {"title": "Old"}, {"url": "HTTPS://example.com:443/a"}, {"tags": ["a", "a"]}]
)
def test_an_edit_that_changes_nothing_makes_no_event(link_side: LinkSide, same: dict[str, Any]) -> None:
    made = link_side.producer.create_link(URL, by="ann", title="Old", tags=["a"])

    change = link_side.producer.edit_link(made.slug, by="bob", **same)

    assert (change.event_id, change.trace_id) == (None, None)
    assert (count(link_side, outbox), count(link_side, link_edits), link_side.knocks.count) == (1, 0, 1)


@pytest.mark.parametrize(
    "wrong", [{"url": "ftp://x"}, {"url": SHORT_BASE}, {"title": "x" * 501}, {"tags": ["x" * 65]}]
)
def test_an_edit_is_held_to_the_rules_of_creation(link_side: LinkSide, wrong: dict[str, Any]) -> None:
    made = link_side.producer.create_link(URL, by="ann")
    before = link_side.list.one(made.slug)

    with pytest.raises(InvalidInput):
        link_side.producer.edit_link(made.slug, by="bob", **wrong)

    assert link_side.list.one(made.slug) == before
    assert count(link_side, outbox) == 1


def test_the_events_of_a_link_count_from_one_without_gaps_whoever_edits(link_side: LinkSide) -> None:
    made = link_side.producer.create_link(URL, by="ann")

    def edit() -> None:
        for number in range(10):
            title = f"{number} by {threading.get_ident()}"
            link_side.producer.edit_link(made.slug, by="ann", title=title)

    assert at_once(*[edit] * 4) == []
    link_side.producer.archive_link(made.slug, by="ann")

    sequences = [row["sequence"] for row in sorted(rows(link_side, outbox), key=lambda row: row["id"])]
    assert sequences == list(range(1, 43))
    assert rows(link_side, links)[0]["sequence"] == 42


# Archiving


def test_an_archived_link_says_so_and_its_event_follows(link_side: LinkSide) -> None:
    made = link_side.producer.create_link(URL, by="ann", slug="sale")

    change = link_side.producer.archive_link("SALE", by="ann")

    assert link_side.list.one("sale").archived_at is not None
    event = event_of(link_side, change.event_id)
    assert (event.type, event.sequence) == ("LinkArchived.v1", 2)
    assert event.data == LinkArchived(
        link_id=made.link_id, team_id=link_side.teams.find(None).team_id, slug="sale"
    )


def test_archiving_twice_makes_one_event(link_side: LinkSide) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")
    link_side.producer.archive_link("sale", by="ann")
    archived = link_side.list.one("sale")

    assert link_side.producer.archive_link("sale", by="bob").event_id is None

    assert link_side.list.one("sale") == archived
    assert count(link_side, outbox) == 2


# Restoring


def test_a_restored_link_redirects_again_under_its_own_slug(link_side: LinkSide) -> None:
    made = link_side.producer.create_link(URL, by="ann", slug="Sale")
    link_side.producer.archive_link("sale", by="ann")

    change = link_side.producer.restore_link("sale", by="bob", why="too early")

    link = link_side.list.one(made.link_id)
    assert (link.slug, link.target_url, link.archived_at) == ("Sale", URL, None)
    event = event_of(link_side, change.event_id)
    assert (event.type, event.sequence) == ("LinkRestored.v1", 3)
    assert event.data == LinkRestored(
        link_id=made.link_id, team_id=link_side.teams.find(None).team_id, slug="Sale"
    )
    assert link_side.producer.click("sale").event_id


def test_the_history_tells_who_archived_and_restored_when_and_why(link_side: LinkSide) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")
    link_side.producer.archive_link("sale", by="ann", why="over")
    archived_at = link_side.list.one("sale").archived_at
    link_side.producer.restore_link("sale", by="bob")

    history = sorted(rows(link_side, link_edits), key=lambda row: row["sequence"])

    assert [(row["sequence"], row["by"], row["why"]) for row in history] == [
        (2, "ann", "over"),
        (3, "bob", ""),
    ]
    assert [json.loads(row["before"]) for row in history] == [
        {"archived_at": None},
        {"archived_at": archived_at},
    ]
    assert history[1]["at"] == link_side.list.one("sale").updated_at


@pytest.mark.parametrize("is_back", [False, True])
def test_only_an_archived_link_is_restored_and_the_refusal_says_so(
    link_side: LinkSide, is_back: bool
) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")
    if is_back:
        link_side.producer.archive_link("sale", by="ann")
        link_side.producer.restore_link("sale", by="ann")
    before = [rows(link_side, table) for table in (links, link_edits, outbox)]

    with pytest.raises(
        InvalidInput, match="The link sale is not archived: there is nothing to restore"
    ) as told:
        link_side.producer.restore_link("sale", by="bob")

    assert (told.value.field, told.value.code) == ("link", "not_archived")
    assert [rows(link_side, table) for table in (links, link_edits, outbox)] == before


def test_of_several_who_restore_at_once_one_does(link_side: LinkSide) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")
    link_side.producer.archive_link("sale", by="ann")

    refused = at_once(*[lambda: link_side.producer.restore_link("sale", by="ann")] * 4)

    assert [type(error) for error in refused] == [InvalidInput] * 3
    assert [row["type"] for row in rows(link_side, outbox)].count("LinkRestored.v1") == 1


# Clicking

CANARIES = ("203.0.113.77", "s3ss10n", "ann@example.com", "rv:140.0", "X11")
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 203.0.113.77"
REFERRER = "https://news.example.com/ann@example.com?session=s3ss10n&ip=203.0.113.77"


def test_a_click_keeps_what_can_be_counted_and_nothing_of_the_person(link_side: LinkSide) -> None:
    made = link_side.producer.create_link(URL, by="ann", slug="sale")

    click = link_side.producer.click("Sale", referrer=REFERRER, user_agent=USER_AGENT)

    assert event_of(link_side, click.event_id).data == LinkClicked(
        link_id=made.link_id,
        team_id=link_side.teams.find(None).team_id,
        slug="sale",
        referrer="https://news.example.com",
        agent="Firefox",
        bot=False,
    )
    written = repr([rows(link_side, table) for table in (links, link_edits, outbox)])
    assert not [canary for canary in CANARIES if canary in written]


def test_a_click_takes_no_number_of_its_link(link_side: LinkSide) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")

    link_side.producer.click("sale")
    link_side.producer.edit_link("sale", by="ann", title="New")

    assert [row["sequence"] for row in rows(link_side, outbox)] == [1, None, 2]


def test_a_click_of_a_machine_is_marked(link_side: LinkSide) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")

    click = link_side.producer.click("sale", user_agent="Googlebot/2.1")

    data = event_of(link_side, click.event_id).data
    assert isinstance(data, LinkClicked)
    assert data.bot


def test_links_that_do_not_redirect_are_not_clicked(link_side: LinkSide) -> None:
    link_side.producer.create_link(URL, by="ann", slug="archived")
    link_side.producer.archive_link("archived", by="ann")
    link_side.producer.create_link(
        URL, by="ann", slug="expired", expires=datetime.now(UTC) + timedelta(hours=1)
    )
    with link_side.database.transaction() as db:
        db.execute(text("UPDATE links SET expires_at = 1 WHERE slug = 'expired'"))
    before = count(link_side, outbox)

    for slug in ("archived", "expired", "unknown"):
        with pytest.raises(NotFound, match=slug):
            link_side.producer.click(slug)

    assert count(link_side, outbox) == before


def test_a_link_that_expires_later_is_clicked(link_side: LinkSide) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale", expires=datetime.now(UTC) + timedelta(hours=1))

    assert link_side.producer.click("sale").event_id


def test_each_change_knocks_once_at_the_relays_door(link_side: LinkSide) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")
    assert link_side.knocks.count == 1

    link_side.producer.click("sale")
    assert link_side.knocks.count == 2
    link_side.producer.edit_link("sale", by="ann", title="New")
    assert link_side.knocks.count == 3
    link_side.producer.archive_link("sale", by="ann")
    assert link_side.knocks.count == 4
    link_side.producer.restore_link("sale", by="ann")
    assert link_side.knocks.count == 5


@pytest.mark.parametrize(
    "name", ["unknown", "", "0199b2c0-0000-7000-8000-000000000001", "x" * 5_000, "' OR 1=1 --"]
)
def test_what_is_not_there_can_not_be_changed(link_side: LinkSide, name: str) -> None:
    link_side.producer.create_link(URL, by="ann")

    for change in (
        lambda: link_side.producer.edit_link(name, by="ann", title="x"),
        lambda: link_side.producer.archive_link(name, by="ann"),
        lambda: link_side.producer.restore_link(name, by="ann"),
        lambda: link_side.producer.click(name),
        lambda: link_side.list.one(name),
    ):
        with pytest.raises(NotFound):
            change()


@pytest.mark.parametrize(
    "change",
    [
        lambda producer: producer.create_link(URL, by="ann"),
        lambda producer: producer.edit_link("sale", by="ann", title="New", url="https://example.org"),
        lambda producer: producer.archive_link("sale", by="ann"),
        lambda producer: producer.restore_link("away", by="ann"),
        lambda producer: producer.click("sale"),
    ],
    ids=["create", "edit", "archive", "restore", "click"],
)
def test_a_change_whose_event_can_not_be_written_does_not_happen(link_side: LinkSide, change: Any) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")
    link_side.producer.create_link(URL, by="ann", slug="away")
    link_side.producer.archive_link("away", by="ann")
    before = [rows(link_side, table) for table in (links, link_edits, outbox)]
    with link_side.database.transaction() as db:
        db.execute(text("ALTER TABLE outbox RENAME TO elsewhere"))

    with pytest.raises(StoreUnavailable):
        change(link_side.producer)

    with link_side.database.transaction() as db:
        db.execute(text("ALTER TABLE elsewhere RENAME TO outbox"))
    assert [rows(link_side, table) for table in (links, link_edits, outbox)] == before
    assert link_side.knocks.count == 3
    assert change(link_side.producer).event_id
