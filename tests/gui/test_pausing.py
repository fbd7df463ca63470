"""A person pauses a consumer, sees that it was obeyed, and resumes it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.operating.desk import Desk
from core.operating.snapshot import ConsumerHealth
from gui.overview.page import OverviewPage

Soon = Callable[[Callable[[], object]], None]


def _health(desk: Desk, name: str) -> ConsumerHealth:
    snapshot = desk.snapshot
    assert snapshot is not None
    return next(health for health in snapshot.consumers if health.name == name)


def _noted(faces: list[str], text: str) -> str:
    faces.append(text)
    return text


def test_a_click_pauses_the_lag_is_counted_and_a_click_resumes(
    overview: OverviewPage, desk: Desk, soon: Soon
) -> None:
    card = overview.cards["billing"]
    faces: list[str] = []

    QTest.mouseClick(card.button.act, Qt.MouseButton.LeftButton)
    assert card.button.act.text() == "Pausing: sent"
    soon(lambda: _noted(faces, card.button.act.text()) == "Resume")
    for number in range(3):
        desk.create_link(f"https://example.com/{number}")
    soon(lambda: _health(desk, "billing").lag == 3)

    assert any(face.startswith("Obeyed v") for face in faces)
    assert card.badge.word == "paused"
    assert overview.health.word == "1 of 5 needs attention: billing paused"
    rows = overview.journeys.table.rows
    soon(lambda: [row.total for row in rows.rows] == ["4 of 5"] * 3)
    # That they are published is noted a moment after they are.
    soon(lambda: [one.text for one in rows.rows[0].stations if not one.reached] == ["paused"])

    QTest.mouseClick(card.button.act, Qt.MouseButton.LeftButton)
    soon(lambda: card.badge.word == "running" and card.button.act.text() == "Pause")
    soon(lambda: all(row.consistent for row in rows.rows))
    assert overview.health.word == "all five running"


def test_the_menu_pauses_for_a_time_and_the_card_says_until_when(
    overview: OverviewPage, desk: Desk, soon: Soon
) -> None:
    card = overview.cards["webhook"]

    card.button.menu.actions()[1].trigger()
    soon(lambda: card.badge.word == "paused")

    health = _health(desk, "webhook")
    assert health.paused_until is not None
    assert 590 < health.paused_until - min(mark.at for mark in health.marks) <= 601
    assert card.print.whole.startswith("until ")
    assert health.paused_by is not None
    assert health.paused_by in card.badge.toolTip()


def test_a_pause_is_marked_on_the_line(overview: OverviewPage, desk: Desk, soon: Soon) -> None:
    desk.pause("qr", by="ana@desk")

    soon(lambda: "pause" in overview.cards["qr"].line.accessibleName())
    assert "by ana@desk" in overview.cards["qr"].line.accessibleName()


def test_keyboard_alone_is_enough(overview: OverviewPage, soon: Soon) -> None:
    card = overview.cards["dashboard"]
    card.button.act.setFocus()

    QTest.keyClick(card.button.act, Qt.Key.Key_Space)
    soon(lambda: card.badge.word == "paused" and card.button.act.text() == "Resume")
    QTest.keyClick(card.button.act, Qt.Key.Key_Space)

    soon(lambda: card.badge.word == "running")
