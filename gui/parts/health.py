"""The state of the whole in words: the health sentence, and the notices above the page. No Qt here."""

from collections.abc import Sequence

from core.operating.snapshot import Cause, ConsumerHealth, ConsumerState, Notice, Severity, Snapshot
from core.operating.upkeep.notices import notices as told
from gui.formatting import clock, duration, plural, rough_duration
from gui.tokens import Tone

#: Figures older than this are no longer what is so, in seconds.
STALE_S = 3.0

_TONES = {
    ConsumerState.RUNNING: Tone.OK,
    ConsumerState.CATCHING_UP: Tone.WARN,
    ConsumerState.PAUSING: Tone.NEUTRAL,
    ConsumerState.PAUSED: Tone.NEUTRAL,
    ConsumerState.FAILING: Tone.BAD,
    ConsumerState.STOPPED: Tone.BAD,
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
#: States whose length matters.
_LASTING = (ConsumerState.FAILING, ConsumerState.STOPPED, ConsumerState.CATCHING_UP)
_WORTH_TELLING_S = 60.0
#: Worst first.
_WEIGHT = {
    state: number
    for number, state in enumerate(
        (
            ConsumerState.FAILING,
            ConsumerState.STOPPED,
            ConsumerState.CATCHING_UP,
            ConsumerState.PAUSED,
            ConsumerState.PAUSING,
            ConsumerState.RUNNING,
        )
    )
}


def tone_of(state: ConsumerState) -> Tone:
    """Give a consumer state's tone."""
    return _TONES[state]


def health_sentence(consumers: Sequence[ConsumerHealth], now: float) -> tuple[str, Tone]:
    """Say how the consumers are at `now`, in Unix seconds.

    Such as "all five running" or "2 of 5 need attention: webhook failing for 3 min, qr paused".
    """
    if not consumers:
        return "consumers unknown", Tone.NEUTRAL
    total = len(consumers)
    troubled = in_need(consumers)
    states = {c.state for c in consumers}
    if len(states) == 1 and not any(c.dead or c.warning for c in consumers):
        (state,) = states
        why = ": no worker" if state is ConsumerState.STOPPED else ""
        return f"all {_in_words(total)} {state.value}{why}", tone_of(state)
    named = ", ".join(_named(c, now) for c in troubled)
    needs = "needs" if len(troubled) == 1 else "need"
    return f"{len(troubled)} of {total} {needs} attention: {named}", _worst_tone(troubled)


def in_need(consumers: Sequence[ConsumerHealth]) -> list[ConsumerHealth]:
    """Give the consumers that need attention, the worst first."""
    return sorted((c for c in consumers if _needs_attention(c)), key=_weight)


def _needs_attention(health: ConsumerHealth) -> bool:
    return health.state is not ConsumerState.RUNNING or bool(health.dead or health.warning)


def _weight(health: ConsumerHealth) -> int:
    """Order by state, the worst first; dead letters are worse than what passes by itself, warnings are like it."""
    weight = _WEIGHT[health.state]
    if health.dead:
        return min(weight, _WEIGHT[ConsumerState.CATCHING_UP] - 1)
    return min(weight, _WEIGHT[ConsumerState.CATCHING_UP]) if health.warning else weight


def _named(health: ConsumerHealth, now: float) -> str:
    """Say what is the matter with one consumer, and for how long if that is known."""
    if health.warning and health.state is ConsumerState.RUNNING and not health.dead:
        return f"{health.name} ({health.warning})"
    state = f"{health.state.value}{_for(health, now)}{f' ({health.warning})' if health.warning else ''}"
    if not health.dead:
        return f"{health.name} {state}"
    letters = plural(health.dead, "dead letter")
    if health.state is ConsumerState.RUNNING:
        return f"{health.name} has {letters}"
    return f"{health.name} {state} with {letters}"


def _for(health: ConsumerHealth, now: float) -> str:
    """Say for how long a trouble lasts; from a minute on, so that it does not change all the time."""
    if health.state not in _LASTING or health.state_since is None:
        return ""
    lasted = now - health.state_since
    return f" for {rough_duration(lasted)}" if lasted >= _WORTH_TELLING_S else ""


def _in_words(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _worst_tone(troubled: Sequence[ConsumerHealth]) -> Tone:
    tones = {Tone.BAD if c.dead else tone_of(c.state) for c in troubled}
    tones |= {Tone.WARN for c in troubled if c.warning}
    return next(tone for tone in (Tone.BAD, Tone.WARN, Tone.NEUTRAL, Tone.OK) if tone in tones)


def notices(snapshot: Snapshot, age_s: float) -> list[Notice]:
    """Say what is wrong with the whole, worst first; also that nobody has looked for a while."""
    found = list(told(snapshot))
    if age_s > STALE_S and not snapshot.database_error:
        what = f"The figures are {duration(age_s)} old: nothing has been read since."
        found.append(Notice(Cause.DATABASE, Severity.WARN, what))
    return found


def pause_sentence(health: ConsumerHealth) -> str:
    """Say who paused a consumer and until when; empty when nobody did."""
    if not health.wants_paused:
        return ""
    by = f" by {health.paused_by}" if health.paused_by else ""
    until = f"until {clock(health.paused_until)}" if health.paused_until is not None else "until resumed"
    return f"paused{by} {until}"
