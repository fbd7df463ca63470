"""Partitions are moved and events given up on the Consumers page: said beforehand, done by real workers, told after."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.broker.stream_look import Copy
from core.consuming.heartbeats import Heartbeat
from core.consuming.worker import Worker
from core.operating.consumer_detail import ConsumerDetail, FlightDetail
from core.operating.desk import Desk
from core.operating.partition_words import release_words, take_over_words
from gui.consumers.detail_tables import FLIGHTS_TAB, KEYS_TAB, PARTITIONS_TAB, DetailTables
from gui.consumers.giving_up import keys_plan, why_no_flight, why_no_key
from gui.consumers.moves import why_no_release, why_no_take_over
from gui.consumers.page import ConsumersPage
from gui.consumers.row_acts import RowActs
from gui.page import Tools
from gui.parts.act_dialog import ActDialog
from tests.gui.details import key, part
from tests.gui.pictures import NOW
from tests.gui.test_consumers_page import look_at, page, park
from tests.support.events import created, make_event

Soon = Callable[[Callable[[], object]], None]
__all__ = ["page"]


# By real workers


@pytest.fixture
def second(desk: Desk) -> Iterator[Worker]:
    """Give another worker beside the window's."""
    worker = desk.build_worker()
    worker.start()
    yield worker
    worker.stop()


def confirm(page: ConsumersPage, soon: Soon) -> list[str]:
    """Let the dialog that is open do it; gives what came of each, and closes it."""
    dialog = page.detail.rows.dialog
    assert dialog is not None
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    soon(lambda: dialog.results.rows.rows)
    texts = [row.text for row in dialog.results.rows.rows]
    assert all(row.ok for row in dialog.results.rows.rows), texts
    dialog.reject()
    page.window().activateWindow()
    soon(page.window().isActiveWindow)
    return texts


def owners(page: ConsumersPage) -> list[str | None]:
    return [row.owner for row in page.detail.tables.partitions.rows.rows]


def test_partitions_change_hands_between_two_workers_and_stay_where_they_were_put(
    page: ConsumersPage, desk: Desk, second: Worker, soon: Soon
) -> None:
    me, tables, acts = second.worker_id, page.detail.tables, page.detail.rows
    look_at(page, "qr", soon)
    soon(lambda: owners(page).count(me) == 4)
    (other,) = set(owners(page)) - {me}
    mine = owners(page).index(me)
    tables.partitions.select(mine)

    QTest.keyClicks(page.table, "l")
    assert acts.dialog is not None
    assert acts.dialog.windowTitle() == "Release 1 partition of qr?"
    assert confirm(page, soon) == [f"Given up to {other}."]
    soon(lambda: owners(page)[mine] == other)
    shown = tables.partitions.rows.index(mine, 7).data()
    assert shown == f"{other}, moved here"

    tables.partitions.clearSelection()
    QTest.mouseClick(acts.take, Qt.MouseButton.LeftButton)
    named = {action.text().split(" ")[0]: action for action in acts.menu.actions()}
    assert set(named) == {me, other}
    acts.menu.close()
    named[me].trigger()
    assert acts.dialog.windowTitle() == f"Let {me} take over 8 partitions of qr?"
    outcomes = confirm(page, soon)
    assert len(outcomes) == 8
    assert set(outcomes) == {f"Taken over from {other}.", "It was here already; its state is read again."}
    desk.create_link("https://example.com/")
    soon(lambda: desk.snapshot and all(one.lag == 0 for one in desk.snapshot.consumers))
    soon(lambda: set(owners(page)) == {me})


def test_with_a_single_worker_a_release_says_what_it_is_good_for_and_a_parked_link_is_given_up(
    page: ConsumersPage, desk: Desk, soon: Soon
) -> None:
    acts, tables = page.detail.rows, page.detail.tables
    look_at(page, "billing", soon)
    soon(lambda: tables.detail and acts.release.isEnabled())
    (only,) = set(owners(page))

    QTest.mouseClick(acts.release, Qt.MouseButton.LeftButton)
    outcomes = confirm(page, soon)
    assert len(outcomes) == 8
    assert set(outcomes) == {"Given up and taken again: nobody else runs it."}
    QTest.keyClicks(page.table, "o")
    assert all("It was here already" in text for text in confirm(page, soon))
    assert set(owners(page)) == {only}

    park(desk, "billing", "stuck", soon)
    soon(lambda: tables.keys.rows.rows)
    tables.turn_to(KEYS_TAB)
    assert not acts.bury.isEnabled()
    assert acts.bury.toolTip() == "Select parked links first: their first events are given up."
    tables.keys.select(tables.keys.rows.rows[0].key.link_id)
    QTest.keyClicks(page.table, "x")
    dialog = acts.dialog
    assert dialog is not None
    assert dialog.focusWidget() is dialog.why
    assert not dialog.go.isEnabled()
    assert dialog.go.toolTip() == "Say why first: the reason is kept."
    QTest.keyClicks(dialog.why, "a test link")

    assert confirm(page, soon)[0].startswith("It is a dead letter now")
    soon(lambda: page.detail.dead.text() == "1 dead letter")
    assert [entry.why for entry in desk.journal.newest(1)] == ["a test link"]


# By themselves


