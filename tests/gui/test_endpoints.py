"""An endpoint that fails is told of on the Overview, leads to its row, and is tried, removed and added there, by key."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.operating.desk import Desk
from core.operating.endpoints import watch
from core.operating.endpoints.rows import EndpointState
from core.operating.journal.entries import JournalFilter
from core.operating.snapshot import Cause, Notice, Severity
from core.operating.why import acts
from core.operating.why.answer import Answer, Rung
from core.settings import Settings
from gui.consumers.detail_tables import KEYS_TAB, OWN_TAB, PARTITIONS_TAB
from gui.consumers.endpoint_columns import COLUMNS
from gui.consumers.endpoint_table import EndpointTable
from gui.consumers.page import ConsumersPage
from gui.journal.acts import read_story
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.targets import Kind, Target
from gui.why.deeds import Call, deed_of
from tests.gui.pictures import NAMES, consumer, snapshot
from tests.support.receiver import Receiver, webhook_receiver

Soon = Callable[[Callable[[], object]], None]
LONG = "https://hooks.example.com/" + "a" * 60 + "/in"


@pytest.fixture
def settings(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give the settings of a data dir whose webhooks may go to this machine, also for the worker's process."""
    monkeypatch.setenv("SIGNALBOX_ALLOW_PRIVATE_TARGETS", "true")
    monkeypatch.setattr(watch, "FAILING_S", 0.0)
    return Settings.load(data_dir=short_dir)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as running:
        running.status = 503
        yield running


def own(page: ConsumersPage) -> EndpointTable:
    table = page.detail.tables.own
    assert isinstance(table, EndpointTable)
    return table


def confirm(page: ConsumersPage, soon: Soon) -> list[str]:
    """Let the dialog that is open do it; gives what came of each, and closes it."""
    dialog = own(page).dialog
    assert dialog is not None
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    soon(lambda: dialog.results.rows.rows)
    texts = [row.text for row in dialog.results.rows.rows]
    assert all(row.ok for row in dialog.results.rows.rows), texts
    dialog.reject()
    page.window().activateWindow()
    soon(page.window().isActiveWindow)
    page.table.setFocus()
    return texts


def lead_from_overview(frame: MainWindow, url: str, soon: Soon) -> ConsumersPage:
    """Wait until the Overview tells of the endpoint, and go where its notice leads."""
    overview = frame.overview
    soon(lambda: any(url in text for text in overview.banners.texts))
    card = overview.cards["webhook"]
    soon(lambda: card.error.whole.startswith("1 endpoint fails for "))
    assert card.error.property("role") == "warn"
    assert card.badge.word in ("running", "catching up")
    soon(lambda: overview.health.word.startswith("1 of 5 needs attention: webhook (1 endpoint fails for "))
    QTest.mouseClick(overview.banners._lines[0], Qt.MouseButton.LeftButton)
    page = frame.pages.looked_at
    assert isinstance(page, ConsumersPage)
    soon(lambda: page.detail.name == "webhook" and page.detail.tables.tab == OWN_TAB)
    return page


