"""What the Dead letters page says: rows, outcomes that are followed, scopes and figures. No window needed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.operating.dead_letters.acts import Affected
from core.operating.dead_letters.effects import Effect
from core.operating.dead_letters.policies import Policy
from core.operating.outcomes import Asked, Outcome
from gui.dead_letters.decision_words import decision_rows, scope_lines, summary, with_outcomes
from gui.dead_letters.head_words import badge_of, idle_of, tab_words
from gui.dead_letters.letter_words import attempts_words, letter_facts, policy_does, traceback_of, why_not
from gui.dead_letters.reading import Wanted, read_keys, read_letters
from gui.dead_letters.rows import Followed, LetterRow, letter_rows
from tests.gui.pictures import NAMES, consumer, snapshot
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    """Give an installation on which nothing runs; billing has a dead letter, and two links wait."""
    with operated(short_dir) as found:
        first, second, third = (found.created(slug) for slug in ("first", "second", "third"))
        secret = "ValueError: whsec_c2VjcmV0c2VjcmV0"
        found.stores["billing"].bury(first, error=secret, retries=2, last_failed_at=10.0)
        found.stores["qr"].park(second)
        found.stores["webhook"].park(third, error_class="held", next_attempt_at=None, attempts=0)
        yield found


def row_of(place: Place) -> LetterRow:
    (row,) = letter_rows([place.only(consumer="billing")])
    return row


def outcome(text: str, *, failed: bool = False) -> Outcome:
    return Outcome("billing", "e", "l", text, failed, is_noted=text.startswith("noted"))


def test_secrets_are_shown_nowhere(place: Place) -> None:
    row = row_of(place)

    shown = [row.error, traceback_of(row.letter), *(fact.value or "" for fact in letter_facts(row))]

    assert row.error == "ValueError: whsec_***"
    assert not any("c2VjcmV0" in text for text in shown)


def test_a_letter_that_failed_again_says_how_often(place: Place) -> None:
    letter = row_of(place).letter

    assert attempts_words(letter) == "5 attempts; retried 2 times for an operator, and failed again"
    assert attempts_words(replace(letter, retries=0)) == "5 attempts"
    assert why_not(letter) == ""
    assert why_not(replace(letter, state="retrying")) == "It is being tried again."


def test_what_was_acted_on_stays_with_its_outcome_until_it_is_cleared(place: Place) -> None:
    row, followed = row_of(place), Followed()
    asked = Asked(1, "retry", "billing", row.letter.event.link_id, row.letter)

    followed.add([asked], [outcome("noted; no worker runs it now, so it is done when one does")])
    (noted,) = followed.letters([row])
    assert (noted.letter.state, noted.outcome) == (
        "dead",
        "noted; no worker runs it now, so it is done when one does",
    )
    followed.learn([asked], [outcome("applied")])
    (applied,) = followed.letters([])
    assert (applied.letter.state, applied.outcome, applied.failed) == ("applied", "applied", False)

    followed.clear()
    followed.learn([asked], [outcome("applied")])
    assert followed.letters([]) == []


def test_links_that_wait_say_what_for(place: Place) -> None:
    answer = read_keys(Wanted(), (), place.desk)

    words = {row.slug: row.next_attempt for row in answer.rows}
    assert words["third"] == "when its dead letter is decided about"
    assert words["second"].startswith("in ")
    assert [row.slug for row in read_keys(Wanted(error_class="held"), (), place.desk).rows] == ["third"]
    assert read_keys(Wanted(text="no such"), (), place.desk).total == 2


def test_nothing_is_read_again_while_nothing_has_changed(place: Place) -> None:
    wanted = Wanted().letters(frozenset({"dead"}))
    first = read_letters(wanted, None, (), place.desk)
    assert first.found is not None

    again = read_letters(wanted, first.found.stamp, (), place.desk)

    assert again.found is None


def test_an_act_restates_its_filter_and_tells_who_is_not_there(place: Place) -> None:
    letter = place.only(consumer="billing")
    affected = [Affected(letter, {"qr": Effect.APPLIED, "webhook": Effect.APPLIED}, 0, None)]

    lines = scope_lines("all that the filter shows", "consumer billing", affected, {"billing"})

    assert lines == [
        "Scope: all that the filter shows (consumer billing).",
        "1 dead letter of 1 link; consumers: billing (1).",
        "No worker runs billing now: the wish is noted, and done when one comes.",
    ]
    (row,) = decision_rows("retry", affected)
    assert row.effects == "qr, webhook have it; billing will run"
    (told,) = with_outcomes([row], {row.name: outcome("failed again: no", failed=True)})
    assert (told.outcome, told.state) == ("failed again: no", "bad")


def test_what_has_another_event_in_its_place_is_not_retried(place: Place) -> None:
    letter = place.only(consumer="billing")

    (row,) = decision_rows("retry", [Affected(letter, {}, 0, "e2")])

    assert (row.state, row.outcome.partition(":")[0]) == ("skipped", "skipped")


@pytest.mark.parametrize(
    ("done", "total", "stopped", "said"),
    [
        ([outcome("applied")], 3, False, ("1 done, 2 to go", "ok")),
        ([outcome("applied")], 3, True, ("1 done, 2 not asked for: stopped", "ok")),
        (
            [outcome("applied"), outcome("failed again: x", failed=True)],
            2,
            False,
            ("1 done, 1 failed", "bad"),
        ),
        ([outcome("noted; not done yet")], 1, False, ("0 done, 1 noted, not done yet", "warn")),
    ],
)
def test_progress_is_counted(done: list[Outcome], total: int, stopped: bool, said: tuple[str, str]) -> None:
    assert summary(done, total, stopped=stopped) == said


def test_the_head_counts_what_is_dead_and_parked_and_unknown_is_no_zero() -> None:
    some = snapshot(consumers=(consumer("qr", dead=2, parked=1), consumer("webhook", workers=())))
    unknown = snapshot(consumers=(consumer("qr", dead=None), consumer("webhook", dead=3)))

    assert badge_of(some)[0] == "2 dead"
    assert tab_words(some) == ("Dead 2", "Parked 1", "Decided", "Policy")
    assert idle_of(some) == {"webhook"}
    assert badge_of(unknown)[0] == "count unknown"
    assert tab_words(unknown)[0] == "Dead ?"
    assert badge_of(snapshot(consumers=tuple(consumer(name) for name in NAMES)))[0] == "nothing dead"


def test_a_policy_says_what_can_not_be_taken_back() -> None:
    policy = Policy("qr", chosen=True, by_itself=False)

    assert policy_does(policy, False).endswith("that can't be taken back.")
    assert policy_does(policy, None) == policy_does(policy, False)
    assert "wait until somebody retries or discards" in policy_does(policy, True)
