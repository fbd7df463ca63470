"""Archiving and restoring in words: what is asked before many, what came of them, and what an undo is about."""

import pytest

from core.producing.link_list import Link
from gui.links.page import LinksPage
from gui.links.switches import ARCHIVE, MOST, RESTORE, Switch, done_of, outcome, plan
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.parts.act_dialog import Result


def link(slug: str, *, archived: bool = False) -> Link:
    return Link(
        f"id of {slug}",
        slug,
        f"http://short.test/{slug}",
        "https://example.com/",
        "https://example.com/",
        "",
        (),
        "Marketing",
        1.0,
        "ann",
        1.0,
        None,
        2.0 if archived else None,
    )


def test_each_way_takes_the_links_that_are_not_there_yet_and_leads_back() -> None:
    live, archived = link("a"), link("b", archived=True)

    assert [(way.takes(live), way.takes(archived)) for way in (ARCHIVE, RESTORE)] == [
        (True, False),
        (False, True),
    ]
    assert (ARCHIVE.back, RESTORE.back) == (RESTORE, ARCHIVE)


def test_a_plan_restates_count_scope_and_filter_and_asks_for_no_word() -> None:
    told = plan(ARCHIVE, [link(f"s-{number}") for number in range(7)], "tag demo")

    assert told.title == "Archive 7 links?"
    assert told.scope == ("Selected: s-0, s-1, s-2, s-3, s-4 and 2 more.", "Filter: tag demo.")
    assert told.word == ""


@pytest.mark.parametrize(
    ("switch", "results", "words"),
    [
        (ARCHIVE, [("a", True, "archived")], "a archived"),
        (ARCHIVE, [("a", True, "it was archived already")], "a: it was archived already"),
        (RESTORE, [("a", False, "It is locked.")], "a not restored: It is locked."),
        (RESTORE, [("a", True, "restored"), ("b", True, "restored")], "2 links restored"),
        (
            ARCHIVE,
            [("a", True, "archived"), ("b", False, "No."), ("c", False, "Never.")],
            "1 of 3 links archived. b: No.",
        ),
        (
            ARCHIVE,
            [("a", True, "archived"), ("b", True, "it was archived already")],
            "1 of 2 links archived. b: it was archived already",
        ),
    ],
)
def test_an_outcome_is_one_line_with_the_first_that_was_not_done(
    switch: Switch, results: list[tuple[str, bool, str]], words: str
) -> None:
    assert outcome(switch, [Result(name, ok=ok, text=text) for name, ok, text in results]) == words


def test_an_undo_is_only_about_what_was_done() -> None:
    links = [link("a"), link("b"), link("c")]
    results = [
        Result("a", ok=True, text="archived"),
        Result("b", ok=True, text="it was archived already"),
        Result("c", ok=False, text="It is locked."),
    ]

    assert [each.slug for each in done_of(ARCHIVE, links, results)] == ["a"]


def test_copying_too_many_says_why_it_does_not(light_frame: MainWindow) -> None:
    light_frame.go([place.title for place in PAGES].index("Links"))
    page = light_frame.pages.looked_at
    assert isinstance(page, LinksPage)

    page.acts.offer(MOST + 1)
    page.acts.copy_urls()

    assert page.acts.bar.said.whole == "Select 200 links at most."
    assert not page.acts.bar.isHidden()
