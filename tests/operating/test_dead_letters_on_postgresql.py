"""Dead letters are found, previewed and replaced on PostgreSQL as they are on SQLite."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consumers import NAMES, build_consumers
from core.errors import InvalidInput
from core.events.envelope import Event
from core.operating.dead_letters.effects import Effect
from core.operating.dead_letters.rows import Selection
from core.operating.desk import Desk
from core.operating.program import Program
from core.producing.republish import Republisher
from core.settings import Settings
from core.storage.database import Database
from tests.support.burying import Store
from tests.support.links import SHORT_BASE, LinkSide, event_of, give_positions
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S


@pytest.fixture
def desk(postgresql_url: str, short_dir: Path) -> Iterator[Desk]:
    program = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    attached = Desk.attach(Settings.load(data_dir=short_dir, database=postgresql_url), program=program)
    yield attached
    attached.close()


def test_what_is_dead_and_what_waits_is_found_and_previewed(
    desk: Desk, open_pg: Callable[[str], Database]
) -> None:
    event = created(desk)
    billing, qr = Store(open_pg("billing")), Store(open_pg("qr"))
    billing.bury(event)
    billing.park(event)
    qr.applied(event)

    (one,) = desk.dead_letters.preview(desk.dead_letters.find(Selection(cause="valueerror")))
    (key,) = desk.dead_letters.waiting()

    assert (one.letter.consumer, one.letter.event) == ("billing", event)
    assert (one.effects["qr"], one.effects["webhook"]) == (Effect.APPLIED, Effect.WAITING)
    assert (key.consumer, key.link_id, key.events) == ("billing", event.link_id, 1)
    (asked,) = desk.dead_letters.retry([one])
    assert (asked.consumer, asked.letter) == ("billing", one.letter)


def created(desk: Desk) -> Event:
    """Create a link, and give its event."""
    desk.create_link("https://example.com/")
    outbox = desk._installation.outbox
    give_positions(outbox)
    (event,) = [
        event for number in range(outbox.partition_count) for event in outbox.read(number, after=0, limit=9)
    ]
    return event


def test_of_two_operators_at_once_one_replaces_the_event(pg_side: LinkSide) -> None:
    republisher = Republisher(
        pg_side.database, pg_side.outbox, short_base=SHORT_BASE, on_commit=pg_side.knocks
    )
    event_id = pg_side.producer.create_link("https://example.com/", by="ann").event_id
    original = event_of(pg_side, event_id)
    start, answers = threading.Barrier(2), []

    def publish() -> None:
        start.wait()
        try:
            answers.append(republisher.publish(original, original.data, audience="qr").event_id)
        except InvalidInput as error:
            answers.append(error.code)

    operators = [threading.Thread(target=publish) for _ in range(2)]
    for operator in operators:
        operator.start()
    for operator in operators:
        operator.join(PATIENCE_S)

    assert "already_replaced" in answers
    assert set(answers) - {"already_replaced"} == set(republisher.replacements([original.link_id]).values())
