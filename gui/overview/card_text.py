"""What a consumer's card says in words, from one snapshot. No Qt here."""

from core.operating.snapshot import ConsumerHealth
from gui.formatting import UNKNOWN, clock, count, duration, one_line, rate
from gui.overview.health import pause_sentence

_UNKNOWN_TIP = "unknown: it could not be read"


def small_print(health: ConsumerHealth) -> str:
    """Say in a few words how old the oldest waiting event is and when the lag will be gone, or who paused."""
    if health.obeyed_version is not None and health.obeyed_version != health.wanted_version:
        return f"sent v{health.wanted_version}, obeyed v{health.obeyed_version}"
    parts = []
    if health.oldest_age_s is not None:
        parts.append(f"oldest {duration(health.oldest_age_s)}")
    if health.wants_paused:
        until = health.paused_until
        parts.append("until resumed" if until is None else f"until {clock(until)}")
    elif health.drain_s is not None:
        parts.append(f"done in {duration(health.drain_s)}")
    if not parts:
        parts.append(
            "nothing waits" if health.lag == 0 else "lag unknown" if health.lag is None else "waiting"
        )
    return " · ".join(parts)


def small_print_tip(health: ConsumerHealth) -> str:
    """Say the same in full."""
    lines = [pause_sentence(health)]
    if health.oldest_age_s is not None:
        lines.append(f"the oldest waiting event is {duration(health.oldest_age_s)} old")
    if health.drain_s is not None:
        lines.append(f"at the present rates the lag is gone in {duration(health.drain_s)}")
    elif health.lag:
        lines.append("when the lag will be gone is not known")
    if health.workers:
        lines.append(f"worker {', '.join(health.workers)}")
    return "\n".join(line for line in lines if line)


def error_line(health: ConsumerHealth) -> str:
    """Give the error in one line; empty when there is none."""
    return one_line(health.error) if health.error else ""


def figure_tips(health: ConsumerHealth) -> tuple[str, str, str]:
    """Explain lag, in flight and rate."""
    lag = _UNKNOWN_TIP if health.lag is None else f"{count(health.lag)} published events are not dealt with"
    flight = count(health.in_flight)
    flown = _UNKNOWN_TIP if flight == UNKNOWN else f"{flight} events are handed out and not acknowledged yet"
    if health.rate_out is None:
        rates = _UNKNOWN_TIP
    else:
        rates = f"{rate(health.rate_out)} dealt with and {rate(health.rate_in)} published per second"
    return lag, flown, rates


def card_sentence(health: ConsumerHealth) -> str:
    """Say the whole card for a screen reader."""
    said = [
        f"Consumer {health.name}: {health.state.value}",
        f"lag {count(health.lag)}",
        f"in flight {count(health.in_flight)}",
        f"{rate(health.rate_out)} per second",
        small_print(health),
        error_line(health),
    ]
    return ", ".join(part for part in said if part)
