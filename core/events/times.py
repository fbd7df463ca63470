"""Times in events are RFC 3339 text in UTC; everywhere else they are Unix seconds."""

from datetime import UTC, datetime


def rfc3339(at: float) -> str:
    """Write Unix seconds as RFC 3339 with microseconds, such as 2026-11-23T11:50:00.123456Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def unix_seconds(text: str) -> float:
    """Read RFC 3339 text.

    Raises:
        ValueError: the text is not a date and time with a zone.
    """
    return datetime.fromisoformat(text).timestamp()
