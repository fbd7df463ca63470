"""Speaking with a notification service over a session bus: both here in one thread, in the bus's own language."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    Parser,
    new_method_return,
    new_signal,
)
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.desktop import Bubble, Desktop, why_no_service

_SERVICE = "org.freedesktop.Notifications"
_FROM = DBusAddress("/org/freedesktop/Notifications", interface=_SERVICE)


class Service:
    """A bus with nobody on it but a notification service: it keeps what it is asked for, and can be clicked."""

    def __init__(self, path: Path) -> None:
        self.names: list[str] = [_SERVICE]
        #: It lets everybody in and answers nothing.
        self.is_mute = False
        self.abilities = ["body", "body-markup", "actions"]
        self.shown: list[tuple[Any, ...]] = []
        self.closed: list[int] = []
        self._talks: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._serials = iter(range(1, 10_000))
        threading.Thread(target=self._accept, name="bus", daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                talk, _ = self._server.accept()
            except OSError:
                return
            self._talks.append(talk)
            threading.Thread(target=self._serve, args=(talk,), name="bus talk", daemon=True).start()

    def _serve(self, talk: socket.socket) -> None:
        lines = talk.makefile("rb")
        assert lines.readline().startswith(b"\0AUTH EXTERNAL")
        talk.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
        while not lines.readline().startswith(b"BEGIN"):
            talk.sendall(b"ERROR\r\n")
        parser = Parser()
        while data := lines.read1(4096):
            parser.add_data(data)
            while (message := parser.get_next_message()) is not None and not self.is_mute:
                self._answer(talk, message)

    def _answer(self, talk: socket.socket, message: Message) -> None:
        match message.header.fields[HeaderFields.member]:
            case "Hello":
                answer = new_method_return(message, "s", (":1.1",))
            case "ListNames" | "ListActivatableNames":
                answer = new_method_return(message, "as", (self.names,))
            case "GetCapabilities":
                answer = new_method_return(message, "as", (self.abilities,))
            case "Notify":
                self.shown.append(message.body)
                answer = new_method_return(message, "u", (message.body[1] or len(self.shown),))
            case "CloseNotification":
                self.closed.append(message.body[0])
                answer = new_method_return(message)
            case _:
                answer = new_method_return(message)
        talk.sendall(answer.serialise(serial=next(self._serials)))

    def say(self, member: str, signature: str, body: tuple[Any, ...]) -> None:
        """Tell whoever listens of something."""
        data = new_signal(_FROM, member, signature, body).serialise(serial=next(self._serials))
        self._talks[-1].sendall(data)

    def end(self) -> None:
        """Be gone."""
        self._server.close()
        for talk in self._talks:
            talk.close()


@pytest.fixture
def service(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Give a service on the session bus."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={short_dir}/bus")
    made = Service(short_dir / "bus")
    yield made
    made.end()


@pytest.fixture
def desktop(qapp: QApplication) -> Iterator[Desktop]:
    """Give what speaks with it."""
    made = Desktop()
    yield made
    made.close()


def test_a_service_that_is_not_there_is_named(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_no_service() == ""
    service.names = ["org.freedesktop.DBus"]
    assert "no program on this desktop shows notifications" in why_no_service()
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert "no session bus" in why_no_service()


def test_a_bus_that_lets_one_in_and_then_says_nothing_is_not_waited_for(
    service: Service, desktop: Desktop
) -> None:
    service.is_mute = True

    assert "no session bus" in why_no_service()
    assert not desktop.show(Bubble("broker", "Broker is down", "Links are still created."))

    service.is_mute = False
    assert why_no_service() == ""


def test_a_notification_has_its_words_and_another_of_its_cause_takes_its_place(
    service: Service, desktop: Desktop, qtbot: QtBot
) -> None:
    assert desktop.show(Bubble("broker", "Broker down", "<socket> & co", stays=True))
    qtbot.waitUntil(lambda: bool(desktop._shown))
    desktop.show(Bubble("broker", "Broker down", "again"))
    desktop.show(Bubble("ledger", "Ledger red", "qr 1 missing"))
    qtbot.waitUntil(lambda: len(service.shown) == 3 and "ledger" in desktop._shown)

    name, replaces, _, title, text, actions, hints, _ = service.shown[0]
    assert (name, replaces, title, text) == ("Signalbox", 0, "Broker down", "&lt;socket&gt; &amp; co")
    assert (actions, hints["urgency"]) == (["default", "Show"], ("y", 2))
    assert hints["image-data"][1][:2] == (64, 64)
    assert [shown[1] for shown in service.shown] == [0, 1, 0]
    desktop.withdraw("broker")
    qtbot.waitUntil(lambda: service.closed == [1])


def test_a_click_tells_the_cause_and_what_was_closed_is_forgotten(
    service: Service, desktop: Desktop, qtbot: QtBot
) -> None:
    desktop.show(Bubble("ledger", "Ledger red", "qr 1 missing"))
    qtbot.waitUntil(lambda: bool(desktop._shown))

    with qtbot.waitSignal(desktop.chosen) as clicked:
        service.say("ActionInvoked", "us", (99, "default"))
        service.say("ActionInvoked", "us", (1, "default"))
    assert clicked.args == ["ledger"]
    service.say("NotificationClosed", "uu", (1, 2))

    qtbot.waitUntil(lambda: not desktop._shown)


def test_a_bus_that_goes_away_is_asked_anew_the_next_time(
    service: Service, desktop: Desktop, qtbot: QtBot
) -> None:
    desktop.show(Bubble("ledger", "Ledger red", ""))
    qtbot.waitUntil(lambda: bool(desktop._shown))
    service._talks[-1].shutdown(socket.SHUT_RDWR)
    qtbot.waitUntil(lambda: not desktop._shown)

    assert desktop.show(Bubble("ledger", "Ledger red", ""))
    qtbot.waitUntil(lambda: len(service.shown) == 2)
