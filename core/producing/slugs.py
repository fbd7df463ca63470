"""The short part of a short URL: generated without look-alikes, or chosen. The database decides who was first."""

import re
import secrets

from core.errors import InvalidInput

#: Lower-case letters and digits that nobody mistakes for one another.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
GENERATED_LENGTH = 7
#: After so many collisions in a row the next slug is one character longer.
COLLISIONS_BEFORE_LONGER = 5

_CUSTOM = re.compile(r"[A-Za-z0-9_-]{2,64}")

#: Paths of our own, of the web's conventions, and words that would mislead readers; compared without case.
RESERVED = frozenset(
    """
    about account admin administrator analytics api app apple-app-site-association apps assets assetlinks auth
    billing blog careers click clicks contact create dashboard delete demo docs download edit endpoints events
    events.html faq favicon favicon.ico feed feed.xml feedback graphql health healthz help home imprint index
    index.html info invite invoice jobs journal ledger legal link links live login logout mail me metrics new news
    oauth password ping pricing privacy qr readyz register robots robots.txt root rss search security settings shop
    signalbox signin signout signup sitemap sitemap.xml sso static stats status support team teams terms test trace
    trust undefined null unsubscribe update upload user users verify webhook webhooks well-known .well-known why
    worker workers www ws
    """.split()
)


def generate_slug(attempt: int = 0) -> str:
    """Make a random slug; `attempt` counts the collisions so far and lengthens it after every fifth."""
    length = GENERATED_LENGTH + attempt // COLLISIONS_BEFORE_LONGER
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def slug_key(slug: str) -> str:
    """Give the form under which slugs are compared."""
    return slug.casefold()


def check_slug(slug: str) -> str:
    """Check a slug that somebody chose; gives it without surrounding blanks.

    Raises:
        InvalidInput: with field "slug"; whether it is taken only the database can say.
    """
    slug = slug.strip()
    if not _CUSTOM.fullmatch(slug):
        raise InvalidInput(
            "slug",
            "slug_characters",
            f"{slug[:80]!r} can't be a slug: use 2 to 64 letters, digits, - and _ (a to z).",
        )
    if slug_key(slug) in RESERVED:
        raise InvalidInput(
            "slug", "slug_reserved", f"{slug!r} is reserved. Choose another.", proposals=similar_slugs(slug)
        )
    return slug


def similar_slugs(slug: str, count: int = 3) -> tuple[str, ...]:
    """Propose slugs that resemble one that can't be had; whether they are free the caller must look up."""
    stem = slug[:56]
    return (f"{stem}-2", *(f"{stem}-{generate_slug()[:4]}" for _ in range(count - 1)))
