"""The Dead letters page: causes first, acts that say what they touch, outcomes that stay; with real dead letters."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible, QMouseEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QPushButton

from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from gui.dead_letters.decision import DecisionDialog
from gui.dead_letters.editor import Editor
from gui.dead_letters.page import DEAD, PARKED, POLICY, DeadLettersPage
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.parts.act_dialog import ActDialog
from gui.targets import Kind, Target

Soon = Callable[[Callable[[], object]], None]
PLACE = [place.title for place in PAGES].index("Dead letters")


@pytest.fixture
def page(frame: MainWindow) -> DeadLettersPage:
    """Give the page, looked at."""
    frame.go(PLACE)
    found = frame.pages.looked_at
    assert isinstance(found, DeadLettersPage)
    return found


def fail(desk: Desk, soon: Soon, consumer: str, *slugs: str, transient: bool = False) -> None:
    """Let a consumer fail at the creation of some links; it stands still until its worker knows that it shall."""
    figures = Figures(share=1.0, transient=True) if transient else Figures(next=len(slugs))
    desk.faults.set(consumer, FaultKind.FAIL, figures, by="ann")
    version = desk.pause(consumer, by="ann")
    soon(lambda: obeyed(desk, consumer) == version)
    for slug in slugs:
        desk.create_link("https://example.com/", slug=slug, title="A title")
    desk.resume(consumer, by="ann")


def obeyed(desk: Desk, consumer: str) -> int | None:
    assert desk.snapshot is not None
    return next(health.obeyed_version for health in desk.snapshot.consumers if health.name == consumer)


def has_applied(desk: Desk, consumer: str, slug: str) -> bool:
    """Whether a consumer has done what the creation of a link asks for."""
    assert desk.snapshot is not None
    return any(
        journey.slug == slug and dict(journey.applied_ms)[consumer] is not None
        for journey in desk.snapshot.journeys
    )


def decide(page: DeadLettersPage) -> DecisionDialog:
    dialog = page.dialogs.last
    assert isinstance(dialog, DecisionDialog)
    return dialog


def outcomes(page: DeadLettersPage) -> dict[str, str]:
    return {row.slug: row.outcome for row in page.dead.table.rows.rows}


def test_a_group_is_retried_and_its_outcomes_stay_in_sight(
    page: DeadLettersPage, desk: Desk, soon: Soon
) -> None:
    fail(desk, soon, "webhook", "first", "second")
    soon(lambda: has_applied(desk, "billing", "second"))
    fail(desk, soon, "billing", "third")
    tester = QAbstractItemModelTester(page.dead.table.rows)
    soon(lambda: len(page.dead.table.rows.rows) == 3)
    (cause,) = page.dead.causes.rows.rows
    assert (cause.count, set(cause.consumers), cause.error_class) == (3, {"webhook", "billing"}, "poison")
    desk.faults.clear("webhook", by="ann")

    page.filter.choose("Consumer", "webhook")
    soon(lambda: len(page.dead.table.rows.rows) == 2)
    page.dead.table.setFocus()
    QTest.keyClicks(page.dead.table, "a")
    dialog = decide(page)
    soon(lambda: len(dialog.table.rows.rows) == 2)
    assert dialog.title.text() == "Retry 2 dead letters?"
    assert "all that the filter shows (consumer webhook)" in dialog.scope.text()
    assert "2 dead letters of 2 links; consumers: webhook (2)" in dialog.scope.text()
    assert {row.effects for row in dialog.table.rows.rows} == {
        "analytics, qr, billing, dashboard have it; webhook will run"
    }
    assert dialog.table.sizeHintForColumn(1) <= dialog.table.columnWidth(1)
    assert dialog.table.horizontalScrollBar().maximum() == 0
    QTest.keyClick(dialog, Qt.Key.Key_Return)

    soon(lambda: dialog.said.text() == "2 done")
    assert {row.outcome for row in dialog.table.rows.rows} == {"applied"}
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    soon(lambda: outcomes(page) == {"first": "applied", "second": "applied"})
    soon(lambda: {row.letter.state for row in page.dead.table.rows.rows} == {"applied"})
    soon(lambda: page.dead.retry_all.toolTip() == "There are none.")
    assert tester is not None
    outcomes_are_taken_away(page, soon)


def outcomes_are_taken_away(page: DeadLettersPage, soon: Soon) -> None:
    page.dead.clear.click()
    assert page.dead.table.rows.rows == ()
    assert page.dead.stage.blank is not None
    assert page.dead.stage.blank.title == "Nothing fits the filter"
    page.dead.stage.act.click()
    soon(lambda: list(outcomes(page)) == ["third"])


def test_what_fails_again_says_so(page: DeadLettersPage, desk: Desk, soon: Soon) -> None:
    fail(desk, soon, "billing", "first")
    soon(lambda: page.dead.table.rows.rows)
    page.dead.table.select(page.dead.table.rows.rows[0].name)

    QTest.keyClicks(page.dead.table, "r")
    dialog = decide(page)
    soon(dialog.go.isEnabled)
    dialog.go.click()

    soon(lambda: dialog.said.text() == "0 done, 1 failed")
    dialog.reject()
    soon(lambda: page.dead.causes.rows.rows and page.dead.causes.rows.rows[0].failed_again == 1)
    (row,) = page.dead.table.rows.rows
    assert row.failed
    assert row.outcome.startswith("failed again: Rejected: ")
    page._open(row)
    assert (
        page.letter.facts.texts["Attempts"] == "10 attempts; retried once for an operator, and failed again"
    )


def test_a_dead_letter_is_discarded_only_with_a_reason_and_its_word(
    page: DeadLettersPage, desk: Desk, soon: Soon
) -> None:
    fail(desk, soon, "billing", "first")
    soon(lambda: page.dead.table.rows.rows)
    page.dead.table.setFocus()
    QTest.keyClicks(page.dead.table, "j")

    QTest.keyClick(page.dead.table, Qt.Key.Key_D, Qt.KeyboardModifier.ShiftModifier)
    dialog = decide(page)
    soon(lambda: dialog.table.rows.rows)
    assert dialog.go.toolTip().startswith("Say why first")
    QTest.keyClicks(dialog.why, "A test link")
    assert dialog.go.toolTip().startswith("Type discard first")
    assert not dialog.go.isEnabled()
    QTest.keyClicks(dialog.typed, "discard")
    QTest.keyClick(dialog.typed, Qt.Key.Key_Return)

    soon(lambda: dialog.said.text() == "1 done")
    dialog.reject()
    page.tabs.setCurrentIndex(2)
    soon(lambda: page.decided.table.rows.rows)
    (row,) = page.decided.table.rows.rows
    assert (row.letter.state, row.letter.why) == ("discarded", "A test link")
    page._open(row)
    assert page.letter.retry.toolTip() == "It was discarded: that can't be undone."


def test_data_is_checked_while_it_is_written_and_published_in_the_place_of_the_dead_letter(
    page: DeadLettersPage, desk: Desk, soon: Soon
) -> None:
    fail(desk, soon, "webhook", "first")
    soon(lambda: page.dead.table.rows.rows)
    page.dead.table.select(page.dead.table.rows.rows[0].name)
    desk.faults.clear("webhook", by="ann")

    QTest.keyClicks(page.dead.table, "e")
    editor = page.dialogs.last
    assert isinstance(editor, Editor)
    soon(lambda: editor.said.text() == "It fits LinkCreated.v1, and nothing is changed.")
    data = editor.box.toPlainText()
    editor.box.setPlainText(data.replace('"A title"', "17"))
    soon(lambda: "does not fit" in editor.said.text() or "title" in editor.said.text())
    assert not editor.go.isEnabled()
    assert desk.dead_letters.pages.stamp()[0][1] == "dead"
    editor.box.setPlainText(data.replace("A title", "Another title"))
    soon(lambda: 'title: "A title" -> "Another title"' in editor.said.text())
    editor.go.click()

    soon(lambda: " is in its place" in editor.said.text())
    editor.reject()
    soon(lambda: [one[1] for one in desk.dead_letters.pages.stamp()] == ["discarded"])
    soon(lambda: " is in its place" in outcomes(page)["first"])


def test_a_link_that_waits_is_retried_now(page: DeadLettersPage, desk: Desk, soon: Soon) -> None:
    fail(desk, soon, "qr", "first", transient=True)
    page.go_to(Target(Kind.PARKED, "qr"))
    assert page.tabs.currentIndex() == PARKED
    soon(lambda: page.parked.table.rows.rows and page.parked.table.rows.rows[0].key.attempts >= 2)
    (row,) = page.parked.table.rows.rows
    assert (row.slug, row.key.error_class, row.key.events) == ("first", "transient", 1)
    page.parked.table.select(row.name)
    page._open(row)
    assert page.key.facts.texts["Waiting"] == "1 event"
    desk.faults.clear("qr", by="ann")

    QTest.keyClicks(page.parked.table, "n")

    soon(lambda: page.parked.said.whole == "0 links waiting")
    (gone,) = page.parked.table.rows.rows
    assert (gone.slug, gone.outcome) == ("first", "tried: nothing of it waits any more")
    assert page.parked.retry.toolTip() == "Nothing of it waits any more."
    assert page.filter.figure.whole == "0 of 0 links shown"
    assert desk.journal.newest(1)[0].act == "retry now"


def test_a_policy_is_shown_and_changed(page: DeadLettersPage, desk: Desk, soon: Soon) -> None:
    page.tabs.setCurrentIndex(POLICY)
    soon(lambda: len(page.policy.table.rows.rows) == 5)
    rows = {row.policy.consumer: row.policy for row in page.policy.table.rows.rows}
    assert (rows["analytics"].holds, rows["webhook"].holds) == (True, False)
    assert page.policy.choices[True].toolTip() == "Select one consumer in the table first."
    page.policy.table.select("webhook")

    page.policy.choices[True].click()
    dialog = page.dialogs.last
    assert isinstance(dialog, ActDialog)
    dialog.go.click()

    soon(lambda: any(row.policy.chosen for row in page.policy.table.rows.rows))
    assert desk.journal.newest(1)[0].act == "hold behind dead letters"
    dialog.reject()
    soon(lambda: page.policy.table.current_row.obeyed == "yes")


def test_the_figures_of_a_card_lead_here(frame: MainWindow, desk: Desk, soon: Soon) -> None:
    fail(desk, soon, "billing", "first")
    soon(lambda: has_applied(desk, "webhook", "first"))
    fail(desk, soon, "webhook", "second")
    figures = frame.overview.cards["billing"].kept_back
    soon(lambda: figures.text == "1 dead")

    for kind in (QMouseEvent.Type.MouseButtonPress, QMouseEvent.Type.MouseButtonRelease):
        left = Qt.MouseButton.LeftButton
        place = QPointF(6, 6)
        event = QMouseEvent(
            kind, place, figures.mapToGlobal(place), left, left, Qt.KeyboardModifier.NoModifier
        )
        figures.event(event)

    page = frame.pages.looked_at
    assert isinstance(page, DeadLettersPage)
    assert page.tabs.currentIndex() == DEAD
    assert page.filter.words == "consumer billing"
    soon(lambda: list(outcomes(page)) == ["first"])
    soon(lambda: page.head.badge.word == "2 dead")


def test_while_nothing_is_dead_the_page_says_so_and_everything_has_a_name(
    page: DeadLettersPage, frame: MainWindow, soon: Soon
) -> None:
    soon(
        lambda: (
            page.dead.stage.blank and page.dead.stage.blank.title == "No consumer has given up on anything"
        )
    )
    soon(lambda: page.head.badge.word == "nothing dead")

    named = [*page.findChildren(QPushButton), page.tabs, page.dead.table, page.dead.causes, page.parked.table]
    for widget in named:
        seen = QAccessible.queryAccessibleInterface(widget)
        assert seen.text(QAccessible.Text.Name) or widget.isHidden(), widget
    QTest.keyClicks(page, "]")
    assert page.tabs.currentIndex() == PARKED
    soon(lambda: page.parked.stage.blank is not None)
