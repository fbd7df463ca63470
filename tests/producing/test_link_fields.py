"""What people write about a link is cleaned, not trusted; what is refused is named at its own field."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.errors import InvalidInput
from core.producing.link_fields import check_expiry, check_tags, check_title


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("  Spring   sale ", "Spring sale"),
        ("two\nlines\ttab", "two lines tab"),
        ("bell\x07 and \N{RIGHT-TO-LEFT OVERRIDE}mark", "bell and mark"),
        ("Füße 🎉", "Füße 🎉"),
        ("", ""),
    ],
)
def test_a_title_is_one_line_that_can_be_seen(title: str, kept: str) -> None:
    assert check_title(title) == kept


def test_a_title_has_at_most_500_characters() -> None:
    assert len(check_title("x" * 500)) == 500
    with pytest.raises(InvalidInput, match="501 of 500") as raised:
        check_title("x" * 501)
    assert (raised.value.field, raised.value.code) == ("title", "title_too_long")


def test_tags_lose_blanks_and_repetitions_and_keep_their_order() -> None:
    assert check_tags([" news ", "", "a\nb", "news", "  ", "z"]) == ("news", "a b", "z")


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([str(number) for number in range(33)], "tags_too_many"),
        (["x" * 65], "tag_too_long"),
        (["x" * 600], "tag_too_long"),
    ],
)
def test_too_many_or_too_long_tags_are_refused_at_their_field(tags: list[str], code: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        check_tags(tags)

    assert (raised.value.field, raised.value.code) == ("tags", code)


def test_as_many_and_as_long_tags_as_allowed_are_kept() -> None:
    tags = [str(number).rjust(64, "x") for number in range(32)]

    assert check_tags(tags) == tuple(tags)


def test_no_expiry_is_no_expiry() -> None:
    assert check_expiry(None) is None


def test_an_expiry_is_kept_in_utc() -> None:
    noon_in_tokyo = datetime(2099, 1, 1, 12, tzinfo=timezone(timedelta(hours=9)))

    assert check_expiry(noon_in_tokyo) == datetime(2099, 1, 1, 3, tzinfo=UTC).timestamp()


def test_an_expiry_without_a_zone_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        at = check_expiry(datetime(2099, 1, 1, 12))  # noqa: DTZ001 - without a zone on purpose
    finally:
        monkeypatch.undo()
        time.tzset()

    assert at == datetime(2099, 1, 1, 17, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("seconds", [-86_400, 0, 30])
def test_an_expiry_in_less_than_a_minute_is_refused(seconds: int) -> None:
    with pytest.raises(InvalidInput, match="at least a minute away") as raised:
        check_expiry(datetime.now(UTC) + timedelta(seconds=seconds))

    assert (raised.value.field, raised.value.code) == ("expires", "expiry_past")


def test_an_expiry_in_two_minutes_is_accepted() -> None:
    expires = datetime.now(UTC) + timedelta(minutes=2)

    assert check_expiry(expires) == pytest.approx(expires.timestamp())


@pytest.mark.parametrize("expires", [datetime.min, datetime.max])  # noqa: DTZ901 - as a caller may
def test_dates_at_the_end_of_time_are_no_reason_to_fail(expires: datetime) -> None:
    try:
        at = check_expiry(expires)
    except InvalidInput:
        return
    assert at is not None
    assert at > time.time()
