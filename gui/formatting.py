"""How figures and times are written for people. No Qt here; an unknown figure is "?", never 0."""

import time

UNKNOWN = "?"

_KILO, _MEGA = 1_000, 1_000_000
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


def count(number: int | None) -> str:
    """Write a count in full, such as "1,847"."""
    return UNKNOWN if number is None else f"{number:,}"


def short_count(number: int | None) -> str:
    """Write a count for a narrow place, such as "9,999", "12.3k", "123k", "1.23M"."""
    if number is None or abs(number) < 10 * _KILO:
        return count(number)
    for limit, unit, digits, sign in (
        (99_950, _KILO, 1, "k"),
        (999_500, _KILO, 0, "k"),
        (9_995_000, _MEGA, 2, "M"),
    ):
        if abs(number) < limit:
            return f"{number / unit:.{digits}f}{sign}"
    return f"{number / _MEGA:,.0f}M"


def rate(per_second: float | None) -> str:
    """Write a rate per second: one decimal while it is small."""
    if per_second is None:
        return UNKNOWN
    if per_second == 0:
        return "0"
    if per_second < 0.05:
        return "<0.1"
    return f"{per_second:.1f}" if per_second < 9.95 else count(round(per_second))


def short_rate(per_second: float | None) -> str:
    """Write a rate for a narrow place."""
    if per_second is None or per_second < 999.5:
        return rate(per_second)
    if per_second < 9_950:
        return f"{per_second / _KILO:.1f}k"
    return short_count(round(per_second))


def duration(seconds: float | None) -> str:
    """Write a length of time in its two largest units, such as "0.4 s", "3 m 12 s", "2 d 5 h"."""
    if seconds is None:
        return UNKNOWN
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} m {whole % _MINUTE_S:02d} s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02d} m"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def rough_duration(seconds: float) -> str:
    """Write a length of time in its largest unit, such as "3 min", "2 h", "5 d", for what shall seldom change."""
    for unit_s, unit in ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "min")):
        if seconds >= unit_s:
            return f"{seconds // unit_s:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def milliseconds(ms: float | None) -> str:
    """Write a short time, such as "0.4 ms", "48 ms", "1.24 s", and longer ones as `duration` does."""
    if ms is None:
        return UNKNOWN
    if ms < 0.95:
        return f"{max(0.0, ms):.1f} ms"
    if ms < 999.5:
        return f"{ms:.0f} ms"
    return f"{ms / 1000:.2f} s" if ms < 9_995 else duration(ms / 1000)


def memory(size_bytes: int | None) -> str:
    """Write a memory size in megabytes."""
    if size_bytes is None:
        return UNKNOWN
    megabytes = size_bytes / 1_000_000
    return f"{megabytes:.1f} MB" if megabytes < 99.95 else f"{megabytes:,.0f} MB"


def clock(at: float) -> str:
    """Write a time of day, local, such as "14:01:07"."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def moment(at: float) -> str:
    """Write a date and time of day with its zone, local."""
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(at))


def one_line(text: str) -> str:
    """Put a text of several lines into one."""
    return " ".join(text.split())


def plural(number: int, thing: str) -> str:
    """Write a counted thing, such as "1 event" or "12 events"."""
    return f"{count(number)} {thing}{'' if number == 1 else 's'}"
