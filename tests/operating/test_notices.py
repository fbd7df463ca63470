"""Each cause of trouble is one notice, whatever its signs, with what to do."""

import pytest

from core.operating.snapshot import (
    BrokerHealth,
    BrokerState,
    Cause,
    ConsumerState,
    Notice,
    OutboxBacklog,
    Severity,
    Snapshot,
)
from core.operating.upkeep.notices import notices, trouble_of_database, with_remedy
from tests.gui.pictures import NAMES, consumer, snapshot

FULL = "Database links: (sqlite3.OperationalError) database or disk is full"
MISCONF = "The broker takes no writes: it can't write to its disk."
OOM = "The broker takes no writes: its memory is full (16 MB)."


def failing(error: str) -> dict[str, object]:
    return {"consumers": tuple(consumer(name, ConsumerState.FAILING, error=error) for name in NAMES)}


def causes(picture: Snapshot) -> list[Cause]:
    return [notice.cause for notice in notices(picture)]


def test_all_is_well() -> None:
    assert notices(snapshot()) == ()


def test_a_full_disk_is_one_notice_though_everything_fails_of_it() -> None:
    picture = snapshot(
        broker=BrokerHealth(BrokerState.REFUSING, "embedded", error=MISCONF),
        outbox=OutboxBacklog(7, 30.0, FULL),
        database_error=FULL,
        own_worker="died (exit code 1), starting again in 5 s",
        **failing("StoreUnavailable: Object store /d/objects: [Errno 28] No space left on device"),
    )

    (notice,) = notices(picture)

    assert notice.cause is Cause.DISK_FULL
    assert notice.severity is Severity.BAD
    assert "nothing is lost" in notice.what
    assert "Free some space" in notice.remedy


def test_what_the_upkeep_has_seen_itself_is_the_better_witness() -> None:
    seen = Notice(Cause.DISK_FULL, Severity.BAD, "The disk is nearly full.", "12 MiB are free for /d.")

    assert notices(snapshot(notices=(seen,), database_error=FULL)) == (seen,)


def test_a_broker_that_cannot_write_and_one_whose_memory_is_full_are_told_apart() -> None:
    disk = BrokerHealth(BrokerState.REFUSING, "embedded", error=MISCONF)
    memory = BrokerHealth(BrokerState.REFUSING, "embedded", memory_bytes=16, memory_limit_bytes=16, error=OOM)
    refused = OutboxBacklog(3, 9.0, "The broker refused: OOM command not allowed.")

    (of_disk,) = notices(snapshot(broker=disk, outbox=refused))
    (of_memory,) = notices(snapshot(broker=memory, outbox=refused))

    assert (of_disk.cause, of_memory.cause) == (Cause.BROKER_DISK, Cause.BROKER_MEMORY)
    assert of_memory.what == "Broker refuses writes: links are still created; 3 events wait."
    assert "SIGNALBOX_BROKER_MEMORY_MB" in of_memory.remedy


@pytest.mark.parametrize(
    ("error", "cause", "named"),
    [
        ("Database control: database is locked", Cause.LOCKED, "control"),
        ("Database /some/where/links.db: database is locked", Cause.LOCKED, "links"),
        ("Database links: attempt to write a readonly database", Cause.READ_ONLY, ""),
        ("Object store /d/objects: [Errno 30] Read-only file system: 'x'", Cause.READ_ONLY, ""),
        ("Database qr: database disk image is malformed", Cause.DAMAGED, "qr"),
        ("Database qr: disk I/O error", Cause.DATABASE, "disk I/O error"),
    ],
)
def test_a_trouble_of_a_database_is_told_with_its_name(error: str, cause: Cause, named: str) -> None:
    notice = trouble_of_database(error)

    assert notice.cause is cause
    assert named in notice.what


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            "Database qr: file is not a database",
            "Database qr: file is not a database. Restore a backup: main.py restore FILE.",
        ),
        ("Database qr is damaged. Restore one: main.py restore FILE.",) * 2,
        ("Database qr: database is locked", "Database qr: database is locked."),
        ("The secrets are damaged; mend or remove them.",) * 2,
    ],
)
def test_an_error_is_told_with_what_to_do_where_no_waiting_mends_it(error: str, told: str) -> None:
    assert with_remedy(error) == told


