"""A bill must be right for ever: each link once, in the month in which it was made, whatever happens to it later."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.events.types import LinkArchived, LinkRestored
from tests.consumers.conftest import Applied
from tests.support.events import created, make_event


def usage(billing: Applied) -> dict[tuple[str, str], int]:
    return {(row["team_id"], row["month"]): row["links"] for row in billing.rows["usage"]}


def at(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]


def test_links_are_counted_per_team(apply_to: Callable[[str], Applied]) -> None:
    billing = apply_to("billing")

    billing.give(*(make_event(created(f"a{n}", team_id="a"), 1 + n) for n in range(3)))
    billing.give(make_event(created("b1", team_id="b"), 4), make_event(created("a9", team_id="a"), 5))

    assert usage(billing) == {("a", "2026-11"): 4, ("b", "2026-11"): 1}


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ((2026, 10, 31, 23, 59, 59), "2026-10"),
        ((2026, 11, 1, 0, 0, 0), "2026-11"),
        ((2027, 1, 1, 0, 0, 0), "2027-01"),
    ],
)
def test_the_month_is_that_of_the_event_in_utc_however_late_it_comes(
    apply_to: Callable[[str], Applied], moment: tuple[int, ...], month: str
) -> None:
    billing = apply_to("billing")

    billing.give(make_event(created("a", team_id="t"), 1, at=at(*moment)))

    assert usage(billing) == {("t", month): 1}


def test_the_same_link_is_never_counted_twice(apply_to: Callable[[str], Applied]) -> None:
    billing = apply_to("billing")

    # Under other event ids, in one batch and in two: an import repeated, or a database restored.
    billing.give(make_event(created("a"), 1), make_event(created("a"), 2), make_event(created("b"), 3))
    billing.give(make_event(created("a"), 4, at=at(2026, 12, 24)), make_event(created("c"), 5))

    assert usage(billing) == {("team-1", "2026-11"): 3}
    assert [(row["link_id"], row["month"]) for row in billing.rows["billed_links"]] == [
        ("a", "2026-11"),
        ("b", "2026-11"),
        ("c", "2026-11"),
    ]


def test_a_link_that_was_archived_and_restored_was_created_once(apply_to: Callable[[str], Applied]) -> None:
    billing = apply_to("billing")

    billing.give(
        make_event(created("a"), 1),
        make_event(LinkArchived(link_id="a", team_id="team-1", slug="s-a"), 2, sequence=2),
        make_event(LinkRestored(link_id="a", team_id="team-1", slug="s-a"), 3, sequence=3),
    )

    assert usage(billing) == {("team-1", "2026-11"): 1}


def test_a_batch_of_more_than_a_thousand_is_counted(apply_to: Callable[[str], Applied]) -> None:
    billing = apply_to("billing")
    events = [make_event(created(f"link-{number}"), 1 + number) for number in range(1_200)]
    again = [make_event(created(f"link-{number}"), 1_201 + number) for number in range(1_200)]

    billing.give(*events)
    billing.give(*again)

    assert usage(billing) == {("team-1", "2026-11"): 1_200}
