"""A storm is only called survived when it was one and when nothing was found."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.plan import Kind
from tests.chaos.report import Lost, Report, lost_by_broker

SURVIVED = Report(
    seed=1,
    seconds=75,
    blows={Kind.KILL_WORKER.value: 88, Kind.KILL_BROKER.value: 12, Kind.FLUSH.value: 3},
    events=9_000,
    absorbed=100,
    webhooks=900,
    webhooks_repeated=2,
    regressions=4,
    republished=60,
    settled_in_s=3.2,
    waiting={},
    findings=[],
    could_preload=True,
    disk_was_mounted=True,
)


def test_a_storm_that_was_survived_says_so_with_its_figures() -> None:
    assert SURVIVED.ok
    assert SURVIVED.kills == 100
    for words in (
        "kills           100, of the broker 12",
        "60 entries after 4 losses",
        "nothing missing, nothing doubled",
    ):
        assert words in SURVIVED.text()


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (replace(SURVIVED, findings=["qr: missing receipts 1: an-id"]), "qr: missing receipts 1: an-id"),
        (replace(SURVIVED, settled_in_s=None, waiting={"qr": 7}), "qr: 7"),
        (replace(SURVIVED, blows={Kind.KILL_BROKER.value: 99}), "only 99 kills"),
        (replace(SURVIVED, blows={Kind.KILL_WORKER.value: 120}), "only 0 kills of the broker"),
        (replace(SURVIVED, regressions=0), "never seen to lose anything"),
    ],
)
def test_everything_else_is_not_called_survived(report: Report, words: str) -> None:
    assert not report.ok
    assert words in report.text()
    assert "NOT PROVEN" in report.text()


def test_what_the_broker_lost_is_read_from_what_relays_said(tmp_path: Path) -> None:
    line = "the broker has lost entries: partition 3 ends at {}, not {}; publishing the difference again\n"
    (tmp_path / "owner.log").write_text("started\n" + line.format(0, 40))
    (tmp_path / "desk.log").write_text(line.format(7, 9))

    assert lost_by_broker(tmp_path) == Lost(regressions=2, entries=42)
