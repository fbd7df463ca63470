"""The test of data dir, database and broker: plain words, the way out, no passwords; real servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from core.broker.facts import BrokerFacts
from core.broker.probe import BrokerProbe
from core.broker.server import EmbeddedBroker
from core.operating import connections
from core.operating.connections import Connections, Finding
from core.operating.installation import Installation
from core.operating.snapshot import Severity
from core.settings import Settings


@contextmanager
def opened(data_dir: Path, **settings: object) -> Iterator[Connections]:
    """Give the test of an installation, and close that."""
    installation = Installation(Settings.load(data_dir=data_dir, partitions=1, **settings))
    try:
        yield Connections(installation)
    finally:
        installation.close()


def by_check(found: tuple[Finding, ...]) -> dict[tuple[str, str], Finding]:
    return {(one.part, one.check): one for one in found}


def test_an_installation_that_is_as_it_should_be_has_nothing_to_mend(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    with opened(tmp_path, broker=broker.url, disk_warn_mb=1, disk_stop_mb=0) as tested:
        found = tested.test()

    assert [one for one in found if one.severity is not None or one.fix] == []
    said = {key: one.said for key, one in by_check(found).items()}
    assert said["broker", "version"].startswith("valkey ")
    assert said["broker", "policy"] == "maxmemory-policy is noeviction: it never drops entries by itself."
    assert said["broker", "persistence"] == "It keeps the streams on disk (appendonly yes)."
    assert said["database", "version"].startswith("SQLite 3.")
    assert "synchronous full" in said["database", "persistence"]
    assert "MiB are free" in said["data dir", "free space"]


def test_a_broker_that_would_lose_events_is_told_with_the_way_out(
    broker: EmbeddedBroker, client: redis.Redis, tmp_path: Path
) -> None:
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("appendonly", "no")
    client.config_set("maxmemory", 512 * 2**20)
    with opened(tmp_path, broker=broker.url) as tested:
        found = by_check(tested.test())
    with opened(tmp_path, broker=broker.url, accept_volatile_broker=True) as tested:
        accepted = by_check(tested.test())

    assert found["broker", "policy"].severity is Severity.BAD
    assert found["broker", "policy"].fix == "Set maxmemory-policy to noeviction."
    assert found["broker", "persistence"].severity is Severity.BAD
    assert "SIGNALBOX_ACCEPT_VOLATILE_BROKER=true" in found["broker", "persistence"].fix
    assert accepted["broker", "persistence"].severity is Severity.WARN
    assert "MiB are used of 512 MiB." in found["broker", "memory"].said


def test_a_broker_that_does_not_answer_is_quoted_without_its_password(tmp_path: Path) -> None:
    with opened(tmp_path, broker="redis://ann:opensesame@127.0.0.1:1/") as tested:
        address, found = tested.broker, tested.test()

    (answer,) = (one for one in found if one.part == "broker")
    assert address == "redis://ann:***@127.0.0.1:1/"
    assert (answer.check, answer.severity) == ("answer", Severity.BAD)
    assert answer.said.startswith("The broker does not answer: ")
    assert "SIGNALBOX_BROKER" in answer.fix
    assert "opensesame" not in str(found)


def test_a_wrong_password_is_told_in_the_servers_own_words(
    broker: EmbeddedBroker, client: redis.Redis, tmp_path: Path
) -> None:
    client.acl_setuser("ann", enabled=True, passwords=["+opensesame"], categories=["+@all"], keys=["*"])
    url = broker.url.replace("unix://", "unix://ann:wrong-one@")
    with opened(tmp_path, broker=url) as tested:
        found = by_check(tested.test())
    client.acl_deluser("ann")

    assert (
        "WRONGPASS" in found["broker", "answer"].said or "invalid username" in found["broker", "answer"].said
    )
    assert "wrong-one" not in str(found)


def test_a_database_that_somebody_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_LOCKED_S", 0.1)
    with opened(tmp_path) as tested, tested._installation.links.transaction():
        found = by_check(tested.test())

    assert found["database", "answer"].severity is Severity.BAD
    assert "locked" in found["database", "answer"].said
    assert found["database", "answer"].fix.startswith("End what holds it")
    assert found["database", "version"].severity is None


def test_little_space_is_told_before_there_is_none(tmp_path: Path) -> None:
    with opened(tmp_path, disk_warn_mb=10**9, disk_stop_mb=0) as tested:
        little = by_check(tested.test())
    with opened(tmp_path, disk_warn_mb=10**9, disk_stop_mb=10**8) as tested:
        none = by_check(tested.test())

    assert little["data dir", "free space"].severity is Severity.WARN
    assert none["data dir", "free space"].severity is Severity.BAD
    assert "Free some space" in none["data dir", "free space"].fix


def test_replicas_lone_nodes_and_slow_answers_are_told() -> None:
    facts = BrokerFacts("valkey 9", "id", 900, 1000, "noeviction", True, None)

    alone = replace(facts, is_lone_node=True)

    assert connections._role(BrokerProbe(facts, True, 1.0)).severity is Severity.BAD
    assert "redis+cluster://" in connections._role(BrokerProbe(alone, False, 1.0)).fix
    assert connections._latency("broker", 80.0, "Nearer.").severity is Severity.WARN
    assert connections._memory(facts).severity is Severity.WARN


def test_postgresql_is_asked_too(postgresql_url: str, broker: EmbeddedBroker, tmp_path: Path) -> None:
    with opened(tmp_path, broker=broker.url, database=postgresql_url) as tested:
        where, found = tested.database, by_check(tested.test())

    assert where.startswith("postgresql+psycopg://")
    assert found["database", "version"].said.startswith("PostgreSQL ")
    assert found["database", "role"].said == "It is a primary server, which takes writes."
    assert found["database", "latency"].said.startswith("A simple answer takes ")
    assert found["database", "persistence"].check == "persistence"
