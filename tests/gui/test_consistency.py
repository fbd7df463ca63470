"""The distribution of times to full consistency: in words, in bars that don't need colours, and told to a screen reader."""

import time

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.operating.consistency import Consistency
from gui.overview.consistency_strip import ConsistencyStrip
from gui.overview.consistency_words import consistency_text
from gui.theme import Choice, Theme
from tests.gui.pictures import NOW, snapshot
from tests.gui.settling import pause, settle

TIMES = Consistency(tuple(float(number * 10) for number in range(1, 101)), 0, NOW - 60, NOW, "a" * 32)


def test_the_half_the_most_and_all_are_told_with_how_many_and_since_when() -> None:
    text = consistency_text(TIMES, NOW)

    since = time.strftime("%H:%M", time.localtime(NOW - 60))
    assert text.figures == ("500 ms", "950 ms", "1.00 s")
    assert text.heading == f"Full consistency of 100 links since {since}"
    assert "Half within 500 ms, 95 % within 950 ms, all within 1.00 s." in text.spoken


def test_what_is_not_complete_is_counted_and_what_can_not_be_read_is_unknown() -> None:
    some = Consistency((20.0,), 3, NOW - 90_000, NOW)
    unread = Consistency((), 3, NOW - 60, NOW, unread=("billing",))

    assert consistency_text(some, NOW).heading.endswith(", 3 not yet")
    assert time.strftime("%Y-%m-%d", time.localtime(NOW - 90_000)) in consistency_text(some, NOW).heading
    assert consistency_text(unread, NOW).heading.endswith(", 3 unknown (billing unreadable)")
    assert consistency_text(unread, NOW).figures == ("?", "?", "?")


@pytest.mark.parametrize(("seen", "words"), [(None, "not read yet"), (Consistency(), "no links yet")])
def test_nothing_to_tell_is_unknown_and_says_why(seen: Consistency | None, words: str) -> None:
    text = consistency_text(seen, NOW)

    assert text.heading.endswith(words)
    assert (text.figures, text.bars) == (("?", "?", "?"), None)


def test_the_bars_hold_every_link_once_on_a_scale_that_holds_them_all() -> None:
    for times in (
        (0.0,),
        (1.0,),
        (3.0, 1_000.0),
        (5.0, 86_400_000.0),
        tuple(float(n) for n in range(1, 200)),
    ):
        bars = consistency_text(Consistency(times, 0, NOW, NOW), NOW).bars

        assert bars is not None
        assert sum(number for number, _ in bars.heights) == len(times)
        assert len(bars.ticks) == bars.last - bars.first + 1 >= 3
        shares = [share for number, share in bars.heights if number]
        assert shares == sorted(shares)
    assert consistency_text(TIMES, NOW).bars is not None


def test_the_strip_is_painted_only_when_its_figures_change(
    qtbot: QtBot, qapp: QApplication, fonts: None
) -> None:
    strip = ConsistencyStrip(Theme(qapp, Choice.LIGHT))
    qtbot.addWidget(strip)
    strip.resize(640, 46)
    strip.show()
    strip.refresh(snapshot(consistency=TIMES))
    qtbot.waitExposed(strip)
    settle()
    painted: list[QObject] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if event.type() == QEvent.Type.Paint:
                painted.append(watched)
            return False

    watch = Watch()
    strip.installEventFilter(watch)

    strip.refresh(snapshot(consistency=TIMES, taken_at=NOW + 1))
    settle()
    pause(50)
    at_rest = len(painted)
    strip.refresh(snapshot(consistency=Consistency((20.0,), 0, NOW, NOW)))
    qtbot.waitUntil(lambda: bool(painted), timeout=60_000)

    assert at_rest == 0
    assert "all within 20 ms" in strip.accessibleName()
