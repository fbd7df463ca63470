"""What people may write about a link besides its address: title, tags, expiry."""

import time
from collections.abc import Sequence
from datetime import datetime

from core.errors import InvalidInput

MAX_TITLE_LENGTH = 500
MAX_TAGS = 32
MAX_TAG_LENGTH = 64
#: An expiry nearer than this is a mistake, in seconds.
MIN_LIFETIME_S = 60


def check_title(title: str) -> str:
    """Give the title without surrounding blanks and control characters.

    Raises:
        InvalidInput: with field "title": too long.
    """
    title = _one_line(title)
    if len(title) > MAX_TITLE_LENGTH:
        raise InvalidInput(
            "title",
            "title_too_long",
            f"The title is too long: {len(title)} of {MAX_TITLE_LENGTH} characters.",
        )
    return title


def check_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Give the tags without blanks and repetitions, in the order given.

    Raises:
        InvalidInput: with field "tags": too many, or one too long.
    """
    clean = tuple(dict.fromkeys(tag for tag in (_one_line(tag) for tag in tags) if tag))
    if len(clean) > MAX_TAGS:
        raise InvalidInput(
            "tags", "tags_too_many", f"{len(clean)} tags are too many; a link has at most {MAX_TAGS}."
        )
    for tag in clean:
        if len(tag) > MAX_TAG_LENGTH:
            raise InvalidInput(
                "tags",
                "tag_too_long",
                f"The tag {tag[:20]}... has {len(tag)} of {MAX_TAG_LENGTH} characters.",
            )
    return clean


def check_expiry(expires: datetime | None) -> float | None:
    """Give the expiry in Unix seconds; a time without a zone is taken as local.

    Raises:
        InvalidInput: with field "expires": not in the future.
    """
    if expires is None:
        return None
    try:
        at = expires.astimezone().timestamp()
    except (ValueError, OverflowError, OSError):  # The calendar's ends have no local time.
        at = 0.0
    if at < time.time() + MIN_LIFETIME_S:
        raise InvalidInput(
            "expires",
            "expiry_past",
            f"{expires.isoformat()} is not in the future: choose a time at least a minute away.",
        )
    return at


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
