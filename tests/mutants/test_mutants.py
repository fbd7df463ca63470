"""The ledger turns red for each of the faults that such systems have had, in one run, and stays green without them."""

import os
import subprocess
import sys

import pytest
from sqlalchemy import select

from core.events.partitioning import partition_of
from core.operating.ledger.report import Account, LedgerReport
from core.producing.tables import outbox
from tests.mutants.conftest import Stage
from tests.mutants.naive import Fault
from tests.support.links import PARTITIONS
from tests.support.programs import ROOT


def account_of(report: LedgerReport) -> Account:
    (account,) = report.accounts
    return account


def test_without_a_fault_the_ledger_is_green_under_the_same_load_kills_and_losses(stage: Stage) -> None:
    stage.run(None)
    assert stage.kills == 4

    report = stage.check()

    assert report.ok, report.to_json()
    assert report.streams.not_checked is None
    account = account_of(report)
    assert account.applied == account.committed == 52
    assert account.absorbed > 0
    assert not stage.without_receipt()


@pytest.mark.parametrize(
    "fault", [Fault.ACK_BEFORE_COMMIT, Fault.MAXLEN, Fault.GROUP_AT_END, Fault.CURSOR_BY_ID]
)
def test_a_fault_that_loses_events_is_red_with_the_ids_of_all_of_them(stage: Stage, fault: Fault) -> None:
    stage.run(fault)

    report = stage.check()

    assert not report.ok
    lost = stage.without_receipt()
    assert lost
    assert lost <= set(account_of(report).missing.names)


def test_plain_xadd_is_red_for_its_ids_and_for_what_the_broker_lost(stage: Stage) -> None:
    stage.run(Fault.PLAIN_XADD)

    report = stage.check()

    assert not report.ok
    assert report.streams.findings.count
    lost = stage.without_receipt()
    assert lost
    assert lost <= set(account_of(report).missing.names)


def test_an_inbox_in_its_own_transaction_is_red_for_effects_that_are_doubled(stage: Stage) -> None:
    stage.run(Fault.INBOX_APART)

    report = stage.check()

    assert not report.ok
    account = account_of(report)
    assert account.doubled.count
    assert all(name.endswith(" clicks") for name in account.doubled.names)
    assert not stage.without_receipt()


def test_two_readers_of_a_partition_are_red_for_the_order(stage: Stage) -> None:
    stage.run(Fault.TWO_READERS)

    report = stage.check()

    assert not report.ok
    assert account_of(report).out_of_order.count


def test_partitioning_by_hash_is_red_with_the_events_that_lie_elsewhere(stage: Stage) -> None:
    for seed, act in ((1, "create"), (2, "click")):
        subprocess.run(
            [sys.executable, "-m", "tests.mutants.hash_program", stage.installation.settings.data_dir, act],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            cwd=ROOT,
            check=True,
        )
    stage.play("relay", None)
    stage.play("consumer", None)

    report = stage.check()

    assert not report.ok
    with stage.installation.links.reading() as db:
        rows = db.execute(select(outbox.c.event_id, outbox.c.link_id, outbox.c.partition)).all()
    astray = {row.event_id for row in rows if row.partition != partition_of(row.link_id, PARTITIONS)}
    assert len({row.partition for row in rows if row.link_id == rows[0].link_id}) <= 2
    assert report.outbox.count == len(astray) > 0
    assert {finding.split()[1] for finding in report.outbox.names} == astray