def test_a_failing_endpoint_leads_from_the_overview_to_its_row_where_it_is_tried_and_removed(
    frame: MainWindow, desk: Desk, soon: Soon, receiver: Receiver
) -> None:
    receiver.secret = desk.add_endpoint(receiver.url).secret
    desk.create_link("https://example.com/1")
    desk.create_link("https://example.com/2")
    page = lead_from_overview(frame, receiver.url, soon)
    table, tables, rows = own(page), page.detail.tables, own(page).table.rows
    soon(lambda: rows.rows and rows.rows[0].state is EndpointState.FAILING and table.call.isEnabled())
    assert (table.call.isVisible(), page.detail.rows.bury.isVisible()) == (True, False)
    assert "answered 503" in rows.index(0, 2).data()
    soon(lambda: tables.own_tab.accessibleName() == "Endpoints: 1")
    soon(lambda: tables.source.whole.startswith("From the database of webhook and the control"))

    receiver.status = 204
    QTest.keyClicks(page.table, "r")
    (said,) = confirm(page, soon)
    assert "due" in said
    soon(lambda: rows.rows[0].delivered == 2)
    soon(lambda: table.call.toolTip() == "Nothing waits, so there is nothing to try.")
    QTest.keyClicks(page.table, "r")
    soon(lambda: page.detail.bar.said.whole == table.call.toolTip())
    soon(lambda: desk.snapshot is not None and not desk.snapshot.failing_endpoints)

    table.table.selectRow(0)
    QTest.keyClicks(page.table, "x")
    assert table.dialog is not None
    assert not table.dialog.go.isEnabled()
    table.dialog.typed.setText("remove")
    table.dialog.why.setText("it has moved")
    assert confirm(page, soon) == ["Removed."]
    soon(lambda: table.stage.blank is not None and table.stage.blank.title == "No endpoint yet")


def test_an_endpoint_is_switched_off_with_a_reason_which_the_overview_tells_and_on_again_by_key(
    frame: MainWindow, desk: Desk, soon: Soon, receiver: Receiver
) -> None:
    desk.add_endpoint(receiver.url)
    desk.create_link("https://example.com/1")
    page = lead_from_overview(frame, receiver.url, soon)
    table, rows = own(page), own(page).table.rows
    soon(lambda: rows.rows and rows.rows[0].waiting == 1)
    assert table.switch.toolTip().startswith("Select the endpoint")

    table.table.selectRow(0)
    QTest.keyClicks(page.table, "e")
    assert table.dialog is not None
    assert not table.dialog.go.isEnabled()
    table.dialog.why.setText("they move")
    assert confirm(page, soon) == ["Off, until it is enabled."]
    soon(lambda: rows.rows[0].state is EndpointState.OFF)
    assert rows.index(0, 1).data().startswith("off since ")
    assert "they move" in (COLUMNS[1].tip or COLUMNS[1].text)(rows.rows[0])
    soon(lambda: table.switch.text() == "Enable")
    frame.go(0)
    soon(lambda: any("is off for" in text for text in frame.overview.banners.texts))
    soon(lambda: frame.overview.cards["webhook"].error.whole == "1 endpoint is off")
    QTest.mouseClick(frame.overview.banners._lines[0], Qt.MouseButton.LeftButton)
    soon(page.isVisible)
    table.table.selectRow(0)
    QTest.keyClicks(page.table, "e")
    assert confirm(page, soon) == ["On: what has waited goes out."]
    soon(lambda: rows.rows[0].off is None)


def test_an_event_that_an_endpoint_missed_offers_to_enable_it_and_the_journal_to_take_that_back(
    attached: Desk,
) -> None:
    added = attached.add_endpoint("https://hooks.example.com/in", why="their new shop")
    endpoint_id = added.endpoint.endpoint_id
    attached.endpoints.disable(endpoint_id, why="they move")
    deed = deed_of(acts.enable_endpoint(endpoint_id), ())
    assert (deed.text, isinstance(deed.step, Call)) == ("Enable the endpoint", True)
    assert isinstance(deed.step, Call)

    said = [deed.step.run(attached).text for _ in range(2)]

    assert said == ["It is on: what has waited goes out.", "Somebody has enabled it already."]
    entries = attached.journal.page(10, JournalFilter(subject=endpoint_id)).entries
    assert [(one.act, one.why) for one in entries] == [
        ("enable endpoint", "asked why"),
        ("disable endpoint", "they move"),
        ("add endpoint", "https://hooks.example.com/in: their new shop"),
    ]
    story = read_story(attached, entries[0])
    assert story.undo is not None
    assert (story.undo.text, story.after) == ("Disable the endpoint", "told of events")
    story.undo.call(attached)
    assert attached.endpoints.in_use()[0].off is not None
    assert read_story(attached, entries[1]).why_not.startswith("It is over: ")
    back = read_story(attached, attached.journal.page(1, JournalFilter(subject=endpoint_id)).entries[0])
    assert back.undo is not None
    assert (back.undo.text, back.before) == ("Enable the endpoint", "told of events")


