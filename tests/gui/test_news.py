"""What is told to the desktop: what has become worse, once, and only to those who want it."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from core.operating.snapshot import BrokerHealth, BrokerState, ConsumerState
from gui.bridge import Bridge
from gui.kept import Kept
from gui.main_window import open_preferences
from gui.news import Item, News
from gui.notifier import Notifier, is_wanted, want
from tests.gui.pictures import NOW, consumer, snapshot

FAILING = snapshot(consumers=(consumer("qr", ConsumerState.FAILING, error="no\ndisk"),))
RUNNING = snapshot(consumers=(consumer("qr"),))


def test_what_is_so_at_first_is_no_news() -> None:
    assert News().take(FAILING) == ()


def test_a_consumer_that_fails_or_stops_is_told_once_a_minute() -> None:
    news = News()
    news.take(RUNNING)

    first = news.take(FAILING)
    again = [news.take(one) for one in (FAILING, RUNNING, FAILING)]
    later = snapshot(taken_at=NOW + 61, consumers=FAILING.consumers)

    assert first == (Item("qr failing", "no disk"),)
    assert again == [(), (), ()]
    news.take(RUNNING)
    assert news.take(later) == first


def test_one_that_goes_from_bad_to_bad_is_no_news() -> None:
    news = News()
    news.take(snapshot(consumers=(consumer("qr", ConsumerState.STOPPED),)))

    assert news.take(FAILING) == ()


def test_dead_letters_that_arrive_are_counted_and_unknown_counts_are_no_news() -> None:
    news = News()
    counts = (None, 2, 2, 5, None, 7)

    told = [news.take(snapshot(consumers=(consumer("billing", dead=dead),))) for dead in counts]

    assert told == [
        (),
        (),
        (),
        (Item("billing: 3 new dead letters", "5 events in all were given up."),),
        (),
        (),
    ]


def test_a_broker_that_is_gone_is_told() -> None:
    news = News()
    news.take(snapshot())

    down = BrokerHealth(BrokerState.DOWN, "embedded", error="The broker does not answer.")

    assert news.take(snapshot(broker=down)) == (Item("Broker down", "The broker does not answer."),)


@pytest.mark.parametrize("wanted", [True, False])
def test_only_who_wants_to_be_told_is(qapp: QApplication, tmp_path: Path, wanted: bool) -> None:
    kept, bridge = Kept(open_preferences(tmp_path)), Bridge()
    notifier, told = Notifier(bridge, kept), list[Item]()
    notifier.told.connect(told.append)
    assert not is_wanted(kept)
    want(kept, wanted)

    bridge.snapshot.emit(RUNNING)
    bridge.snapshot.emit(FAILING)

    assert [item.title for item in told] == (["qr failing"] if wanted else [])
    assert is_wanted(Kept(open_preferences(tmp_path))) == wanted
    notifier.close()
    bridge.close()


def test_the_icon_is_in_the_tray_only_while_somebody_wants_to_be_told(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    kept, bridge = Kept(open_preferences(tmp_path)), Bridge()
    notifier, asked = Notifier(bridge, kept), list[bool]()
    notifier.wanted.connect(lambda: asked.append(True))
    want(kept, True)
    bridge.snapshot.emit(RUNNING)
    assert notifier.findChild(QSystemTrayIcon) is None

    bridge.snapshot.emit(FAILING)
    icon = notifier.findChild(QSystemTrayIcon)
    assert icon is not None
    assert icon.isVisible()
    icon.messageClicked.emit()
    assert asked == [True]
    want(kept, False)
    bridge.snapshot.emit(RUNNING)

    assert not icon.isVisible()
    bridge.close()
