"""The tables of one consumer: its partitions, what is in flight, and the keys that wait."""

import time

from core.broker.stream_look import Copy
from core.operating.consumer_detail import FlightDetail, PartitionDetail
from core.operating.dead_letters.rows import WaitingKey
from core.operating.events.objects import payload_of
from gui.formatting import UNKNOWN, clock, count, duration, moment, one_line
from gui.parts.table_columns import RIGHT, TableColumn

_BROKER_UNKNOWN = "The broker could not be asked, or has no such group."
_PAYLOAD_CHARACTERS = 200
#: Parts of a payload that other cells tell.
_TOLD = frozenset({"link_id", "slug", "team_id", "short_url"})


def delivered_of(part: PartitionDetail) -> int | None:
    """Give the last position that the broker has delivered; None = unknown."""
    return None if part.by_broker is None else part.by_broker.delivered


def difference(part: PartitionDetail) -> str:
    """Say in what the broker's figures differ from ours, and why."""
    if part.by_broker is None:
        return _BROKER_UNKNOWN
    theirs = part.by_broker.lag
    if theirs is None:
        return "The broker does not know its own lag, as after trims. Ours is counted by watermarks."
    if theirs == part.lag:
        return "The broker takes the lag for the same."
    return (
        f"The broker says {count(theirs)}: it counts what was not delivered, or miscounts after trims. "
        "Ours is what was not dealt with."
    )


def payload(flight: FlightDetail) -> str:
    """Say in one line what is in flight, without the ids that its other cells tell."""
    if flight.event is None:
        return "its event is not in the outbox any more"
    data = payload_of(flight.event)
    if not isinstance(data, dict):
        return one_line(str(data))[:_PAYLOAD_CHARACTERS]
    parts = (f"{name}: {_plain(value)}" for name, value in data.items() if name not in _TOLD and value)
    return " · ".join(parts)[:_PAYLOAD_CHARACTERS] or "nothing else"


def slug_of(flight: FlightDetail) -> str:
    """Give the slug of the link that is in flight, or its id."""
    if flight.event is None:
        return UNKNOWN
    data = payload_of(flight.event)
    return str(data.get("slug") or flight.event.link_id) if isinstance(data, dict) else flight.event.link_id


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else one_line(str(value))


def next_attempt(key: WaitingKey, now: float) -> str:
    """Say when a key is tried again."""
    if key.next_attempt_at is None:
        return "when you decide"
    left = key.next_attempt_at - now
    return "now" if left <= 0 else f"in {duration(float(round(left)))}"


def _owner(part: PartitionDetail) -> str:
    if part.owner is None:
        return "nobody"
    words = part.owner if part.is_owner_alive else f"{part.owner} (not heard of)"
    return words if part.moved_from is None else f"{words}, moved here"


def _owner_tip(part: PartitionDetail) -> str:
    moved = (
        ""
        if part.moved_from is None
        else f"Operators have moved it from {part.moved_from}; release it to undo that."
    )
    return moved if part.is_owner_alive else f"Nobody applies its events now. {moved}".strip()


def _copy_colour(flight: FlightDetail) -> str:
    return {Copy.THERE: "muted", Copy.UNKNOWN: "faint"}.get(flight.copy, "warn")


