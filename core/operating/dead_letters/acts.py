"""What operators do about dead letters and waiting keys: look, try again, put right, give up. Always looked at before.

Nothing here writes into a consumer's database: wishes go through the requests, and the worker that owns the event does
them. Methods may block, and may be called from any thread.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from core.consuming.controls import Controls
from core.consuming.requests import Requests, Wish
from core.errors import InvalidInput, NotFound
from core.events.envelope import Event
from core.events.ids import new_id
from core.operating.actor import actor
from core.operating.dead_letters.effects import Effect, effects_of, waiting_behind
from core.operating.dead_letters.pages import LetterPages
from core.operating.dead_letters.policies import Policies, defaults
from core.operating.dead_letters.rows import DeadLetter, DeadLetterRows, Selection, WaitingKey
from core.operating.installation import Installation
from core.operating.journal.intents import Intent, Intents
from core.operating.links.slugs import slugs_of
from core.operating.open_books import OpenBooks
from core.operating.outcomes import Asked, Outcome, Outcomes
from core.operating.program import Program
from core.producing.republish import Republisher

#: How long is waited for outcomes, in seconds.
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Affected:
    """A dead letter that an act would touch."""

    letter: DeadLetter
    #: What the other consumers have of its event, by their names.
    effects: dict[str, Effect]
    #: How many events of its link wait in its consumer, which may go on once it is decided about.
    behind: int
    #: The event that was published in its place already, although it is dead still.
    replacement: str | None


class DeadLetters:
    """The dead letters of one installation."""

    def __init__(
        self,
        installation: Installation,
        books: OpenBooks | None = None,
        on_commit: Callable[[], None] = lambda: None,
        program: Program | None = None,
    ) -> None:
        """Without a program it is not known what its consumers do by themselves behind a dead letter.

        Without open books each look opens what it needs.
        """
        self._links = installation.links
        self._intents = Intents(installation.control, installation.links)
        self._controls = Controls(installation.control)
        self._requests = Requests(installation.control)
        self._rows = DeadLetterRows(installation, books)
        self.pages = LetterPages(self._rows, self._controls.registered)
        self.policies = Policies(self._controls, dict if program is None else defaults(installation, program))
        self._outcomes = Outcomes(installation.control, self._rows)
        self._republisher = Republisher(
            installation.links,
            installation.outbox,
            short_base=installation.settings.short_base,
            on_commit=on_commit,
        )

    # Looking

    def find(self, selection: Selection) -> list[DeadLetter]:
        """Read the selected dead letters, by consumer and position.

        Raises:
            NotFound: the selection names a consumer that does not exist.
            StoreUnavailable: a consumer's database can't be read now.
        """
        return self._rows.letters(self._consumers(selection.consumer), selection)

    def waiting(self, consumer: str | None = None) -> list[WaitingKey]:
        """Read the keys that wait, those that wait longest first.

        Raises:
            NotFound, StoreUnavailable: as `find`.
        """
        return self._rows.keys(self._consumers(consumer))

    def slugs(self, link_ids: Collection[str]) -> dict[str, str]:
        """Give what links are called, by their ids; those that do not exist are left out.

        Raises:
            StoreUnavailable: the links can't be read now.
        """
        return slugs_of(self._links, link_ids)

    def preview(self, letters: Sequence[DeadLetter]) -> list[Affected]:
        """Say what is known of each dead letter's event elsewhere, before anything is done about it.

        Raises:
            StoreUnavailable: the outbox or the consumer's database can't be read now.
        """
        effects = effects_of(self._rows, self._controls.registered(), letters)
        replacements = self._republisher.replacements({letter.event.link_id for letter in letters})
        behind = waiting_behind(self._rows, letters)
        return [
            Affected(letter, others, count, replacements.get((letter.event.event_id, letter.consumer)))
            for letter, others, count in zip(letters, effects, behind, strict=True)
        ]

    # Deciding

    def retry(self, affected: Sequence[Affected], *, why: str = "", by: str | None = None) -> list[Asked]:
        """Ask for dead letters to be tried again.

        Raises:
            InvalidInput: one has a replacement: both would have an effect. Nothing was asked.
            StoreUnavailable: nothing was asked.
        """
        for one in affected:
            if one.replacement is not None:
                raise InvalidInput(
                    "event",
                    "already_replaced",
                    f"{one.letter.consumer} has event {one.replacement} in the place of {one.letter.event.event_id} "
                    "already: discard the dead letter.",
                )
        wishes = [_wish("retry", one.letter) for one in affected]
        return self._ask(wishes, [one.letter for one in affected], why=why, by=by)

    def discard(self, affected: Sequence[Affected], *, why: str, by: str | None = None) -> list[Asked]:
        """Ask for dead letters to be given up for good, in favour of their replacements where there are any.

        Raises:
            InvalidInput: no reason is given. Nothing was asked.
            StoreUnavailable: nothing was asked.
        """
        if not why.strip():
            raise InvalidInput("why", "why_missing", "Say why: a discarded event never has its effect.")
        wishes = [_wish("discard", one.letter, one.replacement) for one in affected]
        return self._ask(wishes, [one.letter for one in affected], why=why, by=by)

    def check_edit(self, letter: DeadLetter, data: bytes) -> None:
        """See whether an event with this data, JSON as an operator has written it, can take a dead letter's place.

        Raises:
            InvalidInput: with field "data": it can't.
        """
        self._republisher.check(letter.event, data)

    def edit(
        self, letter: DeadLetter, data: bytes, *, why: str = "", by: str | None = None
    ) -> tuple[str, list[Asked]]:
        """Publish an event with this data in a dead letter's place, for its consumer alone, and ask to discard the letter.

        Gives the new event's id. Should this end between the two, the dead letter can only be discarded.

        Raises:
            InvalidInput, NotFound: nothing was changed.
            StoreUnavailable: nothing was changed, or the dead letter remains to be discarded.
        """
        by = by or actor()
        facts = self._republisher.check(letter.event, data)
        event_id = new_id()
        intent = Intent(f"edit {letter.place} and publish it as {event_id}", letter.consumer, event_id)
        with self._intents.noted([intent], by=by, why=why) as standing:
            self._republisher.publish(
                letter.event, facts, audience=letter.consumer, event_id=event_id, guard=standing
            )
        wish = _wish("discard", letter, event_id)
        return event_id, self._ask([wish], [letter], why=why or "edited and published again", by=by)

    def retry_now(self, key: WaitingKey, *, why: str = "", by: str | None = None) -> Asked:
        """Ask for a waiting key to be tried at once.

        Raises:
            StoreUnavailable: nothing was asked.
        """
        wish = Wish(key.consumer, "retry now", partition=key.partition, argument=key.link_id)
        (number,) = self._requests.ask([wish], by=by or actor(), why=why)
        return Asked(number, wish.act, key.consumer, key.link_id)

    def dead_letter_key(self, key: WaitingKey, *, why: str, by: str | None = None) -> Asked:
        """Ask for the first event of a waiting key to be given up at once, whatever attempts are left.

        Raises:
            InvalidInput: no reason is given, or the key waits behind a dead letter already. Nothing was asked.
            StoreUnavailable: nothing was asked.
        """
        if key.is_held:
            raise InvalidInput(
                "link", "held", "It waits behind a dead letter already: decide about that one."
            )
        # The very event that was seen: it may be dealt with meanwhile, and a worker that dies may do a request twice.
        wish = Wish(key.consumer, "dead-letter", key.partition, key.first, key.link_id)
        return self._give_up(wish, key.link_id, why=why, by=by)

    def dead_letter_event(self, consumer: str, event: Event, *, why: str, by: str | None = None) -> Asked:
        """Ask for an event that a consumer has in hand, or that comes next there, to be given up at once.

        Raises:
            NotFound: there is no such consumer.
            InvalidInput: no reason is given. Nothing was asked.
            StoreUnavailable: nothing was asked.
        """
        self._consumers(consumer)
        wish = Wish(consumer, "dead-letter", event.partition, event.position)
        return self._give_up(wish, event.link_id, why=why, by=by)

    def hold(self, consumer: str, holds: bool | None, *, why: str = "", by: str | None = None) -> int:
        """Want later events of a key to wait behind its dead letter; see `Controls.hold`."""
        return self._controls.hold(consumer, holds, by=by or actor(), why=why)

    def outcomes(self, asked: Sequence[Asked], *, within_s: float = PATIENCE_S) -> list[Outcome]:
        """Wait for what comes of wishes; see `Outcomes.wait`."""
        return self._outcomes.wait(asked, within_s=within_s)

    # Inside

    def _give_up(self, wish: Wish, link_id: str, *, why: str, by: str | None) -> Asked:
        if not why.strip():
            raise InvalidInput("why", "why_missing", "Say why: it stands with the dead letter.")
        (number,) = self._requests.ask([wish], by=by or actor(), why=why.strip())
        return Asked(number, wish.act, wish.consumer, link_id)

    def _ask(
        self, wishes: Sequence[Wish], letters: Sequence[DeadLetter], *, why: str, by: str | None
    ) -> list[Asked]:
        numbers = self._requests.ask(wishes, by=by or actor(), why=why)
        return [
            Asked(number, wish.act, letter.consumer, letter.event.link_id, letter, wish.argument)
            for number, wish, letter in zip(numbers, wishes, letters, strict=True)
        ]

    def _consumers(self, name: str | None) -> tuple[str, ...]:
        known = self._controls.registered()
        if name is not None and name not in known:
            raise NotFound(f"There is no consumer {name!r}. There are: {', '.join(known) or 'none'}.")
        return known if name is None else (name,)


def _wish(act: str, letter: DeadLetter, argument: str | None = None) -> Wish:
    return Wish(letter.consumer, act, letter.event.partition, letter.event.position, argument)
