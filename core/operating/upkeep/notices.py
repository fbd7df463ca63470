"""What is wrong with the whole, from a snapshot: each cause is told once, whatever its signs, with what to do. Pure.

A cause explains others: a full disk makes the broker refuse, the relay stop and consumers fail, and is one notice.
"""

import re
from collections.abc import Iterable, Iterator

from core.operating.endpoints.words import failing_sentence, off_sentence
from core.operating.snapshot import BrokerState, Cause, Notice, Severity, Snapshot

#: An outbox that waits this long for its relay is worth a sentence, in seconds.
_BACKLOG_S = 5.0
#: What our own errors of databases and objects begin with, also where an error's type stands before it.
_OURS = re.compile(r"(?:^|: )(?:Database (?P<name>\S+?):? |Object store )")
#: What SQLite and the system say, and what it comes from. Anything else is a trouble of the database's own.
_SAYINGS = (
    (re.compile(r"disk is full|no space left|quota exceeded", re.IGNORECASE), Cause.DISK_FULL),
    (re.compile(r"readonly database|read-only file system|can't be written", re.IGNORECASE), Cause.READ_ONLY),
    (re.compile(r"is locked", re.IGNORECASE), Cause.LOCKED),
    (re.compile(r"malformed|not a database|damaged", re.IGNORECASE), Cause.DAMAGED),
)
#: What each cause explains: its signs are not told beside it.
_EXPLAINS = {
    Cause.READ_ONLY: {Cause.DATABASE, Cause.LOCKED, Cause.BROKER_DISK, Cause.WORKER},
    Cause.DISK_FULL: {Cause.DISK_LOW, Cause.DATABASE, Cause.LOCKED, Cause.BROKER_DISK, Cause.WORKER},
    Cause.DATABASE: {Cause.RELAY},
    Cause.BROKER_DISK: {Cause.RELAY},
    Cause.BROKER_MEMORY: {Cause.RELAY, Cause.BROKER_FILLING},
    Cause.BROKER_DOWN: {Cause.RELAY},
    Cause.BROKER_NODE: {Cause.RELAY},
    Cause.NOTHING_RUNS: {Cause.RELAY, Cause.WORKER},
}
#: What a broker answers that takes no writes, before or instead of saying so of itself.
_REFUSALS = {"MISCONF": Cause.BROKER_DISK, "OOM command": Cause.BROKER_MEMORY}
#: Workers say through this database that they are there.
_CONTROL = "Database control "
_ITSELF = "everything goes on by itself."


def notices(snapshot: Snapshot) -> tuple[Notice, ...]:
    """Say what is wrong, the worst first; empty while all is well."""
    found: dict[Cause, Notice] = {}
    for notice in _all(snapshot):
        found.setdefault(notice.cause, notice)
    explained = {sign for cause in found for sign in _EXPLAINS.get(cause, ())}
    if any(notice.what.startswith(_CONTROL) for notice in found.values()):
        explained.add(Cause.WORKER)
    told = (notice for notice in found.values() if notice.cause not in explained)
    order = list(Cause)
    return tuple(sorted(told, key=lambda n: (n.severity is not Severity.BAD, order.index(n.cause))))


def _all(snapshot: Snapshot) -> Iterator[Notice]:
    """Go through all signs; of two with one cause the first is the better witness."""
    yield from snapshot.notices
    if snapshot.database_error:
        yield trouble_of_database(snapshot.database_error)
    texts = [snapshot.outbox.relay_error, *(health.error for health in snapshot.consumers)]
    yield from _troubles_told(text for text in texts if text)
    yield from _of_broker(snapshot)
    yield from _of_relay(snapshot)
    yield from _of_worker(snapshot)
    yield from _of_endpoints(snapshot)


def _troubles_told(texts: Iterable[str]) -> Iterator[Notice]:
    """Read what comes from disk and databases out of others' errors; what is theirs alone is shown where they are."""
    for text in texts:
        if _OURS.search(text):
            notice = trouble_of_database(text)
            if notice.cause is not Cause.DATABASE:
                yield notice


def trouble_of_database(error: str) -> Notice:
    """Say what an error of a database or of the objects comes from, and what to do."""
    line = _one_line(error)
    found = _OURS.search(line)
    name = (found and found["name"]) or "in use"
    for saying, cause in _SAYINGS:
        if saying.search(line):
            return _known_trouble(cause, name.rpartition("/")[2].removesuffix(".db"), line)
    return Notice(Cause.DATABASE, Severity.BAD, f"The database can't be read: {line}")


def with_remedy(error: str) -> str:
    """Give an error as a sentence, with what to do if it comes from a damaged database: no waiting mends that."""
    line = _sentence(_one_line(error))
    if not _OURS.search(line) or "main.py restore" in line:
        return line
    notice = trouble_of_database(line)
    return f"{line} {notice.remedy}" if notice.cause is Cause.DAMAGED else line


