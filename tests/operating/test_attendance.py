"""What becomes of a wish is said as far as it is known: who runs a consumer can't be told while nobody could say so."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update

from core.consuming.control_tables import heartbeats
from core.consuming.heartbeats import SILENCE_S
from core.operating.attendance import NOBODY, NOT_YET, UNREAD, attendance
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


def test_who_was_just_heard_of_has_not_done_it_yet_and_nobody_runs_what_nobody_speaks_of(
    place: Place,
) -> None:
    place.beat("qr")

    there = attendance(place.control)

    assert (there.words("qr"), there.may_answer("qr")) == (NOT_YET, True)
    assert (there.words("billing"), there.may_answer("billing")) == (NOBODY, False)


def test_a_worker_that_fell_silent_is_told_with_how_long_ago_it_was_heard_of(place: Place) -> None:
    place.beat("qr")
    with place.control.transaction() as db:
        db.execute(update(heartbeats).values(heard_at=time.time() - SILENCE_S - 4))

    there = attendance(place.control)

    assert there.words("qr") == "noted; its worker was last heard of 7 s ago, so it is done when one is there"
    assert not there.may_answer("qr")


def test_while_the_control_database_is_locked_silence_means_nothing_and_it_is_looked_again(
    place: Place,
) -> None:
    place.beat("qr")
    with place.control.transaction() as db:
        db.execute(update(heartbeats).values(heard_at=time.time() - SILENCE_S - 4))
    assert place.control.file is not None

    with closing(sqlite3.connect(place.control.file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        there = attendance(place.control)

    assert [there.words(name) for name in ("qr", "billing")] == [UNREAD, UNREAD]
    assert there.may_answer("qr")
    assert attendance(place.control).words("billing") == NOBODY
