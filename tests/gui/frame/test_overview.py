"""Cards, banners and places with little room: nothing moves, is cut in silence or lies outside."""

from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QToolTip,
)

from core.operating.snapshot import (
    BrokerHealth,
    BrokerState,
    Cause,
    ConsumerState,
    FaultSet,
    Notice,
    OutboxBacklog,
    Severity,
)
from gui.main_window import MainWindow
from gui.parts.text import ElidedLabel
from tests.gui.pictures import NAMES, NOW, consumer, journey, snapshot
from tests.gui.settling import settle


def test_nothing_is_cut_without_a_tooltip_that_tells_it(frame: MainWindow) -> None:
    error = "OSError: no space left on device while writing objects/qr/01/a2/01a20875-ba73.png"
    failing = consumer(
        "qr", ConsumerState.FAILING, lag=1_234_567, in_flight=1_000, rate_out=39_123.0, error=error
    )
    frame.refresh(snapshot(consumers=tuple(failing if name == "qr" else consumer(name) for name in NAMES)))
    card = frame.overview.cards["qr"]
    settle()

    assert card.error.isVisible()
    assert card.error.toolTip().startswith(error)
    assert "1,234,567" in card.figures.accessibleName()
    assert "1,234,567" in card.accessibleDescription()


def test_nothing_moves_on_a_card_when_something_is_kept_back_or_wrong(frame: MainWindow) -> None:
    card = frame.overview.cards["qr"]

    def places() -> list[QRect]:
        settle()
        return [part.geometry() for part in (card, card.figures, card.kept_back, card.line, card.button)]

    frame.refresh(snapshot())
    before = places()
    full = consumer("qr", ConsumerState.FAILING, parked=12_345, dead=67_890, error="trouble")
    frame.refresh(snapshot(consumers=tuple(full if name == "qr" else consumer(name) for name in NAMES)))

    assert card.kept_back.text == "12.3k parked, 67.9k dead"
    assert places() == before


def test_figures_of_six_digits_are_not_cut_at_the_smallest(frame: MainWindow) -> None:
    frame.resize(frame.minimumSize())
    much = tuple(
        consumer(name, lag=888_888, in_flight=88_888, rate_out=88_888.0, parked=888_888, dead=888_888)
        for name in NAMES
    )
    frame.refresh(snapshot(consumers=much))
    settle()

    for card in frame.overview.cards.values():
        card.figures.grab()
        assert 0 < card.figures.right <= card.figures.width()
        assert "888,888" in card.figures.accessibleName()


def test_each_count_on_a_card_has_its_own_tip(frame: MainWindow) -> None:
    full = consumer("qr", parked=2, dead=1)
    frame.refresh(snapshot(consumers=tuple(full if name == "qr" else consumer(name) for name in NAMES)))
    shown = frame.overview.cards["qr"].kept_back
    settle()

    tips = []
    for x in (5, shown.width() - 5):
        place = QPoint(x, 8)
        QApplication.sendEvent(shown, QHelpEvent(QEvent.Type.ToolTip, place, shown.mapToGlobal(place)))
        tips.append(QToolTip.text())

    assert "main.py parked list --consumer qr" in tips[0]
    assert "main.py dead list --consumer qr" in tips[1]


def test_a_broker_that_is_down_is_a_banner_and_goes_again(frame: MainWindow) -> None:
    down = BrokerHealth(BrokerState.DOWN, "embedded", error="The broker does not answer.")

    frame.refresh(snapshot(broker=down, outbox=OutboxBacklog(12, 3.0), taken_at=NOW))
    shown = frame.overview.banners.texts
    frame.refresh(snapshot())

    assert any(text.startswith("Broker is down: links are still created; 12 events wait.") for text in shown)
    assert not any("Broker" in text for text in frame.overview.banners.texts)


def test_everything_fits_at_its_smallest_with_all_troubles_at_once(frame: MainWindow) -> None:
    frame.resize(frame.minimumSize())
    frame.refresh(
        snapshot(
            broker=BrokerHealth(BrokerState.DOWN, "embedded", error="gone"),
            own_worker="died (exit code 1), starting again in 5 s",
            consumers=tuple(consumer(name, ConsumerState.FAILING, error="trouble") for name in NAMES),
            journeys=(journey(1),),
            faults=(FaultSet(1, "qr", "fail", "qr fails", "ann", NOW, None),),
        )
    )
    settle()

    page = frame.overview
    bottom = 0
    for part in (page.banners, page.create_bar, next(iter(page.cards.values())), page.journeys):
        top = part.mapTo(page, QPoint(0, 0)).y()
        assert top >= bottom, part
        bottom = top + part.height()
    qr, feed = page.qr, page.feed
    assert qr.mapTo(page, QPoint(0, qr.height())).y() <= feed.mapTo(page, QPoint(0, 0)).y()
    for low in (page.journeys, page.feed):
        assert low.mapTo(page, QPoint(0, low.height())).y() <= page.height()
    assert qr.url.mapTo(qr, QPoint(0, qr.url.height())).y() <= qr.height()
    table = page.journeys.table
    last = table.rows.columnCount() - 1
    assert table.columnViewportPosition(last) + table.columnWidth(last) <= table.viewport().width()
    assert all(label.width() > 0 for label in page.findChildren(QLabel) if label.isVisible() and label.text())


def test_a_banner_tells_what_to_do_and_how_many_more_there_are(frame: MainWindow) -> None:
    low = Notice(
        Cause.DISK_LOW, Severity.WARN, "The disk is getting full.", "900 MiB are free.", "Free some."
    )
    down = BrokerHealth(BrokerState.DOWN, "embedded", error="gone")
    troubles = {"broker": down, "notices": (low,), "own_worker": "died (exit code 1), starting again in 5 s"}

    frame.refresh(snapshot(**troubles))
    told = [label.whole for label in frame.overview.banners.findChildren(ElidedLabel) if label.isVisible()]
    frame.refresh(snapshot(notices=(low,)))
    told_alone = [
        label.whole for label in frame.overview.banners.findChildren(ElidedLabel) if label.isVisible()
    ]

    assert told[0] == "Broker is down: links are still created."
    assert told[-1] == "and 1 more"
    assert told_alone == ["The disk is getting full.", "Free some. 900 MiB are free."]