def test_a_locked_database_explains_why_no_worker_is_heard() -> None:
    picture = snapshot(database_error="Database control: database is locked", own_worker="stopped")

    assert causes(picture) == [Cause.LOCKED]


def test_a_refusal_that_the_broker_does_not_tell_of_by_itself_is_told() -> None:
    (notice,) = notices(snapshot(outbox=OutboxBacklog(1, 9.0, "The broker refused: MISCONF can't save.")))

    assert notice.cause is Cause.BROKER_DISK
    assert notice.why == "The broker refused: MISCONF can't save."


def test_a_consumers_locked_database_hides_nothing_else() -> None:
    picture = snapshot(
        outbox=OutboxBacklog(1, 3.0, "The database is older than the broker."),
        own_worker="died (exit code 1), starting again in 5 s",
        **failing("StoreUnavailable: Database qr: database is locked"),
    )

    assert causes(picture) == [Cause.LOCKED, Cause.RELAY, Cause.WORKER]


def test_a_relay_that_waits_for_a_database_is_told_as_that_database() -> None:
    locked = snapshot(outbox=OutboxBacklog(1, 9.0, "Database links: database is locked"))
    read_only = snapshot(outbox=OutboxBacklog(1, 9.0, "Database links: attempt to write a readonly database"))

    assert (causes(locked), causes(read_only)) == ([Cause.LOCKED], [Cause.READ_ONLY])


def test_what_a_webhook_was_answered_is_no_trouble_of_ours() -> None:
    assert notices(snapshot(**failing("HTTP 500: database is locked, disk is full"))) == ()


def test_two_causes_are_two_notices_the_worst_first() -> None:
    low = Notice(Cause.DISK_LOW, Severity.WARN, "The disk is getting full.")
    down = BrokerHealth(BrokerState.DOWN, "embedded", error="no answer")

    assert causes(snapshot(notices=(low,), broker=down)) == [Cause.BROKER_DOWN, Cause.DISK_LOW]


def test_partitions_that_wait_for_a_node_of_a_cluster_are_one_notice_that_names_them() -> None:
    waiting = "Partitions 1 and 2 wait for the broker: 10.0.0.2:6379 does not answer: refused"
    picture = snapshot(
        broker=BrokerHealth(BrokerState.READY, "redis+cluster://10.0.0.1", error=waiting),
        outbox=OutboxBacklog(3, 9.0, waiting),
    )

    (notice,) = notices(picture)

    assert (notice.cause, notice.severity) == (Cause.BROKER_NODE, Severity.BAD)
    assert notice.what.endswith("the other partitions flow; 3 events wait.")
    assert notice.why.startswith("Partitions 1 and 2 wait")


def test_a_data_dir_on_which_nothing_runs_is_said_once() -> None:
    idle = snapshot(
        broker=BrokerHealth(BrokerState.STOPPED, "embedded"),
        outbox=OutboxBacklog(2, 9.0, "Nothing runs on this data dir: start the window or a worker."),
        own_worker=None,
    )

    (notice,) = notices(idle)

    assert notice.text == (
        "Nothing runs on this data dir: links are still created; 2 events wait. Start the window or a worker."
    )


def test_a_broker_that_fills_up_is_a_warning_until_it_refuses() -> None:
    filling = Notice(Cause.BROKER_FILLING, Severity.WARN, "The broker's memory is 85 % full.")
    full = Notice(Cause.BROKER_MEMORY, Severity.BAD, "The broker's memory is full.")

    assert notices(snapshot(notices=(filling,))) == (filling,)
    assert notices(snapshot(notices=(filling, full))) == (full,)