def test_only_webhook_has_a_tab_of_its_own_and_keys_find_it(light_frame: MainWindow, soon: Soon) -> None:
    light_frame.go([place.title for place in PAGES].index("Consumers"))
    page = light_frame.pages.looked_at
    assert isinstance(page, ConsumersPage)
    light_frame.refresh(snapshot(consumers=tuple(consumer(name) for name in NAMES)))
    page.go_to(Target(Kind.OWN, "webhook", "webhook"))
    tables = page.detail.tables
    assert (page.detail.name, tables.tab) == ("webhook", OWN_TAB)
    soon(lambda: own(page).stage.act.text() == "Add an endpoint")
    assert tables.own_tab.isVisible()

    tables.turn(1)
    assert tables.tab == PARTITIONS_TAB
    tables.turn(-1)
    assert tables.tab == OWN_TAB
    page.table.setFocus()
    QTest.keyClicks(page.table, "a")
    adding = own(page).adding
    assert adding is not None
    QTest.keyClicks(adding.url, "https://hooks.example.com/in")
    QTest.mouseClick(adding.go, Qt.MouseButton.LeftButton)
    soon(lambda: own(page).table.rows.rows)
    adding.reject()
    assert own(page).table.rows.rows[0].state is EndpointState.NEVER_ASKED
    page.go_to(Target(Kind.CONSUMER, "qr", "qr"))

    assert (page.detail.name, tables.tab) == ("qr", PARTITIONS_TAB)
    assert not tables.own_tab.isVisible()
    assert not any(act.isVisible() for act in page.detail.owns["webhook"].acts)
    page.detail.add_own()
    assert page.detail.bar.said.whole == "qr has nothing of its own that could be added to."
    page.detail.rows.ask_bury()
    assert tables.tab == KEYS_TAB


def test_the_notice_and_the_card_ask_for_what_webhook_has_of_its_own(light_frame: MainWindow) -> None:
    overview = light_frame.overview
    overview.wanted.disconnect()
    asked: list[Target] = []
    overview.wanted.connect(asked.append)
    warned = tuple(
        consumer(name, warning="1 endpoint fails for 3 min" if name == "webhook" else None) for name in NAMES
    )
    notice = Notice(Cause.ENDPOINT, Severity.WARN, "webhook: it fails.", consumer="webhook")
    light_frame.refresh(snapshot(consumers=warned, notices=(notice,)))

    QTest.mouseClick(overview.banners._lines[0], Qt.MouseButton.LeftButton)
    QTest.keyClick(overview.cards["webhook"], Qt.Key.Key_Return)
    QTest.keyClick(overview.cards["qr"], Qt.Key.Key_Return)

    webhook = Target(Kind.OWN, "webhook", "webhook")
    assert asked == [webhook, webhook, Target(Kind.CONSUMER, "qr", "qr")]


def test_why_a_failing_endpoint_was_not_told_offers_to_try_it_now(
    desk: Desk, soon: Soon, receiver: Receiver
) -> None:
    receiver.secret = desk.add_endpoint(receiver.url).secret
    made = desk.create_link("https://example.com/")

    def answer() -> Answer:
        (explained,) = desk.why.ask(made.event_id, "webhook").events
        return explained.answers["webhook"]

    soon(lambda: answer().rung is Rung.CALL_FAILING)
    act = answer().act
    assert act is not None
    deed = deed_of(act, ())
    assert isinstance(deed.step, Call)
    assert (deed.text, deed.step.word) == ("Try now", "")

    receiver.status = 204
    said = deed.step.run(desk)

    assert said.ok, said.text
    assert said.text == f"{receiver.url}: 1 delivery is due now."
    soon(lambda: answer().rung is Rung.DELIVERED)
