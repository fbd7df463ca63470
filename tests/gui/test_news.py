"""What is told to the desktop: what has become worse, once, and only to those who want it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.snapshot import BrokerHealth, BrokerState, ConsumerHealth, ConsumerState
from gui.application import Window
from gui.bridge import Bridge
from gui.kept import Kept
from gui.main_window import open_preferences
from gui.news import Item, News
from gui.notifier import Notifier, be_loud, is_loud, is_wanted, want
from tests.gui.pictures import NAMES, NOW, consumer, snapshot

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


def test_several_that_stop_at_once_are_told_in_one_piece() -> None:
    news = News()
    news.take(snapshot())

    told = news.take(snapshot(consumers=tuple(consumer(name, ConsumerState.STOPPED) for name in NAMES)))

    assert told == (
        Item(
            "5 consumers stopped",
            "analytics, qr, billing, webhook, dashboard: No worker that runs it has been heard of.",
        ),
    )


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


def test_a_sound_is_made_only_with_a_notification_and_only_if_somebody_wants_it(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[bool] = []
    monkeypatch.setattr(QApplication, "beep", staticmethod(lambda: rung.append(True)))
    kept, bridge = Kept(open_preferences(tmp_path)), Bridge()
    notifier = Notifier(bridge, kept)
    be_loud(kept, True)
    for picture in (RUNNING, FAILING, RUNNING):
        bridge.snapshot.emit(picture)
    assert rung == []
    want(kept, True)

    bridge.snapshot.emit(RUNNING)
    bridge.snapshot.emit(snapshot(consumers=FAILING.consumers, taken_at=NOW + 61))

    assert rung == [True]
    be_loud(kept, False)
    assert not is_loud(Kept(open_preferences(tmp_path)))
    notifier.close()
    bridge.close()


def test_a_worker_that_is_gone_a_broker_that_is_gone_and_a_dead_letter_are_told(
    opened: Window, desk: Desk, soon: Callable[[Callable[[], object]], None]
) -> None:
    told = list[Item]()
    opened.notifier.told.connect(told.append)
    want(opened.frame.kept, True)
    desk.faults.set("webhook", FaultKind.FAIL, Figures(next=1), by="ann")
    version = desk.pause("webhook", by="ann")
    # It stands still until its worker knows that it shall fail.
    soon(lambda: _health(desk, "webhook").obeyed_version == version)
    desk.create_link("https://example.com/")
    desk.resume("webhook", by="ann")

    soon(lambda: any(item.title == "webhook: 1 new dead letter" for item in told))
    assert desk.worker_pid is not None
    os.kill(desk.worker_pid, signal.SIGSTOP)
    stopped = desk.worker_pid
    soon(lambda: any(item.title.endswith("consumers stopped") and "dashboard" in item.text for item in told))
    os.kill(stopped, signal.SIGCONT)
    desk.faults.set("broker", FaultKind.FREEZE, Figures(), by="ann")
    soon(lambda: any(item.title == "Broker down" for item in told))
    desk.faults.clear(by="ann")


def _health(desk: Desk, name: str) -> ConsumerHealth:
    assert desk.snapshot is not None
    return next(health for health in desk.snapshot.consumers if health.name == name)


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