BEAT = Heartbeat("w1", "qr", "host", 1, NOW, NOW, 1, False, 0, None)
FLIGHTS = tuple(FlightDetail(0, number, 1.0, 1, Copy.THERE, make_event(created(), 5)) for number in (4, 5, 6))
DETAIL = ConsumerDetail("qr", NOW, (part(None),), FLIGHTS, 3, (key(), key(link_id="l2")), 2, (BEAT,), "")


def test_each_tab_offers_its_own_acts_and_says_why_not(qtbot: QtBot, tools_alone: Tools) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    tables = DetailTables(tools_alone)
    tables.setParent(parent)
    acts = RowActs(tools_alone, tables, parent)
    acts.name = "qr"
    refused: list[str] = []
    acts.refused.connect(refused.append)
    parent.show()
    acts.ask_take_over()
    acts.ask_release()
    acts.ask_retry()

    tables.show_detail(DETAIL)
    offered = {
        tab: [
            each.text()
            for each in (acts.take, acts.release, acts.bury, acts.retry)
            if _shown(tables, tab, each)
        ]
        for tab in (PARTITIONS_TAB, FLIGHTS_TAB, KEYS_TAB)
    }

    assert offered == {
        PARTITIONS_TAB: ["Take over", "Release"],
        FLIGHTS_TAB: ["Dead-letter now"],
        KEYS_TAB: ["Dead-letter now", "Retry all now"],
    }
    assert [text.split(",")[0] for text in refused] == [
        "No worker runs it",
        "No worker runs it",
        "Nothing is parked here",
    ]
    tables.turn_to(FLIGHTS_TAB)
    assert acts.bury.toolTip() == "Select one event in flight first."
    tables.flights.select((0, 4))
    assert acts.bury.toolTip() == "0/4 has been dealt with: it only waits to be acknowledged."
    tables.flights.select((0, 5))
    assert acts.bury.isEnabled()
    acts.ask_bury()
    assert isinstance(acts.dialog, ActDialog)
    assert acts.dialog.windowTitle() == "Dead-letter 0/5 of qr?"


def test_links_that_all_wait_behind_dead_letters_are_not_offered_to_be_retried(
    qtbot: QtBot, tools_alone: Tools
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    tables = DetailTables(tools_alone)
    tables.setParent(parent)
    acts = RowActs(tools_alone, tables, parent)
    acts.name = "qr"
    refused: list[str] = []
    acts.refused.connect(refused.append)
    held = key(link_id="l2", error_class="held")
    tables.turn_to(KEYS_TAB)
    tables.show_detail(replace(DETAIL, keys=(held,), keys_total=1))

    assert not acts.retry.isEnabled()
    acts.ask_retry()
    tables.show_detail(replace(DETAIL, keys=(held, key()), keys_total=2))

    assert refused == [
        "Each of them waits behind a dead letter: decide about that one on the page Dead letters."
    ]
    assert acts.retry.isEnabled()
    assert acts.dialog is None


def _shown(tables: DetailTables, tab: int, each: QWidget) -> bool:
    tables.turn_to(tab)
    return not each.isHidden()


def test_what_can_not_be_given_up_says_why() -> None:
    gone = replace(FLIGHTS[1], event=None)
    assert why_no_flight([gone], DETAIL).startswith("The outbox has removed its event")
    assert why_no_flight([FLIGHTS[0]], DETAIL) == "0/4 has been dealt with: it only waits to be acknowledged."
    assert why_no_flight(FLIGHTS, DETAIL) == "Select one event in flight first."
    assert why_no_key([key(error_class="held")]).startswith("It waits behind a dead letter already")
    plan = keys_plan("qr", [key(), key(link_id="l2"), key(link_id="l3", error_class="held")])
    assert plan.title == "Dead-letter the first event of 2 parked links of qr?"
    assert plan.scope[-1] == "1 link behind dead letters already: left as they are."


def test_what_can_not_be_moved_says_why() -> None:
    free = replace(part(None), owner=None)
    assert why_no_release([part(None)], ["w1"]) == why_no_take_over([free], ["w1"]) == ""
    assert why_no_release([free], ["w1"]) == "Nobody at work owns 0: it is taken by itself."
    assert (
        why_no_release([], ["w1"])
        == why_no_take_over([], ["w1"])
        == "Nothing is known of its partitions yet."
    )
    assert why_no_take_over([free], []).startswith("No worker runs it, so nobody can take over")


def test_what_a_move_does_is_said_beforehand() -> None:
    (first, second) = release_words({3: "w1"}, ["w1"])
    assert first.startswith(
        "Nobody else runs the consumer: w1 gives partition 3 up and takes it again at once"
    )
    assert "reads anew" in second
    first, home, *rest = release_words({3: "w1", 5: "w1"}, ["w1", "w2"], {5: "w2"})
    assert first.startswith("w1 commits what it has in hand and gives partitions 3, 5 up; w2 takes over")
    assert home == "Partition 5 goes back to w2."
    assert "there a worker has to take over" in rest[-1]

    words = take_over_words("w2", {0: "w1", 1: None, 2: "w2"})

    assert words[0].startswith(
        "w2 owns partition 0 from now on. The epoch rises: what w1 has in hand there can't"
    )
    assert words[1] == "Nobody owns partition 1: w2 takes what is free."
    assert words[2].startswith("w2 owns partition 2 already: the epoch rises")
    assert "frozen in the middle of a transaction" in words[-1]
