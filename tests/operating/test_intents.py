"""The journal never lacks an act that was done, wherever the process was killed that did it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from core.consuming.control_tables import journal
from core.errors import BrokerUnavailable, InvalidInput
from core.events.envelope import Event
from core.operating.journal.entries import JournalEntry
from core.operating.journal.intents import NEVER_KNOWN, NOT_DONE, UNKNOWN, Intent, Intents
from core.operating.journal.marks import Marks
from core.operating.journal.settler import Settler
from core.producing.tables import outbox
from tests.support.operated import Place, operated
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S, eventually

_REPUBLISH = """
seen = desk.republishing.preview(event_id)
desk.republishing.tell_again(seen, ["billing"], why="again", by="ann")
"""
_EDIT = """
(letter,) = desk.dead_letters.find(Selection())
desk.dead_letters.edit(letter, letter.event.data_json.replace(b"A title", b"Another"), why="again", by="ann")
"""
#: Does an act, and is killed once its event is committed, or frozen before its transaction.
_KILLED = """
Intents._end = lambda *_given, **_named: os.kill(os.getpid(), signal.SIGKILL)
"""
_FROZEN = """
publish_again = Republisher.publish_again
def frozen(*given, **named):
    os.kill(os.getpid(), signal.SIGSTOP)
    return publish_again(*given, **named)
Republisher.publish_again = frozen
"""
_PROGRAM = """
import os, signal, sys
from pathlib import Path
from consumers import NAMES, build_consumers
from core.operating.dead_letters.rows import Selection
from core.operating.desk import Desk
from core.operating.journal.intents import Intents
from core.operating.program import Program
from core.producing.republish import Republisher
from core.settings import Settings

data_dir, event_id = Path(sys.argv[1]), sys.argv[2]
program = Program((sys.executable,), NAMES, build_consumers)
desk = Desk.attach(Settings.load(data_dir=data_dir), program=program)
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


def grow_old(place: Place) -> None:
    """Let all acts have begun long ago."""
    with place.control.transaction() as db:
        db.execute(update(journal).values(at=time.time() - 60))


def replacements(place: Place, event: Event) -> list[Event]:
    return [row.event for row in place.desk.reading_room.events.detail(event.event_id).replacements]


@contextmanager
def acting(place: Place, event: Event, code: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a program that does something about an event; it is gone at the end."""
    words = [sys.executable, "-c", _PROGRAM + code, str(place.desk.settings.data_dir), event.event_id]
    process = subprocess.Popen(words, cwd=MAIN.parent, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("act", "code"), [("republish", _REPUBLISH), ("edit", _EDIT)])
def test_an_act_whose_process_was_killed_once_it_was_done_is_noted_and_found_out(
    place: Place, intents: Intents, act: str, code: str
) -> None:
    event = place.created("one")
    if act == "edit":
        place.stores["billing"].bury(event)
    else:
        place.stores["billing"].applied(event)
    with acting(place, event, _KILLED + code) as killed:
        assert killed.wait(PATIENCE_S) == -signal.SIGKILL
    (new,) = replacements(place, event)

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
    grow_old(place)
    intents.settle()

    assert last(place).act == f"edit 1/1{NOT_DONE}"


def test_what_is_told_as_not_done_is_not_done_by_a_process_that_was_frozen_all_the_while(
    place: Place, intents: Intents
) -> None:
    event = place.created("one")
    place.stores["billing"].applied(event)
    with acting(place, event, _FROZEN + _REPUBLISH) as frozen:
        _, state = os.waitpid(frozen.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(state)
        grow_old(place)
        intents.settle()
        entry = last(place)
        frozen.send_signal(signal.SIGCONT)
        _, said = frozen.communicate(timeout=PATIENCE_S)

    assert entry.act.endswith(NOT_DONE)
    assert b"do it again" in said
    assert replacements(place, event) == []
    assert last(place) == entry


def test_an_act_that_is_being_done_while_somebody_asks_is_never_told_as_not_done(
    place: Place, intents: Intents
) -> None:
    links = place.desk._installation.links
    event = place.created("one")
    asking = threading.Thread(target=intents.settle)
    with intents.noted([Intent("edit 1/1", "qr", "e1")], by="ann", why="") as standing:
        grow_old(place)
        with links.transaction() as db:
            standing(db)
            asking.start()
            row = db.execute(select(outbox).where(outbox.c.event_id == event.event_id)).one()
            db.execute(
                insert(outbox).values({**row._mapping, "id": None, "position": None, "event_id": "e1"})
            )
    asking.join(PATIENCE_S)

    assert last(place).act == "edit 1/1"


def test_marks_tell_what_is_not_known_and_that_it_was_not_done(place: Place, intents: Intents) -> None:
    marks = Marks(place.control)
    with pytest.raises(SystemExit), intents.noted([Intent("edit 1/1", "qr", "e1")], by="ann", why=""):
        raise SystemExit

    (begun,) = marks.read()["qr"]
    grow_old(place)
    intents.settle()
    (ended,) = marks.read()["qr"]

    assert (begun.act, ended.act) == (f"edit 1/1{UNKNOWN}", f"edit 1/1{NOT_DONE}")


def test_whoever_runs_the_data_dir_finds_out_without_any_further_act(place: Place, intents: Intents) -> None:
    event = place.created("one")
    with pytest.raises(SystemExit), intents.noted([Intent("edit", "qr", event.event_id)], by="ann", why=""):
        raise SystemExit

    settler = Settler(intents)
    settler.start()
    eventually(lambda: last(place).act == "edit")
    settler.stop()
    settler.join(PATIENCE_S)
    assert not settler.is_alive()


def test_of_an_act_on_the_broker_that_was_cut_short_nobody_says_that_it_was_done_or_was_not(
    place: Place, intents: Intents
) -> None:
    with pytest.raises(BrokerUnavailable), intents.noted([Intent("rebuild", "streams")], by="ann", why=""):
        raise BrokerUnavailable("No answer.")

    intents.settle()
    assert last(place).act == f"rebuild{UNKNOWN}"
    grow_old(place)
    intents.settle()

    assert last(place).act == f"rebuild{NEVER_KNOWN}"


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
