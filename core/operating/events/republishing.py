"""Publishing an event again, which means one of two things, and never the other by accident.

The same event is put back into its stream where the broker has lost it: whoever has it absorbs it. Or its consumers are
told once more: each by a new event with the same data, which names its origin and counts as an event of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from core.broker.stream_look import Copy
from core.consuming.contract import Consumer
from core.errors import InvalidInput
from core.events.ids import new_id
from core.operating.actor import actor
from core.operating.events.browser import EventBrowser, EventDetail
from core.operating.events.prospects import Prospect, Verdict, prospect
from core.operating.installation import Installation
from core.operating.journal.intents import Intent, Intents
from core.operating.program import Program
from core.operating.worker_room import build_consumers
from core.producing.republish import Republisher

#: How long the broker may take to forget a stream, in seconds.
_ANSWER_S = 5.0


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of an event that is published again."""

    detail: EventDetail
    #: In display order.
    prospects: tuple[Prospect, ...]

    @property
    def place(self) -> str:
        """Where the event is, as partition/position."""
        event = self.detail.row.event
        return f"{event.partition}/{event.position or '-'}"

    @property
    def will_run(self) -> tuple[str, ...]:
        """The consumers in which a new event would have an effect."""
        return tuple(one.consumer for one in self.prospects if one.verdict is Verdict.RUNS)

    @property
    def is_lost(self) -> bool:
        """Whether the stream has something else, or nothing, where the event was published."""
        return self.detail.copy in (Copy.MISSING, Copy.FOREIGN)


@dataclass(frozen=True, slots=True)
class ToldAgain:
    """A new event that a consumer is told of."""

    consumer: str
    event_id: str


class Republishing:
    """Looks, and publishes again. Methods may block, and may be called from any thread."""

    def __init__(
        self,
        installation: Installation,
        events: EventBrowser,
        on_commit: Callable[[], None],
        program: Program,
    ) -> None:
        """The consumers themselves are loaded when they are asked for the first time."""
        self._installation, self._events, self._program = installation, events, program
        self._on_commit = on_commit
        self._intents = Intents(installation.control, installation.links)
        self._consumers: Mapping[str, Consumer] | None = None
        self._republisher = Republisher(
            installation.links,
            installation.outbox,
            short_base=installation.settings.short_base,
            on_commit=on_commit,
        )

    def preview(self, name: str) -> Preview:
        """Say what would come of an event, named by its id or PARTITION/POSITION.

        Raises:
            InvalidInput: its data does not fit its type, so that it can't be published by this program.
            NotFound: there is no such event; retention may have removed it.
            StoreUnavailable: the outbox can't be read now.
        """
        detail = self._events.detail(name)
        event = detail.row.event
        self._republisher.check(event, event.data_json)
        consumers = self._built()
        position = self._installation.outbox.last_given().get(event.partition, event.position) + 1
        return Preview(
            detail,
            tuple(
                prospect(
                    one.consumer,
                    consumers.get(one.consumer),
                    event,
                    one.effect,
                    _told_before(detail, one.consumer),
                    position=position,
                )
                for one in detail.handlings
            ),
        )

    def tell_again(
        self, seen: Preview, consumers: Sequence[str], *, why: str = "", by: str | None = None
    ) -> list[ToldAgain]:
        """Publish the event's data as a new event for each of these consumers, as somebody has seen it in a preview.

        Raises:
            InvalidInput: one of them must not be told once more, or something has changed since; nothing was published.
            NotFound: the event or its link is gone; nothing was published.
            StoreUnavailable: nothing was published.
        """
        event = seen.detail.row.event
        now = self.preview(event.event_id)
        chosen = [_chosen(seen, now, name) for name in dict.fromkeys(consumers)]
        if not chosen:
            raise InvalidInput("consumer", "none", "Say which consumers are to be told once more.")
        told = [ToldAgain(one.consumer, new_id()) for one in chosen]
        intents = [
            Intent(f"republish {seen.place} as event {one.event_id}", one.consumer, one.event_id)
            for one in told
        ]
        with self._intents.noted(intents, by=by or actor(), why=why) as standing:
            self._republisher.publish_again(
                event,
                {one.consumer: one.before for one in chosen},
                {one.consumer: one.event_id for one in told},
                guard=standing,
            )
        return told

    def put_back(self, seen: Preview, *, why: str = "", by: str | None = None) -> int:
        """Have the stream of a lost event published anew, from the first event on that some consumer still needs.

        Nothing is told twice: consumers absorb what they have. The relay does it within a second or two of being there.
        Gives the partition.

        Raises:
            InvalidInput: the stream has the event, or lets it go on purpose.
            BrokerUnavailable, StoreUnavailable: nothing was changed, or it can't be known: repeating is harmless.
        """
        event = seen.detail.row.event
        now = self._events.detail(event.event_id)
        if now.copy not in (Copy.MISSING, Copy.FOREIGN):
            raise InvalidInput("event", "not_lost", f"It is not lost from its stream: {now.copy}.")
        intent = Intent(f"republish the stream of partition {event.partition}", "streams")
        with (
            self._intents.noted([intent], by=by or actor(), why=why),
            closing(self._installation.open_streams(answer_timeout_s=_ANSWER_S)) as streams,
        ):
            streams.guard.delete(event.partition)
        self._on_commit()
        return event.partition

    def _built(self) -> Mapping[str, Consumer]:
        if self._consumers is None:
            built = build_consumers(self._installation, self._program)
            self._consumers = {consumer.name: consumer for consumer in built}
        return self._consumers


def _told_before(detail: EventDetail, consumer: str) -> tuple[str, ...]:
    events = (row.event for row in detail.replacements)
    return tuple(event.event_id for event in events if event.audience == consumer)


def _chosen(seen: Preview, now: Preview, name: str) -> Prospect:
    before = next((one for one in seen.prospects if one.consumer == name), None)
    after = next((one for one in now.prospects if one.consumer == name), None)
    if before is None or after is None:
        known = ", ".join(one.consumer for one in now.prospects)
        raise InvalidInput(
            "consumer", "unknown", f"There is no consumer {name!r}. There are: {known or 'none'}."
        )
    if not after.may_be_told:
        raise InvalidInput("consumer", "refused", f"{name} {after.text}.")
    if before != after:
        raise InvalidInput("event", "changed", f"Meanwhile {name} {after.text}: look again.")
    return after
