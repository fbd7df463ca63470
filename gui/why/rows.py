"""The answers as rows, one for each event and consumer, and what all of them together say. No Qt here."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.operating.logs import redact
from core.operating.why.answer import Act, Answer, Rung, Standing
from core.operating.why.explanation import Explained, Explanation
from gui.formatting import count, one_line, plural
from gui.tokens import Tone

#: The answers that somebody should see first.
_WORST_FIRST = (Standing.STUCK, Standing.UNKNOWN, Standing.WAITING, Standing.NOT_MEANT, Standing.DONE)
#: Nobody has to know more of these: what a consumer does not react to is most of what there is.
_ORDINARY = (Rung.IGNORED, Rung.OTHER_AUDIENCE)
TONES = {
    Standing.DONE: Tone.OK,
    Standing.NOT_MEANT: Tone.NEUTRAL,
    Standing.WAITING: Tone.WARN,
    Standing.STUCK: Tone.BAD,
    Standing.UNKNOWN: Tone.WARN,
}


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """Why one event has or has not had its effect in one consumer."""

    event_id: str
    consumer: str
    #: The event's type without its version, such as "LinkCreated".
    event: str
    committed_at: float
    #: Partition and position; None = it has no position yet.
    place: str | None
    rung: Rung
    standing: Standing
    sentence: str
    act: Act | None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others."""
        return self.event_id, self.consumer


@dataclass(frozen=True, slots=True)
class Verdict:
    """All answers in some words."""

    word: str
    tone: Tone


def rows_of(explanation: Explanation) -> tuple[AnswerRow, ...]:
    """Give all answers, what needs attention first; of equal ones those of the newest event, then by consumer."""
    rows = [
        _row(one, consumer, answer)
        for one in reversed(explanation.events)
        for consumer, answer in one.answers.items()
    ]
    return tuple(sorted(rows, key=_urgency))


def _urgency(row: AnswerRow) -> tuple[int, bool, bool]:
    """Give how early an answer comes: by what it means, then whether there is something to be done."""
    return _WORST_FIRST.index(row.standing), row.act is None, row.rung in _ORDINARY


def _row(one: Explained, consumer: str, answer: Answer) -> AnswerRow:
    event = one.event
    return AnswerRow(
        event_id=event.event_id,
        consumer=consumer,
        event=event.type.partition(".")[0],
        committed_at=event.committed_at,
        place=f"{event.partition}/{event.position}" if event.position else None,
        rung=answer.rung,
        standing=answer.standing,
        sentence=said(answer),
        act=answer.act,
    )


def said(answer: Answer) -> str:
    """Give an answer's sentence as it may be shown: errors quote what others have said."""
    return one_line(redact(answer.sentence))


def worst(rows: Sequence[AnswerRow]) -> AnswerRow | None:
    """Give the answer to be shown first."""
    return min(rows, key=_urgency, default=None)


def verdict(rows: Sequence[AnswerRow]) -> Verdict:
    """Say what all answers together say."""
    of = {standing: sum(row.standing is standing for row in rows) for standing in Standing}
    if of[Standing.STUCK]:
        return Verdict(f"{count(of[Standing.STUCK])} of {plural(len(rows), 'answer')}: stuck", Tone.BAD)
    if of[Standing.UNKNOWN]:
        return Verdict(f"{count(of[Standing.UNKNOWN])} of {plural(len(rows), 'answer')}: unknown", Tone.WARN)
    if of[Standing.WAITING]:
        return Verdict(f"{count(of[Standing.WAITING])} of {plural(len(rows), 'answer')}: waiting", Tone.WARN)
    return Verdict("nothing is missing", Tone.OK)
