"""The journal never lacks an act that was done, wherever the process was killed that did it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from core.consuming.control_tables import journal
from core.errors import InvalidInput
from core.operating.journal.entries import JournalEntry
from core.operating.journal.intents import NOT_DONE, UNKNOWN, Intent, Intents
from tests.support.operated import Place, operated
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S

_REPUBLISH = """
seen = desk.republishing.preview(event_id)
desk.republishing.tell_again(seen, ["billing"], why="again", by="ann")
"""
_EDIT = """
(letter,) = desk.dead_letters.find(Selection())
desk.dead_letters.edit(letter, letter.event.data_json.replace(b"A title", b"Another"), why="again", by="ann")
"""
#: Does an act, and is killed once its event is committed.
_PROGRAM = """
import os, signal, sys
from pathlib import Path
from consumers import NAMES, build_consumers
from core.operating.dead_letters.rows import Selection
from core.operating.desk import Desk
from core.operating.journal.intents import Intents
from core.operating.program import Program
from core.settings import Settings

data_dir, event_id = Path(sys.argv[1]), sys.argv[2]
program = Program((sys.executable,), NAMES, build_consumers)
desk = Desk.attach(Settings.load(data_dir=data_dir), program=program)
Intents._end = lambda *_given, **_named: os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


@pytest.fixture
def intents(place: Place) -> Intents:
    installation = place.desk._installation
    return Intents(installation.control, installation.links)


def last(place: Place) -> JournalEntry:
    return place.desk.journal.newest(1)[0]


@pytest.mark.parametrize(("act", "code"), [("republish", _REPUBLISH), ("edit", _EDIT)])
def test_an_act_whose_process_was_killed_once_it_was_done_is_noted_and_found_out(
    place: Place, intents: Intents, act: str, code: str
) -> None:
    event = place.created("one")
    if act == "edit":
        place.stores["billing"].bury(event)
    else:
        place.stores["billing"].applied(event)
    words = [sys.executable, "-c", _PROGRAM + code, str(place.desk.settings.data_dir), event.event_id]
    killed = subprocess.run(words, cwd=MAIN.parent, timeout=PATIENCE_S, check=False)
    assert killed.returncode == -signal.SIGKILL
    (new,) = [row.event for row in place.desk.reading_room.events.detail(event.event_id).replacements]

    entry, state = last(place), place.desk.journal.state()
    intents.settle()

    assert entry.act.startswith(act)
    assert entry.act.endswith(f"as {'event ' if act == 'republish' else ''}{new.event_id}{UNKNOWN}")
    assert (entry.subject, entry.by, entry.why) == ("billing", "ann", "again")
    assert last(place).act == entry.act.removesuffix(UNKNOWN)
    assert place.desk.journal.state() != state


def test_an_act_that_never_came_to_be_done_is_told_as_not_done_once_it_can_not_come_any_more(
    place: Place, intents: Intents
) -> None:
    with pytest.raises(SystemExit), intents.noted([Intent("edit 1/1", "qr", "e1")], by="ann", why=""):
        raise SystemExit

    intents.settle()
    assert last(place).act == f"edit 1/1{UNKNOWN}"
    with place.control.transaction() as db:
        db.execute(update(journal).values(at=time.time() - 60))
    intents.settle()

    assert last(place).act == f"edit 1/1{NOT_DONE}"


def test_an_act_that_is_refused_leaves_nothing_in_the_journal(place: Place, intents: Intents) -> None:
    with pytest.raises(InvalidInput), intents.noted([Intent("edit 1/1", "qr", "e1")], by="ann", why=""):
        raise InvalidInput("event", "changed", "Look again.")

    assert place.desk.journal.newest(1) == []


def test_the_next_act_finds_out_what_became_of_the_one_before(place: Place, intents: Intents) -> None:
    event = place.created("one")
    with (
        pytest.raises(SystemExit),
        intents.noted([Intent("edit 1/1", "qr", event.event_id)], by="ann", why=""),
    ):
        raise SystemExit

    with intents.noted([Intent("edit 2/1", "qr", "e2")], by="ann", why=""):
        assert [one.act for one in place.desk.journal.newest(2)] == [f"edit 2/1{UNKNOWN}", "edit 1/1"]

    assert last(place).act == "edit 2/1"