PARTITIONS = (
    TableColumn(
        "Partition",
        lambda part: str(part.partition),
        align=RIGHT,
        width=84,
        sort=lambda part: part.partition,
    ),
    TableColumn(
        "Lag",
        lambda part: count(part.lag),
        difference,
        align=RIGHT,
        width=76,
        sort=lambda part: part.lag,
        colour=lambda part: "text" if part.lag else "muted",
    ),
    TableColumn(
        "Watermark",
        lambda part: count(part.position),
        lambda part: (
            f"Dealt with up to here. {count(part.absorbed)} deliveries came again and had no effect."
        ),
        align=RIGHT,
        width=96,
        sort=lambda part: part.position,
    ),
    TableColumn(
        "Published", lambda part: count(part.published), align=RIGHT, width=90, sort=lambda p: p.published
    ),
    TableColumn(
        "Broker: delivered",
        lambda part: count(delivered_of(part)),
        lambda part: "The broker's own word." if part.by_broker else _BROKER_UNKNOWN,
        align=RIGHT,
        width=124,
        sort=lambda part: -1 if part.by_broker is None else part.by_broker.delivered,
        colour=lambda part: "faint" if part.by_broker is None else "muted",
    ),
    TableColumn(
        "Pending",
        lambda part: UNKNOWN if part.by_broker is None else count(part.by_broker.pending),
        lambda part: "Delivered and not acknowledged." if part.by_broker else _BROKER_UNKNOWN,
        align=RIGHT,
        width=76,
        sort=lambda part: -1 if part.by_broker is None else part.by_broker.pending,
        colour=lambda part: "faint" if part.by_broker is None else "muted",
    ),
    TableColumn(
        "Epoch",
        lambda part: count(part.epoch),
        lambda _part: "Raised with each change of owner: whoever has lost a partition can't commit.",
        align=RIGHT,
        width=70,
        sort=lambda part: part.epoch,
    ),
    TableColumn(
        "Owner",
        _owner,
        _owner_tip,
        width=200,
        sort=lambda part: part.owner or "",
        colour=lambda part: "text" if part.is_owner_alive else "warn",
        picture=lambda part: "cpu" if part.is_owner_alive else "triangle-alert",
    ),
)

FLIGHTS = (
    TableColumn(
        "Place",
        lambda flight: f"{flight.partition}/{flight.position}",
        width=90,
        sort=lambda flight: (flight.partition, flight.position),
        code=True,
    ),
    TableColumn(
        "Idle",
        lambda flight: duration(flight.idle_s),
        lambda flight: f"Since its newest delivery, at {clock(time.time() - flight.idle_s)}.",
        align=RIGHT,
        width=90,
        sort=lambda flight: flight.idle_s,
    ),
    TableColumn(
        "Deliveries",
        lambda flight: count(flight.deliveries),
        align=RIGHT,
        width=84,
        sort=lambda flight: flight.deliveries,
        colour=lambda flight: "warn" if flight.deliveries > 1 else "text",
    ),
    TableColumn(
        "In the stream",
        lambda flight: flight.copy.value,
        width=150,
        sort=lambda flight: flight.copy.value,
        colour=_copy_colour,
        picture=lambda flight: "check" if flight.copy is Copy.THERE else "triangle-alert",
    ),
    TableColumn(
        "Type",
        lambda flight: UNKNOWN if flight.event is None else flight.event.type,
        width=120,
        sort=lambda flight: "" if flight.event is None else flight.event.type,
    ),
    TableColumn(
        "Link",
        slug_of,
        lambda flight: "" if flight.event is None else flight.event.link_id,
        width=120,
        sort=slug_of,
        code=True,
    ),
    TableColumn("Payload", payload, width=240, code=True),
)

KEYS = (
    TableColumn(
        "Link",
        lambda one: one.slug or one.key.link_id,
        lambda one: one.key.link_id,
        width=130,
        sort=lambda one: one.slug or one.key.link_id,
        code=True,
    ),
    TableColumn(
        "Waits",
        lambda one: count(one.key.events),
        lambda _one: "Its events that wait, in order.",
        align=RIGHT,
        width=64,
        sort=lambda one: one.key.events,
    ),
    TableColumn(
        "Kind",
        lambda one: one.key.error_class,
        width=104,
        sort=lambda one: one.key.error_class,
        colour=lambda one: "bad" if one.key.is_held else "warn",
        picture=lambda one: "mail-x" if one.key.is_held else "hourglass",
    ),
    TableColumn(
        "Attempts",
        lambda one: count(one.key.attempts),
        align=RIGHT,
        width=76,
        sort=lambda one: one.key.attempts,
    ),
    TableColumn(
        "Next attempt",
        lambda one: next_attempt(one.key, time.time()),
        lambda one: "" if one.key.next_attempt_at is None else moment(one.key.next_attempt_at),
        width=128,
        sort=lambda one: one.key.next_attempt_at or float("inf"),
    ),
    TableColumn(
        "Failing since",
        lambda one: clock(one.key.first_failed_at),
        lambda one: moment(one.key.first_failed_at),
        width=104,
        sort=lambda one: one.key.first_failed_at,
    ),
    TableColumn("Error", lambda one: one_line(one.key.error), lambda one: one.key.error, width=260),
)
