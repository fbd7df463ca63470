"""Which addresses may be shortened: one parser (WHATWG, as in browsers) and one set of rules for create and edit."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import ada_url

from core.errors import InvalidInput

#: Longest address after normalisation, in characters.
MAX_URL_LENGTH = 2_048

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HOST_WITH_PORT = re.compile(r"(?:[^/?#:]*\.[^/?#:]+|localhost):\d+(?:[/?#]|$)")
_PORT = re.compile(r"://[^/?#]*:(\d+)(?:[/?#]|$)")
#: Separators, controls and the marks that reverse the direction of text: none can be seen, all can deceive.
_INVISIBLE = {"Cc", "Zs", "Zl", "Zp"}
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


@dataclass(frozen=True, slots=True)
class TargetUrl:
    """An accepted address."""

    entered: str
    #: As browsers will see it; hosts in punycode.
    href: str
    #: A sentence to show when the host is written in other letters than it seems, or None.
    warning: str | None


def check_target(entered: str, own_hosts: Collection[str] = ()) -> TargetUrl:
    """Check the address that a link shall lead to. `own_hosts` are lower-case host names of our own short URLs.

    Raises:
        InvalidInput: with field "url"; the text says what to do, `proposals` may hold a correction.
    """
    text = entered.strip(" \t\r\n")
    if not text:
        raise InvalidInput("url", "url_missing", "Enter the address to shorten.")
    _check_characters(text)
    _check_scheme(text)
    url = _parse(text)
    if url.username or url.password:
        bare = ada_url.URL(url.href)
        bare.username = bare.password = ""
        raise InvalidInput(
            "url",
            "url_credentials",
            "Remove the user name and password from the address.",
            proposals=(bare.href,),
        )
    if len(url.href) > MAX_URL_LENGTH:
        raise InvalidInput(
            "url",
            "url_too_long",
            f"The address is too long: {len(url.href):,} of {MAX_URL_LENGTH:,} characters.",
        )
    if url.hostname.rstrip(".").lower() in own_hosts:
        raise InvalidInput(
            "url",
            "url_loop",
            f"{url.hostname} is the short domain itself: the link would redirect to itself.",
        )
    return TargetUrl(entered=text, href=url.href, warning=_host_warning(url.hostname))


def _check_characters(text: str) -> None:
    for place, character in enumerate(text, start=1):
        if character == "\\" or character in _BIDI or unicodedata.category(character) in _INVISIBLE:
            name = {" ": "a space", "\\": "a backslash"}.get(
                character, f"the character U+{ord(character):04X}"
            )
            raise InvalidInput("url", "url_characters", f"Remove {name} at position {place} of the address.")


def _check_scheme(text: str) -> None:
    found = _SCHEME.match(text)
    if found and not _HOST_WITH_PORT.match(text):
        if found[1].lower() not in ("http", "https"):
            raise InvalidInput(
                "url",
                "url_scheme",
                f"Only http and https addresses can be shortened, not {found[1].lower()}:.",
            )
        return
    proposal = "https://" + text.lstrip("/")
    proposals = (proposal,) if ada_url.check_url(proposal) else ()
    raise InvalidInput(
        "url", "url_scheme", "The address must begin with https:// or http://.", proposals=proposals
    )


def _parse(text: str) -> ada_url.URL:
    try:
        url = ada_url.URL(text)
    except ValueError:
        port = _PORT.search(text)
        if port and int(port[1]) > 65_535:
            raise InvalidInput(
                "url", "url_port", f"The port {port[1]} does not exist; the highest is 65535."
            ) from None
        raise InvalidInput(
            "url", "url_host", f"The host in {text[:80]!r} is not a valid name or address."
        ) from None
    if not url.hostname.strip("."):
        raise InvalidInput("url", "url_host", "The address has no host: write it as https://host/path.")
    return url


def _host_warning(hostname: str) -> str | None:
    if not any(label.startswith("xn--") for label in hostname.split(".")):
        return None
    return f"The host is really {hostname}: other letters can look the same. Make sure that it is the one you mean."
