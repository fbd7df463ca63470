"""Parts of one consumer in detail, for what a real one can't be brought to in a test's time."""

from core.broker.group_look import GroupPart
from core.operating.consumer_detail import KeyDetail, PartitionDetail
from core.operating.dead_letters.rows import WaitingKey
from tests.gui.pictures import NOW


def key(**changes: object) -> KeyDetail:
    """Give a link that waits, with what is said."""
    fields: dict[str, object] = {
        "consumer": "qr",
        "link_id": "l1",
        "partition": 0,
        "error_class": "transient",
        "error": "OSError: no disk",
        "attempts": 2,
        "strikes": 0,
        "first_failed_at": NOW - 60,
        "last_failed_at": NOW - 30,
        "next_attempt_at": NOW + 30,
        "events": 1,
    }
    return KeyDetail(WaitingKey(**{**fields, **changes}), "home")  # type: ignore[arg-type]


def part(by_broker: GroupPart | None) -> PartitionDetail:
    """Give a partition with a lag of 6, and what the broker says of it."""
    return PartitionDetail(0, 10, 4, "w1", True, 1, 0, by_broker)
