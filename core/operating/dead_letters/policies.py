"""What becomes of a link's later events behind its dead letter, consumer by consumer: they wait, or they go on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from core.consuming.controls import Controls
from core.operating.installation import Installation
from core.operating.program import Program
from core.operating.worker_room import build_consumers


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of one consumer; None = nobody has chosen, or it is not known."""

    consumer: str
    #: What operators want.
    chosen: bool | None
    #: What the consumer does by itself; None = it is not one of this program.
    by_itself: bool | None

    @property
    def holds(self) -> bool | None:
        """Whether later events wait; None = it is not known here."""
        return self.by_itself if self.chosen is None else self.chosen


class Policies:
    """The policies of one installation; the consumers themselves are loaded when they are asked for the first time."""

    def __init__(self, controls: Controls, of_consumers: Callable[[], Mapping[str, bool]]) -> None:
        self._controls, self._of_consumers = controls, of_consumers
        self._by_itself: Mapping[str, bool] | None = None

    def all(self) -> list[Policy]:
        """Read the policy of each consumer, in display order.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        if self._by_itself is None:
            self._by_itself = self._of_consumers()
        wanted = self._controls.wanted()
        return [
            Policy(name, wanted[name].holds if name in wanted else None, self._by_itself.get(name))
            for name in self._controls.registered()
        ]


def defaults(installation: Installation, program: Program) -> Callable[[], Mapping[str, bool]]:
    """Give the call that loads a program's consumers and asks each what it does by itself."""
    return partial(_defaults, installation, program)


def _defaults(installation: Installation, program: Program) -> Mapping[str, bool]:
    return {
        consumer.name: consumer.holds_behind_dead_letters
        for consumer in build_consumers(installation, program)
    }
