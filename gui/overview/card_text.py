"""What a consumer's card says in words, from one snapshot. No Qt here."""

from dataclasses import dataclass

from core.operating.snapshot import ConsumerHealth
from gui.formatting import UNKNOWN, clock, count, duration, one_line, plural, rate, short_count
from gui.parts.health import pause_sentence
from gui.tokens import Tone

_UNKNOWN_TIP = "unknown: it could not be read"


@dataclass(frozen=True, slots=True)
class Count:
    """One figure with its sign: what is read, what it means, how bad it is."""

    figure: str
    word: str
    icon: str
    tone: Tone
    tip: str

    @property
    def text(self) -> str:
        """What is read, such as "2 parked"."""
        return f"{self.figure} {self.word}"


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
    return " · ".join(parts) or _rest(health)


def _rest(health: ConsumerHealth) -> str:
    if health.lag is None:
        return "lag unknown"
    if health.lag:
        return "waiting"
    return "nothing else waits" if health.parked or health.dead else "nothing waits"


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
    """Give the error in one line, or else what goes wrong behind it; empty when there is none."""
    return one_line(health.error or health.warning or "")


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


def kept_back(health: ConsumerHealth) -> tuple[Count, ...]:
    """Give what is parked and what is dead, as far as it is not 0; what can't be read is unknown."""
    look = f"main.py {{}} list --consumer {health.name}"
    parked = _count(
        health.parked, "parked", "hourglass", Tone.WARN, _parked_tip(health, look.format("parked"))
    )
    dead = _count(health.dead, "dead", "mail-x", Tone.BAD, _dead_tip(health, look.format("dead")))
    return (*parked, *dead)


def _count(number: int | None, word: str, icon: str, tone: Tone, tip: str) -> tuple[Count, ...]:
    if number is None:
        return (Count(UNKNOWN, word, icon, Tone.NEUTRAL, f"{word}: {_UNKNOWN_TIP}"),)
    return (Count(short_count(number), word, icon, tone, tip),) if number else ()


def _parked_tip(health: ConsumerHealth, look: str) -> str:
    wait = "waits" if health.parked == 1 else "wait"
    return (
        f"{plural(health.parked or 0, 'event')} {wait} because one of the same link failed, or is a dead letter.\n"
        f"They are tried again by themselves, in order; all other links go on.\nSee which: {look}"
    )


def _dead_tip(health: ConsumerHealth, look: str) -> str:
    dead = health.dead or 0
    return (
        f"{health.name} has given up on {plural(dead, 'event')}: "
        f"{'it is' if dead == 1 else 'they are'} kept until somebody decides.\n"
        f"See why: {look}\nThen: main.py dead retry, edit or discard"
    )


def card_sentence(health: ConsumerHealth) -> str:
    """Say the whole card for a screen reader."""
    said = [
        f"Consumer {health.name}: {health.state.value}",
        f"lag {count(health.lag)}",
        f"in flight {count(health.in_flight)}",
        f"{rate(health.rate_out)} per second",
        *(count.text for count in kept_back(health)),
        small_print(health),
        error_line(health),
    ]
    return ", ".join(part for part in said if part)
