"""The test of what an installation stands on: data dir, database, broker. In plain words, with the way out; changes nothing.

Each part is asked anew, over a connection of its own or an idle one. Methods may block, and may be called from any thread.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from core.broker.client import without_password
from core.broker.cluster_facts import ClusterProbe
from core.broker.facts import BrokerFacts
from core.broker.probe import BrokerProbe, probe
from core.errors import BadSettings, BrokerUnavailable, DatabaseDamaged, StoreUnavailable
from core.operating.installation import Installation
from core.operating.logs import redact
from core.operating.snapshot import Severity
from core.storage.file_systems import network_file_system, space_of
from core.storage.sqlite_files import try_writing

#: How long the broker may take for an answer, in seconds.
_ANSWER_S = 2.0
#: An answer that takes longer slows everything down, in milliseconds.
_SLOW_MS = 50.0
#: How long a lock on the database is waited for, in seconds: our own transactions are far shorter.
_LOCKED_S = 1.5
_ASKED = 5
_MIB = 2**20
#: Of a broker's memory limit, so much is nearly all.
_NEARLY_FULL = 0.8


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look has found."""

    #: "data dir", "database" or "broker".
    part: str
    #: What was looked at, such as "persistence".
    check: str
    #: What is so, with the server's own words where it has some.
    said: str
    #: None = as it should be.
    severity: Severity | None = None
    #: The way out, where there is something to be done.
    fix: str = ""


