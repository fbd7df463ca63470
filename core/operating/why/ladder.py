"""The ladder: from the facts to the answer, the same for window and command line. It reads nothing.

What the consumer has of the event comes first: it is the truth, whatever else is broken meanwhile. Only then is asked what
keeps the event from getting there, from the commit to the consumer's hands.
"""

from collections.abc import Callable

from core.operating.why.answer import Answer
from core.operating.why.facts import Facts
from core.operating.why.settled import held, letter, not_meant, past_without_receipt, receipt, unreadable
from core.operating.why.upstream import upstream
from core.operating.why.waiting import (
    delivery,
    hindered,
    lag,
    locked_out,
    no_worker,
    parked,
    paused,
    standing_still,
    unowned,
)

#: From the top; the first one that answers is the answer.
LADDER: tuple[Callable[[Facts], Answer | None], ...] = (
    unreadable,
    receipt,
    letter,
    held,
    past_without_receipt,
    not_meant,
    upstream,
    locked_out,
    no_worker,
    standing_still,
    paused,
    parked,
    hindered,
    unowned,
    delivery,
    lag,
)


def decide(facts: Facts) -> Answer:
    """Walk the ladder to the first rung that is broken."""
    for rung in LADDER:
        answer = rung(facts)
        if answer is not None:
            return answer
    raise AssertionError("the last rung always answers")