def _known_trouble(cause: Cause, name: str, line: str) -> Notice:
    match cause:
        case Cause.DISK_FULL:
            what = "The disk is full: links may be refused, and consumers wait; nothing is lost."
            return Notice(cause, Severity.BAD, what, _sentence(line), f"Free some space; {_ITSELF}")
        case Cause.READ_ONLY:
            what = "The data can't be written: links are refused, and consumers wait; nothing is lost."
            return Notice(cause, Severity.BAD, what, _sentence(line), f"Make them writable again; {_ITSELF}")
        case Cause.LOCKED:
            what = f"Database {name} is locked by another program: what needs it waits; nothing is lost."
            return Notice(cause, Severity.BAD, what, "", f"Close what holds it; {_ITSELF}")
        case _:
            what = f"Database {name} is damaged: what needs it stands still. The file is kept as it is."
            return Notice(
                Cause.DAMAGED, Severity.BAD, what, _sentence(line), "Restore a backup: main.py restore FILE."
            )


def _of_broker(snapshot: Snapshot) -> Iterator[Notice]:
    broker, waiting = snapshot.broker, _waiting(snapshot)
    error = _sentence(broker.error or "")
    if broker.state is BrokerState.STOPPED:
        what = f"Nothing runs on this data dir: links are still created{waiting}."
        yield Notice(Cause.NOTHING_RUNS, Severity.WARN, what, "", "Start the window or a worker.")
    elif broker.state is BrokerState.DOWN:
        what = f"Broker is down: links are still created{waiting}."
        yield Notice(Cause.BROKER_DOWN, Severity.BAD, what, error)
    elif broker.state is BrokerState.REFUSING:
        limit = broker.memory_limit_bytes
        is_full = bool(limit) and (broker.memory_bytes or 0) >= (limit or 0)
        yield _refusal(Cause.BROKER_MEMORY if is_full else Cause.BROKER_DISK, waiting, error)
    elif error:
        what = f"Part of the broker is away: links are still created, the other partitions flow{waiting}."
        yield Notice(Cause.BROKER_NODE, Severity.BAD, what, error)


def _refusal(cause: Cause, waiting: str, error: str) -> Notice:
    remedy = f"Free some space on its disk; {_ITSELF}"
    if cause is Cause.BROKER_MEMORY:
        remedy = "Resume paused consumers, or raise its limit (SIGNALBOX_BROKER_MEMORY_MB)."
    return Notice(
        cause, Severity.BAD, f"Broker refuses writes: links are still created{waiting}.", error, remedy
    )


def _of_relay(snapshot: Snapshot) -> Iterator[Notice]:
    backlog = snapshot.outbox
    error = backlog.relay_error or ""
    refusals = [cause for word, cause in _REFUSALS.items() if word in error]
    if any(_troubles_told([error])):
        return  # A database's trouble, and told as such.
    if refusals and snapshot.broker.state is not BrokerState.REFUSING:
        yield _refusal(refusals[0], _waiting(snapshot), _sentence(error))
    elif error and not refusals:
        what = f"The relay does not publish{_waiting(snapshot)}: {_one_line(error)}"
        yield Notice(Cause.RELAY, Severity.BAD, what)
    elif backlog.unpublished and (backlog.oldest_age_s or 0) > _BACKLOG_S:
        events = _events(backlog.unpublished)
        age = f"{backlog.oldest_age_s:,.0f} s"
        yield Notice(Cause.RELAY, Severity.WARN, f"{events} for the relay, the oldest for {age}.")


def _of_worker(snapshot: Snapshot) -> Iterator[Notice]:
    own = snapshot.own_worker
    if own and own.startswith(("died", "did not start")):
        yield Notice(Cause.WORKER, Severity.BAD, f"The worker {own}. Events wait; nothing is lost.")
    elif snapshot.consumers and not snapshot.workers and (own is None or own == "stopped"):
        what = "No worker is running: events wait until one is started (main.py worker)."
        yield Notice(Cause.WORKER, Severity.BAD, what)


def _of_endpoints(snapshot: Snapshot) -> Iterator[Notice]:
    failing = snapshot.failing_endpoints
    if failing:
        what = f"{failing_sentence(failing, snapshot.taken_at)}."
        why = "All other endpoints are called meanwhile."
        remedy = "Repair it, or remove the endpoint; then try now."
        yield Notice(Cause.ENDPOINT, Severity.WARN, what, why, remedy, failing[0].consumer)
    off = snapshot.endpoints_off
    if off:
        what = f"{off_sentence(off, snapshot.taken_at)}."
        why = "It is never told of what is committed meanwhile; what waited for it goes out once it is on again."
        yield Notice(
            Cause.ENDPOINT_OFF, Severity.WARN, what, why, "Enable it, or remove it.", off[0].consumer
        )


def _waiting(snapshot: Snapshot) -> str:
    number = snapshot.outbox.unpublished
    return f"; {_events(number)}" if number else ""


def _events(number: int) -> str:
    return "1 event waits" if number == 1 else f"{number:,} events wait"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sentence(text: str) -> str:
    line = _one_line(text)
    return line if not line or line.endswith((".", "!", "?")) else f"{line}."
