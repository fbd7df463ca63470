"""One set of rules decides which addresses may be shortened; every refusal says what to do."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

import ada_url
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.producing.urls import MAX_URL_LENGTH, check_target

OWN_HOSTS = frozenset({"short.test"})


def refusal(entered: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as raised:
        check_target(entered, OWN_HOSTS)
    assert raised.value.field == "url"
    return raised.value


@pytest.mark.parametrize(
    ("entered", "href"),
    [
        ("https://example.com", "https://example.com/"),
        ("  https://example.com/a?b=c#d \n", "https://example.com/a?b=c#d"),
        ("HTTP://EXAMPLE.COM:80/A", "http://example.com/A"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("https://example.com/a/../b", "https://example.com/b"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]/"),
        ("https://example.com/ü?q=ü", "https://example.com/%C3%BC?q=%C3%BC"),
        # As browsers read them; a parser that disagrees would check another host than the one that is visited.
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("https:example.com", "https://example.com/"),
    ],
)
def test_an_address_is_stored_as_browsers_see_it(entered: str, href: str) -> None:
    target = check_target(entered, OWN_HOSTS)

    assert target.href == href
    assert target.entered == entered.strip(" \t\r\n")
    assert target.warning is None


def test_a_host_in_other_letters_is_accepted_with_a_warning() -> None:
    # Cyrillic letters that look like "apple".
    target = check_target("https://аррӏе.com/")

    assert target.href == "https://xn--80ak6aa92e.com/"
    assert "xn--80ak6aa92e.com" in (target.warning or "")


@pytest.mark.parametrize(
    ("entered", "code"),
    [
        ("", "url_missing"),
        (" \t\n ", "url_missing"),
        ("example.com", "url_scheme"),
        ("javascript:alert(1)", "url_scheme"),
        ("JavaScript://example.com/%0aalert(1)", "url_scheme"),
        ("data:text/html,x", "url_scheme"),
        ("file:///etc/passwd", "url_scheme"),
        ("ftp://example.com/", "url_scheme"),
        ("mailto:ann@example.com", "url_scheme"),
        ("https://exam ple.com/", "url_characters"),
        ("https://exam\nple.com/", "url_characters"),
        ("https://example.com/a\tb", "url_characters"),
        ("https://example.com/\x00", "url_characters"),
        ("https://example.com/\x7f", "url_characters"),
        ("https://example.com/\N{NO-BREAK SPACE}", "url_characters"),
        ("https://example.com/\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe", "url_characters"),
        ("http://example.com\\@evil.test/", "url_characters"),
        ("https://ann:secret@example.com/", "url_credentials"),
        ("https://ann@example.com/", "url_credentials"),
        ("https://256.1.1.1/", "url_host"),
        ("http://[::1", "url_host"),
        ("https://", "url_host"),
        ("https://./", "url_host"),
        ("https://exa%23mple.com/", "url_host"),
        ("https://example.com:99999/", "url_port"),
        ("https://example.com/" + "a" * MAX_URL_LENGTH, "url_too_long"),
        ("https://example.com/" + "ü" * 400, "url_too_long"),
        ("http://short.test/abc", "url_loop"),
        ("https://SHORT.test.:9999/abc", "url_loop"),
        ("https://ｓｈｏｒｔ.test/", "url_loop"),
    ],
)
def test_what_can_not_be_shortened_is_refused_with_its_reason(entered: str, code: str) -> None:
    assert refusal(entered).code == code


@pytest.mark.parametrize(
    ("entered", "proposal"),
    [
        ("example.com", "https://example.com"),
        ("//example.com/x", "https://example.com/x"),
        ("example.com:8080/x", "https://example.com:8080/x"),
        ("localhost:8080", "https://localhost:8080"),
        ("https://ann:secret@example.com/x", "https://example.com/x"),
    ],
)
def test_a_refusal_offers_what_was_probably_meant(entered: str, proposal: str) -> None:
    offered = refusal(entered).proposal

    assert offered == proposal
    check_target(offered, OWN_HOSTS)


@pytest.mark.parametrize(
    "entered", ["javascript:alert(1)", "ftp://example.com/", "nonsense with spaces", "::"]
)
def test_nothing_is_offered_where_nothing_can_be_meant(entered: str) -> None:
    assert refusal(entered).proposals == ()


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ("", "Enter the address to shorten"),
        ("ftp://example.com/", "Only http and https addresses can be shortened, not ftp:"),
        ("https://exa mple.com", "Remove a space at position 12"),
        ("http://a\\b", "Remove a backslash at position 9"),
        ("https://example.com/\x1b", r"U\+001B at position 21"),
        ("https://ann:secret@example.com/", "Remove the user name and password"),
        ("https://example.com:99999/", "port 99999 does not exist; the highest is 65535"),
        ("https://example.com/" + "a" * 3_100, "3,120 of 2,048 characters"),
        ("http://short.test/abc", "would redirect to itself"),
    ],
)
def test_the_words_say_what_to_do(entered: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        check_target(entered, OWN_HOSTS)


def test_a_password_is_not_repeated() -> None:
    error = refusal("https://ann:secret@example.com/")

    assert "secret" not in str(error) + str(error.proposals)


def test_the_longest_address_has_2048_characters() -> None:
    longest = "https://example.com/".ljust(MAX_URL_LENGTH, "a")

    assert check_target(longest).href == longest
    assert refusal(longest + "a").code == "url_too_long"


_pieces = st.sampled_from(
    [
        "http:",
        "https://",
        "//",
        "example.com",
        "short.test",
        "@",
        ":",
        "80",
        "a:b",
        "%",
        "%2e",
        "?",
        "#",
        "ü",
        "xn--",
        "[::1]",
        ".",
        "/",
        "\\",
        " ",
        "\n",
        "１",
        "\u202e",
        "\u200b",
        "\ud800",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_pieces, max_size=8).map("".join) | st.text(max_size=40).map("https://".__add__))
def test_whatever_is_accepted_is_plain_http_without_secrets_and_stays_as_it_is(entered: str) -> None:
    try:
        target = check_target(entered, OWN_HOSTS)
    except InvalidInput:
        return

    url = ada_url.URL(target.href)
    assert url.protocol in ("http:", "https:")
    assert (url.username, url.password) == ("", "")
    assert url.hostname.rstrip(".") not in ("", *OWN_HOSTS)
    assert target.href.isascii()
    assert check_target(target.href, OWN_HOSTS).href == target.href
