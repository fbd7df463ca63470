"""Figures are written for people; what is unknown is "?"."""

import pytest

from gui import formatting


@pytest.mark.parametrize(
    ("number", "full", "short"),
    [
        (None, "?", "?"),
        (0, "0", "0"),
        (9_999, "9,999", "9,999"),
        (12_345, "12,345", "12.3k"),
        (99_949, "99,949", "99.9k"),
        (99_999, "99,999", "100k"),
        (123_456, "123,456", "123k"),
        (999_499, "999,499", "999k"),
        (999_999, "999,999", "1.00M"),
        (1_234_567, "1,234,567", "1.23M"),
        (12_345_678, "12,345,678", "12M"),
    ],
)
def test_counts(number: int | None, full: str, short: str) -> None:
    assert formatting.count(number) == full
    assert formatting.short_count(number) == short


@pytest.mark.parametrize(
    ("per_second", "full", "short"),
    [
        (None, "?", "?"),
        (0, "0", "0"),
        (0.01, "<0.1", "<0.1"),
        (0.3333, "0.3", "0.3"),
        (9.96, "10", "10"),
        (999.6, "1,000", "1.0k"),
        (39_123.4, "39,123", "39.1k"),
    ],
)
def test_rates(per_second: float | None, full: str, short: str) -> None:
    assert formatting.rate(per_second) == full
    assert formatting.short_rate(per_second) == short


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "?"),
        (-0.2, "0.0 s"),
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (59.6, "1 m 00 s"),
        (192, "3 m 12 s"),
        (7_500, "2 h 05 m"),
        (198_000, "2 d 7 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert formatting.duration(seconds) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "?"),
        (-1, "0.0 ms"),
        (0.42, "0.4 ms"),
        (0.96, "1 ms"),
        (48.4, "48 ms"),
        (999.7, "1.00 s"),
        (1_240, "1.24 s"),
        (12_400, "12 s"),
        (192_000, "3 m 12 s"),
    ],
)
def test_milliseconds(ms: float | None, text: str) -> None:
    assert formatting.milliseconds(ms) == text


def test_memory_and_counted_things() -> None:
    assert formatting.memory(None) == "?"
    assert formatting.memory(2_140_000) == "2.1 MB"
    assert formatting.memory(512_000_000) == "512 MB"
    assert formatting.plural(1, "event") == "1 event"
    assert formatting.plural(1_200, "event") == "1,200 events"
    assert formatting.one_line("a\n  b\tc ") == "a b c"


def test_a_rough_length_of_time_has_one_unit_and_seldom_changes() -> None:
    lengths = (-1, 59, 60, 3_599, 3_600, 86_399, 200_000)

    assert [formatting.rough_duration(seconds) for seconds in lengths] == [
        "0 s",
        "59 s",
        "1 min",
        "59 min",
        "1 h",
        "23 h",
        "2 d",
    ]
