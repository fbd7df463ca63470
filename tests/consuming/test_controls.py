"""What operators want outlives everything, has a number, and is in the journal with its reason."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from core.consuming import control_tables
from core.consuming.control_tables import journal
from core.consuming.controls import Controls, Wanted
from core.errors import InvalidInput, NotFound, StoreUnavailable
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Database]:
    opened = open_sqlite(tmp_path / "control.db", name="control", durable=False)
    prepare(opened, control_tables.metadata)
    yield opened
    opened.close()


@pytest.fixture
def controls(control: Database) -> Controls:
    made = Controls(control)
    made.register(["analytics", "qr"])
    return made


def journal_of(control: Database) -> list[tuple[str, str, str, str]]:
    columns = (journal.c.by, journal.c.act, journal.c.subject, journal.c.why)
    with control.reading() as db:
        return [tuple(row) for row in db.execute(select(*columns).order_by(journal.c.id))]


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e20, float("inf"), float("nan")])
def test_what_is_no_time_is_refused_and_nothing_is_changed(
    controls: Controls, control: Database, seconds: float
) -> None:
    with pytest.raises(InvalidInput, match="up to 366 days"):
        controls.pause("qr", seconds=seconds, by="ann", why="a look")

    assert controls.wanted() == {}
    assert journal_of(control) == []


def test_consumers_are_registered_once_and_keep_their_order(controls: Controls) -> None:
    controls.register(["analytics", "qr"])
    controls.register(["qr"])

    assert controls.registered() == ("analytics", "qr")


def test_a_later_consumer_is_added(controls: Controls) -> None:
    controls.register(["analytics", "qr", "billing"])

    assert controls.registered() == ("analytics", "qr", "billing")


def test_nothing_is_wanted_of_whom_nobody_has_spoken(controls: Controls) -> None:
    assert controls.wanted() == {}


def test_each_wish_has_a_number_of_its_own_per_consumer(controls: Controls) -> None:
    versions = [
        controls.pause("qr", seconds=None, by="ann", why="disk"),
        controls.resume("qr", by="bob", why="done"),
        controls.pause("qr", seconds=60, by="ann", why="again"),
        controls.pause("analytics", seconds=None, by="ann", why=""),
    ]

    assert versions == [1, 2, 3, 1]
    assert controls.wanted()["qr"].version == 3


def test_a_wish_is_read_back_as_it_was_made(controls: Controls, control: Database) -> None:
    controls.pause("qr", seconds=None, by="ann", why="disk")

    assert Controls(control).wanted() == {"qr": Wanted(1, paused=True, paused_until=None, changed_by="ann")}
    controls.resume("qr", by="bob", why="")
    assert Controls(control).wanted() == {"qr": Wanted(2, paused=False, paused_until=None, changed_by="bob")}


def test_a_timed_pause_ends_by_the_clock(controls: Controls) -> None:
    now = time.time()
    controls.pause("qr", seconds=600, by="ann", why="")

    wanted = controls.wanted()["qr"]

    assert wanted.paused_until == pytest.approx(now + 600, abs=5)
    assert wanted.is_paused(now)
    assert not wanted.is_paused(now + 606)


@pytest.mark.parametrize(
    ("wanted", "paused"),
    [
        (Wanted(), False),
        (Wanted(1, paused=True), True),
        (Wanted(1, paused=True, paused_until=100.0), False),
        (Wanted(1, paused=True, paused_until=300.0), True),
        (Wanted(2, paused=False, paused_until=300.0), False),
    ],
)
def test_a_pause_is_a_matter_of_the_moment(wanted: Wanted, paused: bool) -> None:
    assert wanted.is_paused(200.0) is paused


def test_whom_nobody_knows_nobody_can_pause(controls: Controls, control: Database) -> None:
    with pytest.raises(NotFound, match=r"no consumer 'nobody'\. There are: analytics, qr"):
        controls.pause("nobody", seconds=None, by="ann", why="")
    with pytest.raises(NotFound):
        controls.resume("nobody", by="ann", why="")
    assert journal_of(control) == []


def test_the_journal_says_who_did_what_and_why(controls: Controls, control: Database) -> None:
    controls.pause("qr", seconds=None, by="ann", why="disk full")
    controls.pause("qr", seconds=90, by="ann", why="")
    controls.resume("qr", by="bob", why="disk is back")

    assert journal_of(control) == [
        ("ann", "pause", "qr", "disk full"),
        ("ann", "pause for 90 s", "qr", ""),
        ("bob", "resume", "qr", "disk is back"),
    ]


def test_a_wish_that_is_not_in_the_journal_is_not_wanted(controls: Controls, control: Database) -> None:
    with control.transaction() as db:
        db.execute(text("DROP TABLE journal"))

    with pytest.raises(StoreUnavailable):
        controls.pause("qr", seconds=None, by="ann", why="")

    assert controls.wanted() == {}


def test_whether_a_key_waits_behind_its_dead_letter_is_kept_beside_the_pause(control: Database) -> None:
    controls = Controls(control)
    controls.register(["analytics", "qr"])
    controls.hold("qr", True, by="ann", why="order matters")
    controls.pause("analytics", seconds=None, by="bob", why="")
    controls.hold("analytics", False, by="ann", why="")

    wanted = controls.wanted()

    assert (wanted["qr"].holds, wanted["qr"].paused) == (True, False)
    assert (wanted["analytics"].holds, wanted["analytics"].paused) == (False, True)
    assert wanted["analytics"].changed_by == "bob"
    assert journal_of(control)[0] == ("ann", "hold behind dead letters", "qr", "order matters")


def test_a_consumer_that_is_resumed_keeps_its_policy_until_it_is_given_back(controls: Controls) -> None:
    controls.hold("qr", True, by="ann", why="")
    controls.pause("qr", seconds=None, by="ann", why="")
    controls.resume("qr", by="ann", why="")
    assert controls.wanted()["qr"].holds is True

    version = controls.hold("qr", None, by="ann", why="")

    assert (controls.wanted()["qr"].holds, controls.wanted()["qr"].version, version) == (None, 4, 4)
