"""A link and its event are there together, or what was wrong is said and nothing is there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.errors import InvalidInput
from core.events.tracing import trace_id
from core.events.types import LinkCreated
from core.producing import slugs
from core.producing.tables import links, outbox
from tests.support.links import SHORT_BASE, LinkSide, count, rows
from tests.support.threads import at_once

URL = "https://example.com/a"


def refusal(side: LinkSide, **arguments: Any) -> InvalidInput:
    """Give why a link isn't created, and hold that nothing was."""
    before = (count(side, links), count(side, outbox), side.knocks.count)
    with pytest.raises(InvalidInput) as raised:
        side.producer.create_link(**{"url": URL, "by": "ann", **arguments})
    assert (count(side, links), count(side, outbox), side.knocks.count) == before
    return raised.value


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
    assert made.committed_ms > 0


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

    assert at_once(*[want] * 8) == []

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

    assert at_once(*[repeat] * 8) == []

    assert len(made) == 8
    assert len(set(made)) == 1
    assert count(link_side, links) == count(link_side, outbox) == 1


def test_another_key_makes_another_link(link_side: LinkSide) -> None:
    first = link_side.producer.create_link(URL, by="ann", idempotency_key="k1")
    second = link_side.producer.create_link(URL, by="ann", idempotency_key="k2")

    assert first.link_id != second.link_id
