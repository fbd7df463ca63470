"""What is said before an act on dead letters, and after it. No Qt here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from core.operating.dead_letters.acts import Affected
from core.operating.dead_letters.words import effect_words, touched
from core.operating.links.slugs import slug_of
from core.operating.outcomes import Outcome
from gui.dead_letters.rows import Name, name_of, told
from gui.formatting import count, plural

_DOES = {
    "retry": "Each is tried again by the consumer that gave it up, and by no other: what the others have of it stays "
    "as it is. If it fails again it is dead again, and says so.",
    "discard": "Each is given up for good: its consumer never handles it, and what its link has waiting there goes on. "
    "It stays on record with your reason. This can't be undone.",
}
_VERBS = {"retry": "Retry", "discard": "Discard"}
#: What is typed before dead letters are discarded.
DISCARD_WORD = "discard"
_REPLACED = "skipped: its consumer has another event in its place; discard it instead"


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One dead letter of an act, with what came of it."""

    name: Name
    link: str
    consumer: str
    effects: str
    outcome: str = ""
    #: "", "ok", "bad" or "skipped".
    state: str = ""


def verb_of(act: str) -> str:
    """Give the word of an act."""
    return _VERBS[act]


def title_of(act: str, number: int) -> str:
    """Ask about an act with its count."""
    return f"{verb_of(act)} {plural(number, 'dead letter')}?"


def does(act: str) -> str:
    """Say what an act does, exactly."""
    return _DOES[act]


def scope_lines(
    what: str, filter_words: str, affected: Sequence[Affected], idle: Collection[str]
) -> list[str]:
    """Restate scope and filter, say how many of whom it is about, and who is not there to do it."""
    lines = [f"Scope: {what}{f' ({filter_words})' if filter_words else ''}."]
    if affected:
        lines.append(f"{touched(affected)}.")
    absent = sorted({one.letter.consumer for one in affected} & set(idle))
    if absent:
        lines.append(f"No worker runs {', '.join(absent)} now: the wish is noted, and done when one comes.")
    return lines


def decision_rows(act: str, affected: Sequence[Affected]) -> list[DecisionRow]:
    """Make the rows of a preview; what can't be done is skipped, and says why."""
    rows = []
    for one in affected:
        row = DecisionRow(
            name_of(one.letter), slug_of(one.letter.event), one.letter.consumer, effect_words(act, one)
        )
        rows.append(replace(row, outcome=_REPLACED, state="skipped") if is_skipped(act, one) else row)
    return rows


def is_skipped(act: str, one: Affected) -> bool:
    """Whether an act can't be done to a dead letter."""
    return act == "retry" and one.replacement is not None


def with_outcomes(rows: Sequence[DecisionRow], outcomes: dict[Name, Outcome]) -> list[DecisionRow]:
    """Give the rows with what came of each."""
    return [
        row
        if (outcome := outcomes.get(row.name)) is None
        else replace(row, outcome=told(outcome), state="bad" if outcome.failed else "ok")
        for row in rows
    ]


def is_settled(outcome: Outcome) -> bool:
    """Whether somebody has done it: what was only noted comes to be done later."""
    return not outcome.is_noted


def summary(done: Sequence[Outcome], total: int, *, stopped: bool) -> tuple[str, str]:
    """Say how far an act is, and in which colour."""
    failed = sum(outcome.failed for outcome in done)
    noted = sum(not is_settled(outcome) for outcome in done)
    parts = [f"{count(len(done) - failed - noted)} done"]
    parts += [f"{count(failed)} failed"] if failed else []
    parts += [f"{count(noted)} noted, not done yet"] if noted else []
    if stopped and len(done) < total:
        parts.append(f"{count(total - len(done))} not asked for: stopped")
    elif len(done) < total:
        parts.append(f"{count(total - len(done))} to go")
    return ", ".join(parts), "bad" if failed else "warn" if noted else "ok"
