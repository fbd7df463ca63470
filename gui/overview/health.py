"""The state of the whole in words: the health sentence, and the notices above the page. No Qt here."""

from collections.abc import Sequence

from core.operating.notices import notices as told
from core.operating.snapshot import Cause, ConsumerHealth, ConsumerState, Notice, Severity, Snapshot
from gui.formatting import clock, duration
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


def health_sentence(consumers: Sequence[ConsumerHealth]) -> tuple[str, Tone]:
    """Say how the consumers are, such as "all five running" or "2 of 5 need attention: webhook failing, qr paused"."""
    if not consumers:
        return "consumers unknown", Tone.NEUTRAL
    total = len(consumers)
    troubled = sorted(
        (c for c in consumers if c.state is not ConsumerState.RUNNING), key=lambda c: _WEIGHT[c.state]
    )
    if not troubled:
        return f"all {_in_words(total)} running", Tone.OK
    states = {c.state for c in consumers}
    if len(states) == 1:
        why = ": no worker" if states == {ConsumerState.STOPPED} else ""
        return f"all {_in_words(total)} {troubled[0].state.value}{why}", tone_of(troubled[0].state)
    named = ", ".join(f"{c.name} {c.state.value}" for c in troubled)
    needs = "needs" if len(troubled) == 1 else "need"
    return f"{len(troubled)} of {total} {needs} attention: {named}", _worst_tone(troubled)


def _in_words(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _worst_tone(troubled: Sequence[ConsumerHealth]) -> Tone:
    tones = {tone_of(c.state) for c in troubled}
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
