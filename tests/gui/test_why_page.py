"""The Why? page through the real window: a question from anywhere, its answer, and the button that helps."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit

from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.why.answer import Rung
from gui.application import Window
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.parts.act_dialog import ActDialog
from gui.parts.endpoint_dialog import EndpointDialog
from gui.targets import Kind, Target
from gui.why.page import WhyPage
from gui.why.question import Question
from tests.gui.settling import pause_consumer

Soon = Callable[[Callable[[], object]], None]
WHY = [place.title for place in PAGES].index("Why?")


@pytest.fixture
def page(frame: MainWindow) -> WhyPage:
    """Give the page, looked at."""
    frame.go(WHY)
    shown = frame.pages.looked_at
    assert isinstance(shown, WhyPage)
    return shown


def _rungs(page: WhyPage) -> dict[str, Rung]:
    return {row.consumer: row.rung for row in page.table.rows.rows}


def _nameless(page: WhyPage) -> list[object]:
    """Give the controls in sight that a screen reader has no name for."""
    return [
        control
        for kind in (QAbstractButton, QLineEdit, QComboBox)
        for control in page.findChildren(kind)
        if control.isVisible()
        and not QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)
    ]


def _sentence(page: WhyPage) -> str:
    return page.card.sentence.text()


def test_a_paused_consumer_is_named_and_resumed_by_enter(page: WhyPage, desk: Desk, soon: Soon) -> None:
    QAbstractItemModelTester(page.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    pause_consumer(desk, "qr", soon, why="a look")
    made = desk.create_link("https://example.com/", slug="abc")

    page.go_to(Target(Kind.QUESTION, f"{made.event_id} qr"))
    soon(lambda: _rungs(page) == {"qr": Rung.PAUSED})
    assert page.bar.consumer.currentText() == "qr"
    assert f"qr · LinkCreated of abc · {made.event_id}" in page.card.about.whole
    page.bar.consumer.setCurrentIndex(0)
    QTest.keyClick(page.bar.field, Qt.Key.Key_Return)

    soon(lambda: _rungs(page).get("analytics") is Rung.APPLIED and _rungs(page)["qr"] is Rung.PAUSED)
    assert page.table.current_row.consumer == "qr"
    assert "qr was paused by" in _sentence(page)
    assert "(a look)" in _sentence(page)
    assert page.card.deed.act.text() == "Resume qr"
    assert "stuck" in page.head.badge.word
    assert _nameless(page) == []
    act = QAccessible.queryAccessibleInterface(page.card.deed.act)
    assert act.text(QAccessible.Text.Name) == "Resume qr"
    assert "Journal has the way back" in act.text(QAccessible.Text.Description)

    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert page.card.deed.act.hasFocus()
    QTest.keyClick(page.card.deed.act, Qt.Key.Key_Space)

    soon(lambda: "is to go on" in page.card.deed.said.whole)
    soon(lambda: _rungs(page)["qr"] is Rung.APPLIED)
    assert page.card.deed.act.isHidden()
    assert "qr applied it at" in _sentence(page)
    assert page.table.current_row.consumer == "qr"


def test_enter_on_an_answer_without_a_button_says_so_until_another_one_is_looked_at(
    page: WhyPage, desk: Desk, soon: Soon
) -> None:
    made = desk.create_link("https://example.com/", slug="abc")
    page.go_to(Target(Kind.QUESTION, made.event_id))
    soon(lambda: [_rungs(page).get(name) for name in ("analytics", "qr")] == [Rung.APPLIED, Rung.APPLIED])
    page.table.select((made.event_id, "analytics"))

    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert page.card.deed.said.whole == "No button helps here: the sentence says all."

    page.table.select((made.event_id, "qr"))
    assert page.card.deed.said.whole == ""


def test_what_was_never_committed_is_said_then_the_image_that_is_gone_is_rebuilt_after_its_word_was_typed(
    page: WhyPage, desk: Desk, soon: Soon
) -> None:
    assert page.stage.blank is not None
    assert page.stage.blank.title == "Why did it not happen?"
    assert not page.bar.recent.isEnabled()

    QTest.keyClicks(page.bar.field, "no-such-slug")
    QTest.mouseClick(page.bar.button, Qt.MouseButton.LeftButton)

    soon(lambda: "was ever committed here" in _sentence(page))
    assert page.stage.blank.title == "There is no event to explain"
    assert page.card.deed.act.isHidden()
    page.bar.ask(Question("other", "qr"))
    page.bar.recent.activated.emit(2)
    assert page.bar.field.text() == "no-such-slug"
    assert [page.bar.recent.itemText(number) for number in range(3)] == ["Recent", "no-such-slug", "other qr"]

    made = desk.create_link("https://example.com/", slug="abc")
    soon(lambda: desk.qr_png(made.link_id))
    for file in (desk.settings.data_dir / "objects").rglob("*.png"):
        file.unlink()
    page.bar.ask(Question("abc", "qr"))
    soon(lambda: _rungs(page) == {"qr": Rung.IMAGE_MISSING})

    page.card.deed.act.click()
    dialog = page.card.deed.findChild(ActDialog)
    assert dialog is not None
    assert not dialog.go.isEnabled()
    QTest.keyClicks(dialog.typed, "qr")
    dialog.go.click()

    soon(lambda: dialog.results.rows.rows)
    dialog.reject()
    soon(lambda: _rungs(page) == {"qr": Rung.APPLIED} and desk.qr_png(made.link_id) is not None)


def test_g_and_why_ask_from_anywhere_and_a_page_that_is_left_asks_no_more(
    opened: Window, desk: Desk, soon: Soon
) -> None:
    desk.create_link("https://example.com/", slug="abc")
    window = opened.frame
    window.activateWindow()
    window.overview.cards["qr"].button.act.setFocus()

    QTest.keyClicks(window.overview.cards["qr"].button.act, "g")
    box = window.keys.go_to
    QTest.keyClicks(box.field, "why abc qr")
    QTest.keyClick(box.field, Qt.Key.Key_Return)

    soon(lambda: window.pages.number == WHY)
    page = window.pages.looked_at
    assert isinstance(page, WhyPage)
    soon(lambda: _rungs(page) == {"qr": Rung.APPLIED})
    assert page.head.badge.word == "nothing is missing"
    window.go(0)
    assert not page._query._timer.isActive()
    window.go(WHY)
    assert page._query._timer.isActive()
    assert page.table.current_row is not None


def test_a_fault_is_cleared_and_the_link_that_waits_is_tried_at_once(
    page: WhyPage, desk: Desk, soon: Soon
) -> None:
    pause_consumer(desk, "billing", soon)
    desk.create_link("https://example.com/", slug="abc")
    fault = desk.faults.set("billing", FaultKind.FAIL_LINK, Figures(link="abc"), by="ben", why="drill")
    desk.resume("billing")
    page.bar.ask(Question("abc", "billing"))
    soon(lambda: _rungs(page) == {"billing": Rung.BROKEN})
    assert f"on purpose: fault {fault.fault_id}, set by ben" in _sentence(page)

    page.card.deed.act.click()
    soon(lambda: _rungs(page) in ({"billing": Rung.FAILING}, {"billing": Rung.DEAD}))
    assert desk.faults.active() == ()
    assert "is cleared" in page.card.deed.said.whole
    assert page.card.deed.act.text() in ("Retry now", "Retry the dead letter")
    page.card.deed.act.click()

    soon(lambda: _rungs(page) == {"billing": Rung.APPLIED})


def test_an_endpoint_can_be_added_where_nobody_was_to_be_told(page: WhyPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/", slug="abc")
    page.bar.ask(Question("abc", "webhook"))
    soon(lambda: _rungs(page) == {"webhook": Rung.NO_ENDPOINT})

    page.card.deed.act.click()
    dialog = page.card.deed.findChild(EndpointDialog)
    assert dialog is not None
    QTest.keyClicks(dialog.url, "https://127.0.0.1/")
    QTest.keyClick(dialog.url, Qt.Key.Key_Return)
    soon(lambda: "is a private address" in dialog.said.text())
    dialog.url.setText("https://hooks.example.com/")
    dialog.go.click()

    soon(lambda: dialog.secret.text().startswith("whsec_"))
    assert [endpoint.url for endpoint in desk.endpoints.in_use()] == ["https://hooks.example.com/"]
    dialog.copy_secret.click()
    assert QGuiApplication.clipboard().text() == dialog.secret.text()
    dialog.reject()
    soon(lambda: _rungs(page) == {"webhook": Rung.ENDPOINT_LATER})
    assert "is told of what happens from now on" in page.card.deed.said.whole
