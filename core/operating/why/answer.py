"""What "why?" answers: the rung of the ladder that is broken, one sentence, and the one act that helps. Reads nothing."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """What an answer means for whoever asked."""

    #: It has happened.
    DONE = "done"
    #: It was never to happen.
    NOT_MEANT = "not meant"
    #: It will happen by itself.
    WAITING = "waiting"
    #: It will not happen, or not soon, unless somebody does something.
    STUCK = "stuck"
    #: It can't be told.
    UNKNOWN = "unknown"


class Rung(StrEnum):
    """Where the ladder ended; the values are the words that people see."""

    # Of an event
    NEVER_COMMITTED = "never committed"
    DELETED = "deleted"
    NOTHING_RUNS = "nothing runs"
    BROKER_BROKEN = "broker broken on purpose"
    BROKER_DOWN = "broker down"
    BROKER_AHEAD = "broker ahead"
    RELAY_FAILS = "relay does not publish"
    NOT_RELAYED = "not relayed"
    NOT_PUBLISHED = "not published"
    LOST_BY_BROKER = "lost by the broker"
    # What the consumer has of it
    UNREADABLE = "unreadable"
    APPLIED = "applied"
    IGNORED = "ignored"
    OTHER_AUDIENCE = "for another consumer"
    DEAD = "dead"
    DISCARDED = "discarded"
    REPLACED = "replaced"
    HELD = "held"
    BEHIND = "behind a failure"
    FAILING = "failing"
    BROKEN = "broken on purpose"
    RECEIPT_FORGOTTEN = "receipt forgotten"
    BEFORE_ITS_TIME = "before its time"
    RECEIPT_MISSING = "receipt missing"
    # Why it has not come to it
    NO_WORKER = "no worker"
    STANDSTILL = "standstill"
    PAUSED = "paused"
    OUTAGE = "outage"
    FULL = "too many links wait"
    NO_OWNER = "no owner"
    OWNER_SILENT = "owner silent"
    NO_GROUP = "no group"
    IN_FLIGHT = "in flight"
    STRANDED = "stranded"
    TRIMMED = "trimmed"
    LAG = "lag"
    # What followed from it
    NO_ENDPOINT = "no endpoint"
    ENDPOINT_LATER = "endpoint added later"
    ENDPOINT_REMOVED = "endpoint removed"
    #: It was off when the event was committed, and is never told of it; or it is off, and a delivery waits.
    ENDPOINT_WAS_OFF = "endpoint was off"
    ENDPOINT_OFF = "endpoint disabled"
    NO_DELIVERY = "no delivery"
    DELIVERED = "delivered"
    EXHAUSTED = "delivery exhausted"
    CALL_FAILING = "endpoint failing"
    SENDING = "sending"
    NO_LEADER = "sender without leader"
    SENDER_PAUSED = "sender paused"
    DUE = "delivery due"
    NOT_NOTED = "image not noted"
    IMAGE_MISSING = "image missing"
    IMAGE_DAMAGED = "image damaged"
    NOT_DURABLE = "image not durable"


_STANDINGS = {
    Standing.DONE: (Rung.APPLIED, Rung.DELIVERED, Rung.RECEIPT_FORGOTTEN, Rung.NOT_DURABLE),
    Standing.NOT_MEANT: (
        Rung.IGNORED,
        Rung.OTHER_AUDIENCE,
        Rung.BEFORE_ITS_TIME,
        Rung.DISCARDED,
        Rung.REPLACED,
        Rung.NO_ENDPOINT,
        Rung.ENDPOINT_LATER,
        Rung.ENDPOINT_REMOVED,
        Rung.ENDPOINT_WAS_OFF,
    ),
    Standing.WAITING: (
        Rung.NOT_RELAYED,
        Rung.NOT_PUBLISHED,
        Rung.LOST_BY_BROKER,
        Rung.FAILING,
        Rung.BEHIND,
        Rung.NO_OWNER,
        Rung.OWNER_SILENT,
        Rung.NO_GROUP,
        Rung.IN_FLIGHT,
        Rung.STRANDED,
        Rung.TRIMMED,
        Rung.LAG,
        Rung.CALL_FAILING,
        Rung.SENDING,
        Rung.DUE,
    ),
    Standing.UNKNOWN: (Rung.UNREADABLE, Rung.NEVER_COMMITTED, Rung.DELETED),
}
_STANDING_OF = {rung: standing for standing, rungs in _STANDINGS.items() for rung in rungs}


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator can do: its name and arguments for the window, its words for the command line."""

    name: str
    words: tuple[str, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """The command line, to be copied."""
        return f"main.py {shlex.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Why one event has or has not had its effect in one consumer."""

    rung: Rung
    #: One sentence, or two where the second says what happens next.
    sentence: str
    #: The one act that helps; None = nothing has to be done, or nothing can be.
    act: Act | None = None

    @property
    def standing(self) -> Standing:
        """What it means for whoever asked."""
        return _STANDING_OF.get(self.rung, Standing.STUCK)

    def to_json(self) -> dict[str, Any]:
        """Give it as it is printed with --json."""
        act = self.act
        return {
            "rung": self.rung.value,
            "standing": self.standing.value,
            "sentence": self.sentence,
            "act": None
            if act is None
            else {"name": act.name, "arguments": dict(act.arguments), "command": act.command},
        }
