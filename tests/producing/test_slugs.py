"""Slugs are read aloud, typed and guessed at: no look-alikes, no words of our own, no difference by case."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

from collections import Counter

import pytest

from core.errors import InvalidInput
from core.producing.slugs import ALPHABET, RESERVED, check_slug, generate_slug, similar_slugs, slug_key


def test_generated_slugs_are_seven_characters_that_nobody_mistakes() -> None:
    slugs = [generate_slug() for _ in range(300)]

    assert all(len(slug) == 7 and set(slug) <= set(ALPHABET) for slug in slugs)
    assert len(set(slugs)) == 300
    assert len(ALPHABET) == 31
    assert not set(ALPHABET) & set("01ilo")


def test_every_character_is_used() -> None:
    counts = Counter("".join(generate_slug() for _ in range(700)))

    assert set(counts) == set(ALPHABET)


def test_collisions_lengthen_after_every_fifth() -> None:
    assert [len(generate_slug(attempt)) for attempt in (0, 4, 5, 9, 10)] == [7, 7, 8, 8, 9]


@pytest.mark.parametrize("slug", ["ab", "a" * 64, "Spring-Sale_2027", "--", "42"])
def test_letters_digits_dash_and_underscore_are_accepted_as_they_are(slug: str) -> None:
    assert check_slug(slug) == slug


def test_blanks_around_are_forgiven() -> None:
    assert check_slug("  sale \n") == "sale"


@pytest.mark.parametrize(
    "character", [*"/?#[]@:. %&+=\\'\"", "é", "я", "１", "\N{GRINNING FACE}", "\n", "\x00"]
)
def test_other_characters_are_refused(character: str) -> None:
    with pytest.raises(InvalidInput, match="use 2 to 64 letters, digits, - and _") as raised:
        check_slug(f"sa{character}le")

    assert (raised.value.field, raised.value.code) == ("slug", "slug_characters")


@pytest.mark.parametrize("slug", ["a", "a" * 65])
def test_too_short_and_too_long_are_refused(slug: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        check_slug(slug)

    assert raised.value.code == "slug_characters"


@pytest.mark.parametrize("slug", ["api", "API", "Api", "qr", "METRICS", "well-known", "events", "Healthz"])
def test_words_of_our_own_are_reserved_in_any_case(slug: str) -> None:
    with pytest.raises(InvalidInput, match="reserved") as raised:
        check_slug(slug)

    assert raised.value.code == "slug_reserved"
    assert len(raised.value.proposals) == 3


def test_reserved_words_are_kept_in_the_form_in_which_they_are_compared() -> None:
    assert {slug_key(word) for word in RESERVED} == RESERVED


@pytest.mark.parametrize("slug", ["sale", "a" * 64, "api"])
def test_proposals_are_different_and_acceptable(slug: str) -> None:
    proposals = similar_slugs(slug)

    assert len(set(proposals)) == 3
    assert all(check_slug(proposal) == proposal for proposal in proposals)
    assert all(proposal.startswith(slug[:50]) for proposal in proposals)
