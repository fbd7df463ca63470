"""How the lines of the time's axis are called. No Qt here."""

import time

from gui.formatting import clock

_DAY_S = 86_400
_UNITS = ((_DAY_S, "d"), (3_600, "h"), (60, "min"), (1, "s"), (0.001, "ms"), (0.000_001, "µs"))


def tick_after(seconds: float) -> str:
    """Write a time since a commit in its largest unit, such as "+20 ms"."""
    for unit, name in _UNITS:
        if seconds >= unit * 0.999:
            return f"+{seconds / unit:.4g} {name}"
    return "0"


def tick_at(at: float, apart: float) -> str:
    """Write a time of day; with the date or the milliseconds if the lines are so far apart, in seconds, or so near."""
    if apart >= _DAY_S / 4:
        return time.strftime("%d %b %H:%M", time.localtime(at))
    # The sum of a time and a distance is seldom exact.
    at = round(at, 6)
    return f"{clock(at)}{f'{at % 1:.3f}'[1:]}" if apart < 1 else clock(at)
