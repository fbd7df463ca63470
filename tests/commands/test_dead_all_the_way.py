"""From a link that a consumer can't handle to a decision and a green ledger: real worker, real commands."""

import json
from typing import Any

from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from tests.commands.conftest import Answer
from tests.support.exactly_once import query
from tests.support.waiting import eventually


def fail_links(working_desk: Desk, answer: Answer, consumer: str, *slugs: str) -> dict[str, str]:
    """Create links that a consumer gives up on, and wait until it has; gives their ids by slug."""
    answer("pause", consumer)
    created = {slug: working_desk.create_link("https://example.com/", slug=slug).link_id for slug in slugs}
    for slug in slugs:
        working_desk.faults.set(consumer, FaultKind.FAIL_LINK, Figures(link=slug), by="ann")
    answer("resume", consumer)
    eventually(lambda: len(answer("dead", "list")) == len(slugs))
    return created


def test_dead_letters_are_retried_discarded_and_replaced_and_the_ledger_stays_green(
    working_desk: Desk, answer: Answer
) -> None:
    created = fail_links(working_desk, answer, "billing", "bad", "worse", "worst")
    letters = {letter["slug"]: letter for letter in answer("dead", "list")}
    assert {(one["consumer"], one["attempts"], one["error_class"]) for one in letters.values()} == {
        ("billing", 5, "poison")
    }
    (cause,) = answer("dead", "list", "--by-cause")
    assert (cause["count"], cause["links"], cause["consumers"]) == (3, 3, ["billing"])

    # What fails still, fails again; the operator hears of it.
    (row,) = answer("dead", "retry", "--link", "bad", "--yes", code=1)["rows"]
    assert row["failed"]
    assert row["outcome"].startswith("failed again: ")
    assert answer("dead", "list", "--by-cause")[0]["failed_again"] == 1

    working_desk.faults.clear(by="ann")
    retried = answer("dead", "retry", "--cause", letters["bad"]["cause"], "--link", "bad", "--yes")
    effects = retried["preview"]["rows"][0]["effects"]
    assert effects == dict.fromkeys(("analytics", "qr", "webhook", "dashboard"), "applied")
    assert [(row["event_id"], row["outcome"]) for row in retried["rows"]] == [
        (letters["bad"]["event_id"], "applied")
    ]

    discarded = answer("dead", "discard", letters["worse"]["event_id"], "--why", "a test link", "--yes")
    assert [row["failed"] for row in discarded["rows"]] == [False]

    place = f"{letters['worst']['partition']}/{letters['worst']['position']}"
    (whole,) = answer("dead", "show", "billing", place)
    team = "0" * 8
    data = json.dumps({**whole["data"], "team_id": team})
    (edited,) = answer("dead", "edit", "billing", place, "--data", data, "--yes")["rows"]
    assert not edited["failed"]

    data_dir = working_desk.settings.data_dir
    eventually(lambda: (team, 1) in query(data_dir, "billing", "SELECT team_id, links FROM usage"))
    assert_decided(answer, edited["replaced_by"])
    billed = {row[0] for row in query(data_dir, "billing", "SELECT link_id FROM billed_links")}
    assert billed == {created["bad"], created["worst"]}
    entries = query(data_dir, "dashboard", "SELECT link_id FROM entries")
    assert sorted(entries) == sorted((link_id,) for link_id in created.values())
    assert_ledger_is_green(answer)


def assert_decided(answer: Answer, replacement: str) -> None:
    """Hold that nothing is dead any more, and that what was decided is on record."""
    assert answer("dead", "list") == []
    states = {one["slug"]: one for one in answer("dead", "list", "--state", "all")}
    assert {slug: one["state"] for slug, one in states.items()} == {
        "bad": "applied", "worse": "discarded", "worst": "discarded",
    }  # fmt: skip
    assert (states["worse"]["why"], states["worst"]["replaced_by"]) == ("a test link", replacement)


def assert_ledger_is_green(answer: Answer) -> None:
    """Hold it against everything, once nothing waits."""
    ledger = eventually(lambda: settled(answer))
    assert ledger["ok"], ledger


def test_a_replacement_takes_the_place_of_its_original_before_what_waits_behind_it(
    working_desk: Desk, answer: Answer
) -> None:
    """Without its creation, analytics would count the clicks of a link for nothing."""
    (link_id,) = fail_links(working_desk, answer, "analytics", "held").values()
    working_desk.click("held")
    working_desk.click("held")
    eventually(lambda: [key["events"] for key in answer("parked", "list")] == [2])
    (letter,) = answer("dead", "list")
    (whole,) = answer("dead", "show", letter["event_id"])
    working_desk.faults.clear(by="ann")

    data = json.dumps({**whole["data"], "team_id": "0" * 8})
    answer("dead", "edit", letter["event_id"], "--data", data, "--yes")

    records = "SELECT link_id, team_id, clicks FROM link_records"
    eventually(
        lambda: query(working_desk.settings.data_dir, "analytics", records) == [(link_id, "0" * 8, 2)],
    )
    assert answer("parked", "list") == []
    assert_ledger_is_green(answer)


def settled(answer: Answer) -> Any:
    """Give the ledger once nothing waits."""
    ledger = answer("ledger")
    return ledger if not any(one["waiting"] for one in ledger["consumers"]) else None
