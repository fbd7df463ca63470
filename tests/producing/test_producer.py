"""Each change of a link commits with its event or not at all; what can't be accepted changes nothing."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from core.errors import InvalidInput, NotFound, StoreUnavailable
from core.events.envelope import Event
from core.events.tracing import trace_id
from core.events.types import LinkArchived, LinkClicked, LinkCreated, LinkUpdated
from core.producing import slugs
from core.producing.tables import link_edits, links, outbox
from tests.support.links import SHORT_BASE, LinkSide

URL = "https://example.com/a"


def rows(side: LinkSide, table: Any) -> list[dict[str, Any]]:
    with side.database.reading() as db:
        return [dict(row._mapping) for row in db.execute(select(table))]


def count(side: LinkSide, table: Any) -> int:
    with side.database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def at_once(*calls: Callable[[], object]) -> None:
    """Run all calls, each in a thread of its own."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def event_of(side: LinkSide, event_id: str | None) -> Event:
    """Give an event as it was committed, once it has a position."""
    side.outbox.advance({}, limit=1_000)
    (row,) = [row for row in rows(side, outbox) if row["event_id"] == event_id]
    (event,) = side.outbox.read(row["partition"], after=row["position"] - 1, limit=1)
    return event


def refusal(side: LinkSide, **arguments: Any) -> InvalidInput:
    """Give why a link isn't created, and hold that nothing was."""
    before = (count(side, links), count(side, outbox), side.knocks.count)
    with pytest.raises(InvalidInput) as raised:
        side.producer.create_link(**{"url": URL, "by": "ann", **arguments})
    assert (count(side, links), count(side, outbox), side.knocks.count) == before
    return raised.value


# Creating


def test_a_link_and_its_event_are_there_together(link_side: LinkSide) -> None:
    made = link_side.producer.create_link(URL, by="ann", title="Title", tags=["b", "a"])

    (link,), (row,) = rows(link_side, links), rows(link_side, outbox)
    assert (made.short_url, made.target_url) == (f"{SHORT_BASE}/{made.slug}", URL)
    assert (link["link_id"], link["slug"], link["sequence"]) == (made.link_id, made.slug, 1)
    assert (row["event_id"], row["link_id"], row["sequence"]) == (made.event_id, made.link_id, 1)
    assert trace_id(row["traceparent"]) == made.trace_id
    assert row["position"] is None
    event = link_side.outbox.first_of_link(made.link_id)
    assert event is not None
    assert event.data == LinkCreated(
        link_id=made.link_id,
        team_id=link_side.teams.find(None).team_id,
        slug=made.slug,
        short_url=made.short_url,
        target_url=URL,
        title="Title",
        tags=("b", "a"),
        created_by="ann",
    )
    assert event.committed_at == pytest.approx(link["created_at"], abs=1e-5)
    assert link_side.knocks.count == 1
    assert 0 < made.committed_ms < 5_000


def test_the_same_address_again_is_a_new_link(link_side: LinkSide) -> None:
    first, second = (link_side.producer.create_link(URL, by="ann") for _ in range(2))

    assert first.link_id != second.link_id
    assert first.slug != second.slug
    assert first.trace_id != second.trace_id


def test_what_was_entered_and_what_browsers_see_are_both_kept(link_side: LinkSide) -> None:
    made = link_side.producer.create_link(" HTTPS://EXÄMPLE.com ", by="ann")

    link = link_side.list.one(made.slug)
    assert (link.entered_url, link.target_url) == ("HTTPS://EXÄMPLE.com", "https://xn--exmple-cua.com/")
    assert "xn--exmple-cua.com" in (made.warning or "")


