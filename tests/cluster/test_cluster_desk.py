"""A whole desk on a cluster: five consumers in a worker, what an operator sees, and the test of the connection."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from consumers import NAMES
from consumers import build_consumers as consumers_of
from core.operating.connections import Connections, Finding
from core.operating.desk import Desk
from core.operating.installation import Installation
from core.operating.ledger.ledger import Ledger
from core.operating.ledger.report import LedgerReport
from core.operating.program import Program
from core.operating.snapshot import BrokerState, Cause, Severity, Snapshot
from core.operating.upkeep.notices import notices
from core.operating.worker_room import build_consumers
from core.settings import Settings
from tests.support.clusters import SLOTS, Cluster, slot_of
from tests.support.exactly_once import assert_exactly_once
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S, eventually

PROGRAM = Program((sys.executable, str(MAIN)), NAMES, consumers_of)


@pytest.fixture
def desk(cluster: Cluster, short_dir: Path) -> Iterator[Desk]:
    """Give a desk that owns a new data dir and runs a worker, on the cluster."""
    opened = Desk.open(
        Settings.load(data_dir=short_dir, broker=cluster.url), program=PROGRAM, run_worker=True
    )
    yield opened
    assert opened.close(deadline_s=PATIENCE_S) == []


def snapshot(desk: Desk) -> Snapshot:
    assert desk.snapshot is not None
    return desk.snapshot


def is_all_applied(desk: Desk) -> bool:
    """Whether nothing waits anywhere."""
    seen = snapshot(desk)
    return (
        seen.outbox.unpublished == 0
        and len(seen.consumers) == len(NAMES)
        and all(health.lag == 0 and health.in_flight == 0 for health in seen.consumers)
    )


def test_the_whole_way_on_a_cluster_with_a_node_that_dies_meanwhile(
    desk: Desk, cluster: Cluster, short_dir: Path
) -> None:
    for number in range(30):
        desk.create_link(f"https://example.com/{number}")
    eventually(lambda: is_all_applied(desk))
    away = cluster.nodes[1]

    with away.down():
        for number in range(30):
            desk.create_link(f"https://example.org/{number}")
        (notice,) = eventually(
            lambda: [one for one in notices(snapshot(desk)) if one.cause is Cause.BROKER_NODE],
        )
        assert "Partitions 1, 2, 5 and 6 wait for the broker" in notice.why
        assert away.address in notice.why
        assert snapshot(desk).broker.state is BrokerState.READY
        assert all(health.in_flight is None for health in snapshot(desk).consumers)
        assert away.address in (check_ledger(desk).streams.not_checked or "")

    eventually(lambda: is_all_applied(desk) and not notices(snapshot(desk)))
    report = check_ledger(desk)
    assert (report.ok, report.streams.not_checked, report.streams.entries) == (True, None, 60)
    assert assert_exactly_once(short_dir) == 60


def check_ledger(desk: Desk) -> LedgerReport:
    return Ledger(desk._installation, build_consumers(desk._installation, PROGRAM)).check(full=True)


def findings(data_dir: Path, broker: str) -> dict[str, Finding]:
    """Test the connection to a broker; gives what was found by what was looked at."""
    installation = Installation(Settings.load(data_dir=data_dir, broker=broker))
    try:
        return {one.check: one for one in Connections(installation).test() if one.part == "broker"}
    finally:
        installation.close()


def test_a_cluster_that_is_as_it_should_be_has_nothing_to_mend(cluster: Cluster, tmp_path: Path) -> None:
    found = findings(tmp_path, cluster.url)

    assert [one for one in found.values() if one.severity is not None] == []
    assert found["role"].said == "It is a cluster; its slots are on 3 nodes, which all answer."
    assert found["slots"].said == "Each slot has its node; each partition is in one slot by its name."


def test_what_a_cluster_lacks_is_told_with_the_way_out(cluster: Cluster, tmp_path: Path) -> None:
    node, slot = cluster.node_of(0), slot_of(0)
    for one in cluster.nodes:
        one.client.execute_command("CLUSTER", "DELSLOTS", slot)
        one.client.config_set("cluster-require-full-coverage", "yes")
    lacking = findings(tmp_path, cluster.url)
    for one in cluster.nodes:
        one.client.config_set("cluster-require-full-coverage", "no")
    node.client.execute_command("CLUSTER", "ADDSLOTS", slot)
    eventually(cluster.is_whole)

    assert 0 < slot < SLOTS
    assert lacking["slots"].severity is Severity.BAD
    assert lacking["slots"].said == f"No node has these slots: {slot}."
    assert lacking["role"].severity is Severity.WARN
    assert "cluster-require-full-coverage" in lacking["role"].fix


def test_a_node_that_is_away_is_named(cluster: Cluster, tmp_path: Path) -> None:
    away = cluster.nodes[2]
    with away.down():
        found = findings(tmp_path, cluster.url)
    eventually(cluster.is_whole)

    assert found["role"].severity is Severity.BAD
    assert away.address in found["role"].said


def test_the_wrong_kind_of_url_is_told_with_the_right_one(cluster: Cluster, tmp_path: Path) -> None:
    alone = findings(tmp_path, f"redis://{cluster.nodes[0].address}")

    assert alone["role"].severity is Severity.BAD
    assert "redis+cluster://" in alone["role"].fix
