"""Dead letters as a page shows them: the newest ones are kept, all are counted, and an act finds all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.operating.dead_letters.pages import DECIDED, LetterFilter, LetterPage
from core.operating.dead_letters.policies import Policy
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    """Give billing with three dead letters, two of one cause, and qr with one."""
    with operated(short_dir) as found:
        first, second, third = (found.created(slug) for slug in ("first", "second", "third"))
        found.stores["billing"].bury(first, first_failed_at=100.0, last_failed_at=300.0, retries=1)
        found.stores["billing"].bury(second, first_failed_at=200.0, last_failed_at=400.0)
        found.stores["billing"].bury(third, traceback="", error="KeyError: 'plan'", last_failed_at=500.0)
        found.stores["qr"].bury(
            first, error_class="crash", traceback="", error="It died.", last_failed_at=450.0
        )
        yield found


def page(place: Place, wanted: LetterFilter, most: int = 100) -> LetterPage:
    pages = place.letters.pages
    return pages.page(wanted, pages.stamp(), most)


def slugs(found: LetterPage) -> list[str]:
    return [getattr(letter.event.data, "slug", "") for letter in found.letters]


def test_the_newest_are_kept_and_all_are_counted(place: Place) -> None:
    found = page(place, LetterFilter(), most=2)

    assert slugs(found) == ["third", "first"]
    assert (found.matching, found.fitting, found.total) == (4, 4, 4)
    largest = found.causes[0]
    assert (largest.count, largest.failed_again, largest.links) == (2, 1, 2)
    assert (largest.first_failed_at, largest.last_failed_at) == (100.0, 400.0)


def test_a_group_narrows_the_letters_but_not_the_groups(place: Place) -> None:
    largest = page(place, LetterFilter()).causes[0]

    found = page(place, LetterFilter(cause=largest.name))

    assert slugs(found) == ["second", "first"]
    assert (found.matching, found.fitting) == (2, 4)
    assert len(found.causes) == 3


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (LetterFilter(consumer="qr"), ["first"]),
        (LetterFilter(error_class="crash"), ["first"]),
        (LetterFilter(text="KEYERROR"), ["third"]),
        (LetterFilter(text="consumers/billing.py:55"), ["second", "first"]),
        (LetterFilter(text="secon"), ["second"]),
        (LetterFilter(text="QR"), ["first"]),
        (LetterFilter(text="nothing of all this"), []),
    ],
)
def test_an_act_on_a_filter_finds_what_the_filter_shows(
    place: Place, wanted: LetterFilter, found: list[str]
) -> None:
    shown = page(place, wanted)

    assert slugs(shown) == found
    assert shown.total == 4
    assert {letter.place for letter in place.letters.pages.chosen(wanted)} == {
        letter.place for letter in shown.letters
    }


def test_decided_ones_are_looked_at_apart_and_the_stamp_tells_that_something_has_changed(
    place: Place,
) -> None:
    before = place.letters.pages.stamp()
    event = place.only(consumer="qr").event

    place.stores["qr"].decide(event.partition, event.position, state="discarded", decided_at=600.0)

    assert place.letters.pages.stamp() != before
    assert page(place, LetterFilter()).total == 3
    decided = page(place, LetterFilter(states=DECIDED))
    assert (decided.total, slugs(decided)) == (1, ["first"])


def test_links_are_called_by_their_slugs_as_far_as_they_exist(place: Place) -> None:
    link_id = place.only(consumer="qr").event.link_id

    assert place.letters.slugs([link_id, "no-such-link"]) == {link_id: "first"}


def test_a_policy_is_what_operators_want_or_else_what_the_consumer_does_by_itself(place: Place) -> None:
    place.letters.hold("webhook", True, by="ann")

    policies = {policy.consumer: policy for policy in place.letters.policies.all()}

    assert policies["webhook"] == Policy("webhook", chosen=True, by_itself=False)
    assert policies["webhook"].holds is True
    assert policies["analytics"].by_itself is policies["analytics"].holds is True
    assert policies["billing"] == Policy("billing", chosen=None, by_itself=False)