class Connections:
    """What one installation stands on; making it reads nothing."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._settings = installation.settings

    @property
    def broker(self) -> str:
        """Where the broker is, for people, without a password."""
        url = self._settings.broker
        return "embedded" if url is None else without_password(url)

    @property
    def database(self) -> str:
        """Where the links are kept, for people, without a password."""
        return self._installation.links.where

    def test(self) -> tuple[Finding, ...]:
        """Look at everything; what fails is a finding."""
        found = (*self._data_dir(), *self._database(), *self._broker())
        return tuple(
            Finding(one.part, one.check, redact(one.said), one.severity, redact(one.fix)) for one in found
        )

    def _data_dir(self) -> Iterator[Finding]:
        part, folder, settings = "data dir", self._settings.data_dir, self._settings
        try:
            space = space_of(folder)
        except OSError as error:
            yield Finding(part, "folder", f"{folder}: {error.strerror}.", Severity.BAD, "Bring it back.")
            return
        if not space.is_writable:
            fix = "Make it writable for the user that runs Signalbox."
            yield Finding(part, "folder", f"{folder} is read-only.", Severity.BAD, fix)
        free = f"{space.free_bytes // _MIB:,} MiB are free"
        if space.free_bytes < settings.disk_warn_mb * _MIB:
            is_bad = space.free_bytes < settings.disk_stop_mb * _MIB
            fix = f"Free some space: below {settings.disk_stop_mb:,} MiB the consumers stand still."
            yield Finding(part, "free space", f"{free}.", Severity.BAD if is_bad else Severity.WARN, fix)
        else:
            said = f"{free}; a warning comes below {settings.disk_warn_mb:,} MiB."
            yield Finding(part, "free space", said)
        kind = network_file_system(folder)
        if kind is None:
            yield Finding(part, "file system", "It is on this machine, as far as the system tells.")
        elif settings.database is None:
            fix = "Choose a folder of this machine, or keep the databases in PostgreSQL."
            said = f"It lies on a network file system ({kind}), where databases get damaged."
            yield Finding(part, "file system", said, Severity.WARN, fix)
        else:
            yield Finding(
                part, "file system", f"It lies on a network file system ({kind}); no database does."
            )

    # The database

    def _database(self) -> Iterator[Finding]:
        part = "database"
        try:
            with self._installation.links.reading() as db:
                is_file = db.dialect.name == "sqlite"
                yield from _sqlite(db) if is_file else _postgresql(db)
            yield _latency(part, self._ask_database(), "Keep the database on a nearer or quicker machine.")
            if is_file:
                try_writing(self._settings.data_dir / "links.db", wait_s=_LOCKED_S)
                yield Finding(part, "writing", "A transaction can be begun; none is in the way.")
        except (StoreUnavailable, DatabaseDamaged) as error:
            yield Finding(part, "answer", str(error), Severity.BAD, _way_out(error))

    def _ask_database(self) -> float:
        """Give the median time of a simple transaction, in milliseconds."""
        times = []
        for _ in range(_ASKED):
            began = time.perf_counter()
            with self._installation.links.reading() as db:
                db.execute(text("SELECT 1"))
            times.append(time.perf_counter() - began)
        return sorted(times)[_ASKED // 2] * 1000

    # The broker

    def _broker(self) -> Iterator[Finding]:
        part = "broker"
        try:
            found = probe(self._installation.broker_url, answer_timeout_s=_ANSWER_S)
        except (BrokerUnavailable, BadSettings) as error:
            yield Finding(part, "answer", str(error), Severity.BAD, self._way_to_broker(str(error)))
            return
        yield Finding(part, "version", f"{found.facts.version}.")
        yield _latency(part, found.answer_ms, "Run the broker on a nearer machine.")
        yield _persistence(found.facts, is_accepted=self._settings.accept_volatile_broker)
        yield _policy(found.facts)
        yield _memory(found.facts)
        yield _role(found) if found.cluster is None else _nodes(found.cluster)
        if found.cluster is not None:
            yield _coverage(found.cluster)

    def _way_to_broker(self, error: str) -> str:
        if self._settings.broker is None:
            return "It starts again by itself; the log in the data dir's folder broker says why it ended."
        if "cluster support disabled" in error:
            return "It is a single server: let SIGNALBOX_BROKER begin with redis:// (TLS: rediss://)."
        return (
            "See that it runs, that the address is right (SIGNALBOX_BROKER), and that nothing is in the way."
        )


def _way_out(error: StoreUnavailable | DatabaseDamaged) -> str:
    if isinstance(error, DatabaseDamaged):
        return "Restore a backup: main.py restore FILE."
    if "locked" in str(error):
        return "End what holds it, such as a shell or a backup program with an open transaction."
    return "See that it runs and takes connections, and that the address is right (SIGNALBOX_DATABASE)."


def _sqlite(db: Connection) -> Iterator[Finding]:
    version, mode = db.scalar(text("SELECT sqlite_version()")), db.scalar(text("PRAGMA journal_mode"))
    yield Finding("database", "version", f"SQLite {version}, files in the data dir.")
    waits = db.scalar(text("PRAGMA synchronous")) == 2
    if mode == "wal" and waits:
        said = "Each commit of a link waits for the disk (journal_mode wal, synchronous full)."
        yield Finding("database", "persistence", said)
    else:
        said = f"journal_mode is {mode}: readers and writers get in each other's way."
        fix = "Look whether the file system takes write-ahead logs; a network file system does not."
        yield Finding("database", "persistence", said, Severity.WARN, fix)


def _postgresql(db: Connection) -> Iterator[Finding]:
    version = db.scalar(text("SHOW server_version"))
    yield Finding("database", "version", f"PostgreSQL {version}.")
    words = {name: str(db.scalar(text(f"SHOW {name}"))) for name in ("fsync", "synchronous_commit")}
    said = ", ".join(f"{name} {value}" for name, value in words.items())
    if "off" in words.values():
        fix = "Set both to on in the server's configuration, else a power cut may lose committed links."
        yield Finding(
            "database", "persistence", f"Commits don't wait for the disk ({said}).", Severity.BAD, fix
        )
    else:
        yield Finding("database", "persistence", f"Each commit waits for the disk ({said}).")
    if db.scalar(text("SELECT pg_is_in_recovery()")):
        fix = "Let SIGNALBOX_DATABASE name the primary server."
        yield Finding("database", "role", "It is a replica, which takes no writes.", Severity.BAD, fix)
    else:
        yield Finding("database", "role", "It is a primary server, which takes writes.")


def _latency(part: str, ms: float, fix: str) -> Finding:
    said = f"A simple answer takes {ms:.1f} ms." if ms >= 0.1 else "A simple answer takes less than 0.1 ms."
    if ms > _SLOW_MS:
        return Finding(part, "latency", said, Severity.WARN, fix)
    return Finding(part, "latency", said)


def _persistence(facts: BrokerFacts, *, is_accepted: bool) -> Finding:
    if facts.keeps_on_disk:
        return Finding("broker", "persistence", "It keeps the streams on disk (appendonly yes).")
    said = "It keeps nothing on disk (appendonly no)"
    if is_accepted:
        said += ", which is accepted: after its restart the relay publishes again what it has lost."
        return Finding("broker", "persistence", said, Severity.WARN, "Set appendonly to yes.")
    fix = "Set appendonly to yes, or accept it with SIGNALBOX_ACCEPT_VOLATILE_BROKER=true."
    return Finding("broker", "persistence", f"{said}: nothing is published to it.", Severity.BAD, fix)


def _policy(facts: BrokerFacts) -> Finding:
    said = f"maxmemory-policy is {facts.policy or 'not told'}"
    if facts.policy in ("", "noeviction") or facts.policy.startswith("volatile-"):
        return Finding("broker", "policy", f"{said}: it never drops entries by itself.")
    fix = "Set maxmemory-policy to noeviction."
    return Finding("broker", "policy", f"{said}: it drops entries when memory is short.", Severity.BAD, fix)


def _memory(facts: BrokerFacts) -> Finding:
    used, limit = facts.memory_bytes, facts.memory_limit_bytes
    used_words = f"{used / _MIB:,.1f} MiB are used"
    said = f"{used_words} of {limit / _MIB:,.0f} MiB." if limit else f"{used_words}; there is no limit."
    if facts.refuses is not None:
        fix = "Give it more memory or disk; the relay goes on by itself."
        return Finding("broker", "memory", f"It takes no writes: {facts.refuses}.", Severity.BAD, fix)
    if limit and used > _NEARLY_FULL * limit:
        fix = "Give it more memory, or let the consumers catch up: what all have is trimmed."
        return Finding("broker", "memory", said, Severity.WARN, fix)
    return Finding("broker", "memory", said)


def _role(found: BrokerProbe) -> Finding:
    if found.is_replica:
        fix = "Let SIGNALBOX_BROKER name the server that it repeats."
        return Finding("broker", "role", "It is a replica, which takes no writes.", Severity.BAD, fix)
    if found.facts.is_lone_node:
        fix = "Let SIGNALBOX_BROKER begin with redis+cluster:// (TLS: rediss+cluster://)."
        said = "It is a node of a cluster: streams on other nodes are not reached, and nothing is published."
        return Finding("broker", "role", said, Severity.BAD, fix)
    return Finding("broker", "role", "It is a single or primary server, which takes writes.")


def _nodes(cluster: ClusterProbe) -> Finding:
    count = len(cluster.nodes)
    said = f"It is a cluster; its slots are on {count} {'node' if count == 1 else 'nodes'}"
    if cluster.away:
        fix = "Let it run again; its partitions wait meanwhile, and nothing is lost."
        return Finding("broker", "role", f"{said}; {'; '.join(cluster.away)}.", Severity.BAD, fix)
    if cluster.is_all_or_nothing:
        fix = "Set cluster-require-full-coverage to no on all nodes."
        return Finding(
            "broker", "role", f"{said}; once one is away the others refuse as well.", Severity.WARN, fix
        )
    return Finding("broker", "role", f"{said}, which all answer.")


def _coverage(cluster: ClusterProbe) -> Finding:
    if not cluster.uncovered:
        return Finding(
            "broker", "slots", "Each slot has its node; each partition is in one slot by its name."
        )
    ranges = ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in cluster.uncovered)
    fix = "Give them to a node; partitions that are in them wait meanwhile."
    return Finding("broker", "slots", f"No node has these slots: {ranges}.", Severity.BAD, fix)
