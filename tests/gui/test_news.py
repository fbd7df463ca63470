"""What is told to the desktop: what has become worse, once, and only to those who want it."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.snapshot import BrokerHealth, BrokerState, ConsumerHealth, ConsumerState, Snapshot
from gui.application import Window
from gui.bridge import Bridge
from gui.kept import Kept
from gui.main_window import open_preferences
from gui.news import Item, News
from gui.notifier import Notifier, be_loud, is_loud, is_wanted, want
from gui.targets import Kind, Target
from tests.gui.pictures import NAMES, NOW, consumer, snapshot

FAILING = snapshot(consumers=(consumer("qr", ConsumerState.FAILING, error="no\ndisk"),))
RUNNING = snapshot(consumers=(consumer("qr"),))


def told_of(news: News, *pictures: Snapshot, every_s: float = 3.0) -> list[tuple[Item, ...]]:
    """Take pictures one after the other, so many seconds apart, from now on."""
    return [news.take(replace(one, taken_at=NOW + every_s * number)) for number, one in enumerate(pictures)]


def test_what_is_so_at_first_is_no_news() -> None:
    assert told_of(News(), FAILING, FAILING, FAILING) == [(), (), ()]


def test_a_consumer_that_fails_or_stops_is_told_once_a_minute() -> None:
    told = told_of(News(), RUNNING, FAILING, FAILING, FAILING, RUNNING, FAILING, FAILING)

    assert told[2] == (Item("qr failing", "qr failing", "no disk", Target(Kind.CONSUMER, "qr", "qr")),)
    assert told[:2] + told[3:] == [()] * 6
    later = told_of(News(), RUNNING, FAILING, FAILING, RUNNING, FAILING, FAILING, every_s=30)
    assert [len(items) for items in later] == [0, 0, 1, 0, 0, 1]


def test_what_is_over_within_two_seconds_is_not_told() -> None:
    told = told_of(News(), RUNNING, FAILING, FAILING, FAILING, RUNNING, FAILING, FAILING, every_s=0.6)

    assert told == [()] * 7


def test_several_that_stop_at_once_are_told_in_one_piece() -> None:
    news = News()
    stopped = snapshot(consumers=tuple(consumer(name, ConsumerState.STOPPED) for name in NAMES))

    told = told_of(news, snapshot(), stopped, stopped)

    assert told[2] == (
        Item(
            "stopped",
            "5 consumers stopped",
            "analytics, qr, billing, webhook, dashboard: No worker is heard of.",
            Target(Kind.PAGE, "Consumers"),
        ),
    )


def test_of_several_that_fail_by_different_reasons_each_has_its_own() -> None:
    both = [
        consumer(name, ConsumerState.FAILING, error=why)
        for name, why in (("qr", "no disk"), ("billing", "x" * 300))
    ]
    running = snapshot(consumers=(consumer("qr"), consumer("billing")))
    failing = snapshot(consumers=tuple(both))

    (told,) = told_of(News(), running, failing, failing)[2]

    assert told.title == "2 consumers failing"
    assert told.text.splitlines()[0] == "qr: no disk"
    assert told.text.endswith("xx…")
    assert len(told.text) <= 230


def test_one_that_goes_from_bad_to_bad_is_no_news() -> None:
    stopped = snapshot(consumers=(consumer("qr", ConsumerState.STOPPED),))

    assert told_of(News(), stopped, FAILING, FAILING) == [(), (), ()]


def test_a_worker_of_ours_that_died_is_the_reason_why_consumers_stopped() -> None:
    died = "died (killed by signal 9), starting again in 2 s"
    stopped = snapshot(consumers=(consumer("qr", ConsumerState.STOPPED),), own_worker=died)

    (told,) = told_of(News(), RUNNING, stopped, stopped)[2]

    assert told.text == f"The worker {died}."


def test_dead_letters_that_arrive_are_counted_and_unknown_counts_are_no_news() -> None:
    counts = (None, 2, 2, 5, 5, None, 5)

    told = told_of(News(), *(snapshot(consumers=(consumer("billing", dead=dead),)) for dead in counts))

    assert [len(items) for items in told] == [0, 0, 0, 0, 1, 0, 0]
    assert (told[4][0].title, told[4][0].text) == (
        "billing: 3 new dead letters",
        "Dead letters of billing that wait for a decision: 5.",
    )
    assert told[4][0].target == Target(Kind.DEAD_LETTERS, "billing", "billing")


def test_a_storm_of_dead_letters_is_one_item_a_minute_that_counts_them_all() -> None:
    news = News()
    seconds = range(130)

    told = [
        item
        for second in seconds
        for item in news.take(
            snapshot(
                taken_at=NOW + second,
                consumers=(consumer("qr", dead=10 * second), consumer("billing", dead=second)),
            )
        )
    ]

    assert [item.title for item in told] == [f"{number} new dead letters" for number in (33, 660, 660)]
    assert told[1].text == "qr 600, billing 60. They wait for a decision."
    assert {item.cause for item in told} == {"dead letters"}


def test_dead_letters_that_were_decided_do_not_hide_those_that_come_after_them() -> None:
    pictures = [snapshot(consumers=(consumer("qr", dead=dead),)) for dead in (5, 0, 2, 2)]

    (told,) = told_of(News(), *pictures)[3]

    assert told.title == "qr: 2 new dead letters"


def test_a_broker_that_is_gone_is_told_and_its_signs_are_not() -> None:
    failing = snapshot(
        consumers=(consumer("qr", ConsumerState.FAILING, error="The broker does not answer."),)
    )
    down = replace(failing, broker=BrokerHealth(BrokerState.DOWN, "embedded", error="It does not answer."))

    told = told_of(News(), RUNNING, down, down, down, failing, failing)

    titles = [[item.title for item in items] for items in told]
    assert titles == [[], [], ["Broker down"], [], [], ["qr failing"]]
    assert (told[2][0].text, told[2][0].stays) == ("It does not answer.", True)


def emit(bridge: Bridge, *pictures: Snapshot, since: float = NOW) -> None:
    """Let pictures come from the monitor, three seconds apart."""
    for number, one in enumerate(pictures):
        bridge.snapshot.emit(replace(one, taken_at=since + 3 * number))


@pytest.mark.parametrize("wanted", [True, False])
def test_only_who_wants_to_be_told_is(qapp: QApplication, tmp_path: Path, wanted: bool) -> None:
    kept, bridge = Kept(open_preferences(tmp_path)), Bridge()
    notifier, told = Notifier(bridge, kept), list[Item]()
    notifier.told.connect(told.append)
    assert not is_wanted(kept)
    want(kept, wanted)

    emit(bridge, RUNNING, FAILING, FAILING)

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
    emit(bridge, RUNNING, FAILING, FAILING, RUNNING)
    assert rung == []
    want(kept, True)

    emit(bridge, FAILING, FAILING, since=NOW + 70)

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


def test_without_a_service_an_icon_is_in_the_tray_while_somebody_wants_to_be_told(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    kept, bridge = Kept(open_preferences(tmp_path)), Bridge()
    notifier, asked = Notifier(bridge, kept), list[object]()
    notifier.wanted.connect(asked.append)
    want(kept, True)
    bridge.snapshot.emit(RUNNING)
    assert notifier.findChild(QSystemTrayIcon) is None

    emit(bridge, FAILING, FAILING, since=NOW + 3)
    icon = notifier.findChild(QSystemTrayIcon)
    assert icon is not None
    assert icon.isVisible()
    icon.messageClicked.emit()
    assert asked == [Target(Kind.CONSUMER, "qr", "qr")]
    want(kept, False)
    bridge.snapshot.emit(RUNNING)

    assert not icon.isVisible()
    bridge.close()