@pytest.mark.parametrize(
    ("arguments", "field", "code"),
    [
        ({"url": " "}, "url", "url_missing"),
        ({"url": "example.com"}, "url", "url_scheme"),
        ({"url": f"{SHORT_BASE}/abc"}, "url", "url_loop"),
        ({"slug": "sa/le"}, "slug", "slug_characters"),
        ({"slug": "API"}, "slug", "slug_reserved"),
        ({"title": "x" * 501}, "title", "title_too_long"),
        ({"tags": ["x" * 65]}, "tags", "tag_too_long"),
        ({"team": "nobody"}, "team", "team_unknown"),
        ({"expires": datetime.now(UTC) - timedelta(days=1)}, "expires", "expiry_past"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_not_be_accepted_changes_nothing(
    link_side: LinkSide, arguments: dict[str, Any], field: str, code: str
) -> None:
    error = refusal(link_side, **arguments)

    assert (error.field, error.code) == (field, code)


def test_a_link_belongs_to_the_named_team(link_side: LinkSide) -> None:
    team = link_side.teams.add("Sales")

    made = link_side.producer.create_link(URL, by="ann", team="sales")

    assert link_side.list.one(made.slug).team == "Sales"
    assert rows(link_side, links)[0]["team_id"] == team.team_id


# Slugs


def test_a_chosen_slug_keeps_its_case_and_is_found_without(link_side: LinkSide) -> None:
    made = link_side.producer.create_link(URL, by="ann", slug=" Spring_Sale ")

    assert made.slug == "Spring_Sale"
    assert link_side.list.one("spring_sale").link_id == made.link_id


@pytest.mark.parametrize("slug", ["sale", "SALE", "Sale"])
def test_a_slug_that_differs_only_by_case_is_taken(link_side: LinkSide, slug: str) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")

    error = refusal(link_side, slug=slug)

    assert (error.field, error.code) == ("slug", "slug_taken")
    assert slug in str(error)


@pytest.mark.parametrize("wanted", ["sale", "api"], ids=["taken", "reserved"])
def test_three_proposals_are_given_that_are_free(link_side: LinkSide, wanted: str) -> None:
    for slug in ("sale", "sale-2", "api-2"):
        link_side.producer.create_link(URL, by="ann", slug=slug)

    proposals = refusal(link_side, slug=wanted).proposals

    assert len(proposals) == 3
    for proposal in proposals:
        assert link_side.producer.create_link(URL, by="ann", slug=proposal).slug == proposal


def test_the_slug_of_an_archived_link_stays_taken(link_side: LinkSide) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")
    link_side.producer.archive_link("sale", by="ann")

    assert refusal(link_side, slug="sale").code == "slug_taken"


def test_generated_slugs_that_collide_become_longer(
    link_side: LinkSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slugs, "ALPHABET", "a")  # Whatever is drawn, each length has one slug only.

    made = [link_side.producer.create_link(URL, by="ann").slug for _ in range(3)]

    assert made == ["a" * 7, "a" * 8, "a" * 9]
    assert count(link_side, outbox) == 3


def test_collisions_without_end_are_reported(link_side: LinkSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slugs, "ALPHABET", "a")
    for _ in range(10):
        link_side.producer.create_link(URL, by="ann")

    assert refusal(link_side).code == "slug_collisions"


def test_one_of_many_who_want_the_same_slug_at_once_gets_it(link_side: LinkSide) -> None:
    outcomes: list[str] = []

    def want() -> None:
        try:
            outcomes.append(link_side.producer.create_link(URL, by="ann", slug="sale").slug)
        except InvalidInput as error:
            outcomes.append(error.code)

    at_once(*[want] * 8)

    assert sorted(outcomes) == ["sale", *["slug_taken"] * 7]
    assert count(link_side, outbox) == 1


# Repeated calls


@pytest.mark.parametrize("slug", [None, "sale", "idempotency_key"])
def test_a_repeated_call_gives_the_first_link_again(link_side: LinkSide, slug: str | None) -> None:
    first = link_side.producer.create_link(URL, by="ann", slug=slug, idempotency_key="k1")
    again = link_side.producer.create_link(URL, by="ann", slug=slug, idempotency_key="k1")

    for name in ("link_id", "slug", "short_url", "target_url", "event_id", "trace_id"):
        assert getattr(again, name) == getattr(first, name), name
    assert (count(link_side, links), count(link_side, outbox), link_side.knocks.count) == (1, 1, 1)


def test_calls_repeated_at_the_same_time_make_one_link(link_side: LinkSide) -> None:
    made: list[str] = []

    def repeat() -> None:
        made.append(link_side.producer.create_link(URL, by="ann", idempotency_key="k").link_id)

    at_once(*[repeat] * 8)

    assert len(made) == 8
    assert len(set(made)) == 1
    assert count(link_side, links) == count(link_side, outbox) == 1


def test_another_key_makes_another_link(link_side: LinkSide) -> None:
    first = link_side.producer.create_link(URL, by="ann", idempotency_key="k1")
    second = link_side.producer.create_link(URL, by="ann", idempotency_key="k2")

    assert first.link_id != second.link_id


# Editing


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

    at_once(*[edit] * 4)
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


@pytest.mark.parametrize(
    "name", ["unknown", "", "0199b2c0-0000-7000-8000-000000000001", "x" * 5_000, "' OR 1=1 --"]
)
def test_what_is_not_there_can_not_be_changed(link_side: LinkSide, name: str) -> None:
    link_side.producer.create_link(URL, by="ann")

    for change in (
        lambda: link_side.producer.edit_link(name, by="ann", title="x"),
        lambda: link_side.producer.archive_link(name, by="ann"),
        lambda: link_side.producer.click(name),
        lambda: link_side.list.one(name),
    ):
        with pytest.raises(NotFound):
            change()


# All or nothing


@pytest.mark.parametrize(
    "change",
    [
        lambda producer: producer.create_link(URL, by="ann"),
        lambda producer: producer.edit_link("sale", by="ann", title="New", url="https://example.org"),
        lambda producer: producer.archive_link("sale", by="ann"),
        lambda producer: producer.click("sale"),
    ],
    ids=["create", "edit", "archive", "click"],
)
def test_a_change_whose_event_can_not_be_written_does_not_happen(link_side: LinkSide, change: Any) -> None:
    link_side.producer.create_link(URL, by="ann", slug="sale")
    before = [rows(link_side, table) for table in (links, link_edits, outbox)]
    with link_side.database.transaction() as db:
        db.execute(text("ALTER TABLE outbox RENAME TO elsewhere"))

    with pytest.raises(StoreUnavailable):
        change(link_side.producer)

    with link_side.database.transaction() as db:
        db.execute(text("ALTER TABLE elsewhere RENAME TO outbox"))
    assert [rows(link_side, table) for table in (links, link_edits, outbox)] == before
    assert link_side.knocks.count == 1
    assert change(link_side.producer).event_id
