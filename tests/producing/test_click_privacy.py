"""Of a click only what can be counted may be kept; nothing of it may lead back to a person."""

import pytest

from core.producing.click_privacy import agent_family, is_bot, referrer_origin

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("referrer", "origin"),
    [
        ("https://news.example.com/people/ann?session=42#top", "https://news.example.com"),
        ("http://news.example.com:8080/", "http://news.example.com:8080"),
        ("https://ann:secret@news.example.com/", "https://news.example.com"),
        ("", ""),
        ("not an address", ""),
        ("android-app://com.example.mail/inbox", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_a_referrer_is_cut_to_its_origin(referrer: str, origin: str) -> None:
    assert referrer_origin(referrer) == origin


def test_an_endless_referrer_fits_its_event() -> None:
    assert len(referrer_origin("https://" + "a." * 3_000 + "example/")) <= 300


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        (FIREFOX, "Firefox"),
        (CHROME, "Chrome"),
        (CHROME + " Edg/140.0.0.0", "Edge"),
        (CHROME + " OPR/120.0.0.0", "Opera"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "Safari"),
        ("something of one's own", ""),
        ("", ""),
    ],
)
def test_a_user_agent_is_cut_to_its_family(user_agent: str, family: str) -> None:
    assert agent_family(user_agent) == family


@pytest.mark.parametrize(
    ("user_agent", "bot"),
    [
        ("Googlebot/2.1 (+http://www.google.com/bot.html)", True),
        ("Slackbot-LinkExpanding 1.0", True),
        ("facebookexternalhit/1.1", True),
        ("curl/8.5.0", True),
        ("python-requests/2.34", True),
        (FIREFOX, False),
        (CHROME, False),
        ("", False),
    ],
)
def test_machines_that_say_so_are_told_apart(user_agent: str, bot: bool) -> None:
    assert is_bot(user_agent) is bot
