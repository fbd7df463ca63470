"""The desktop's own notifications, asked for over the session bus: shown, replaced by cause, withdrawn, and clicked.

Spoken with the bus directly, since Qt's tray icon is the only way of Qt's own, and many desktops have no tray.
"""

import html
import logging
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSize, QSocketNotifier, Signal
from PySide6.QtGui import QImage

from gui.icons import application_icon

if TYPE_CHECKING:
    from gui.session_bus import SessionBus

log = logging.getLogger(__name__)

_NAME, _PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
_SIGNALS = ("ActionInvoked", "ActivationToken", "NotificationClosed")
#: What the question for the service's abilities is noted as, beside the causes.
_ABILITIES = "abilities"
#: What a click on the notification as a whole is called by the specification.
_CLICK = "default"
_ICON_SIDE = 64
#: What a click may be preceded by on Wayland; Qt takes it from there when a window is activated.
_TOKEN = "XDG_ACTIVATION_TOKEN"
_NO_BUS = "there is no session bus to ask by (DBUS_SESSION_BUS_ADDRESS names none that answers)"
_NO_SERVICE = "no program on this desktop shows notifications (such as dunst, mako or the desktop's own)"
_NOT_HERE = "this system has no session bus"


@dataclass(frozen=True, slots=True)
class Bubble:
    """One notification; another one of the same cause takes its place."""

    cause: str
    title: str
    text: str
    #: It stays until it is clicked, closed or withdrawn.
    stays: bool = False


def why_no_service() -> str:
    """Say why the desktop shows no notifications, as the end of a sentence; empty = it shows them."""
    if sys.platform != "linux":
        return _NOT_HERE
    from jeepney.wrappers import DBusErrorResponse  # noqa: PLC0415

    from gui.session_bus import open_session_bus  # noqa: PLC0415

    try:
        with open_session_bus() as bus:
            names = bus.names()
    except (KeyError, OSError, RuntimeError, DBusErrorResponse) as error:
        log.info("no session bus: %s", error)
        return _NO_BUS
    return "" if _NAME in names else _NO_SERVICE


class Desktop(QObject):
    """Opens its connection with the first notification; nothing here waits for the service."""

    #: A notification was clicked: its cause.
    chosen = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus: SessionBus | None = None
        self._heard: QSocketNotifier | None = None
        #: What the service can do; None = it has not said so yet, and notifications wait for that.
        self._abilities: frozenset[str] | None = None
        self._waiting: list[Bubble] = []
        #: Causes by the serial of the question that is not answered yet; the ids of what is shown, by cause.
        self._asked: dict[int, str] = {}
        self._shown: dict[str, int] = {}

    def show(self, bubble: Bubble) -> bool:
        """Show a notification, as soon as the service listens; False = there is no bus."""
        if self._bus is None and not self._open():
            return False
        self._waiting.append(bubble)
        return self._abilities is None or self._flush()

    def withdraw(self, cause: str) -> None:
        """Take a notification away whose cause is over."""
        shown = self._shown.pop(cause, None)
        if shown is not None:
            self._ask("CloseNotification", "u", (shown,))

    def close(self) -> None:
        """Speak with nobody any more; what is shown stays until the desktop takes it away."""
        if self._heard is not None:
            self._heard.setEnabled(False)
            self._heard.deleteLater()
        if self._bus is not None:
            self._bus.close()
        self._bus, self._heard, self._abilities = None, None, None
        self._asked.clear()
        self._shown.clear()
        self._waiting.clear()

    # Speaking

    def _open(self) -> bool:
        if why_no_service():
            return False
        from jeepney import MatchRule, message_bus  # noqa: PLC0415

        from gui.session_bus import open_session_bus  # noqa: PLC0415

        try:
            self._bus = bus = open_session_bus()
            for member in _SIGNALS:
                rule = MatchRule(type="signal", interface=_NAME, path=_PATH, member=member)
                bus.send(message_bus.AddMatch(rule))
        except (OSError, RuntimeError) as error:
            log.warning("notifications can't be shown: %s", error)
            self.close()
            return False
        self._heard = QSocketNotifier(bus.sock.fileno(), QSocketNotifier.Type.Read, self)
        self._heard.activated.connect(self._hear)
        return self._ask("GetCapabilities", None, (), _ABILITIES)

    def _ask(self, method: str, signature: str | None, body: tuple[Any, ...], about: str = "") -> bool:
        """Ask the service, and note what about if its answer matters; False = the bus is gone."""
        from jeepney import DBusAddress, new_method_call  # noqa: PLC0415

        if self._bus is None:
            return False
        address = DBusAddress(_PATH, bus_name=_NAME, interface=_NAME)
        serial: int = next(self._bus.outgoing_serial)
        try:
            self._bus.send(new_method_call(address, method, signature, body), serial=serial)
        except OSError as error:
            log.warning("the session bus is gone: %s", error)
            self.close()
            return False
        if about:
            self._asked[serial] = about
        return True

    def _flush(self) -> bool:
        """Ask for all that waits to be shown."""
        waiting, self._waiting = self._waiting, []
        return all(
            self._ask("Notify", "susssasa{sv}i", self._words(bubble), bubble.cause) for bubble in waiting
        )

    def _words(self, bubble: Bubble) -> tuple[Any, ...]:
        abilities = self._abilities or frozenset()
        text = html.escape(bubble.text, quote=False) if "body-markup" in abilities else bubble.text
        actions = [_CLICK, "Show"] if "actions" in abilities else []
        hints = {
            "urgency": ("y", 2 if bubble.stays else 1),
            "desktop-entry": ("s", "signalbox"),
            "image-data": ("(iiibiiay)", _picture()),
        }
        return ("Signalbox", self._shown.get(bubble.cause, 0), "", bubble.title, text, actions, hints, -1)

    # Hearing

    def _hear(self) -> None:
        while self._bus is not None:
            try:
                message = self._bus.receive(timeout=0)
            except TimeoutError:
                return
            except OSError as error:
                log.warning("the session bus is gone: %s", error)
                self.close()
                return
            self._take(message)

    def _take(self, message: Any) -> None:
        from jeepney import HeaderFields, MessageType  # noqa: PLC0415

        fields = message.header.fields
        asked = self._asked.pop(fields.get(HeaderFields.reply_serial, -1), None)
        kind = message.header.message_type
        if kind is MessageType.signal:
            self._take_signal(fields.get(HeaderFields.member, ""), message.body)
        elif asked is None:
            return
        elif kind is MessageType.error:
            log.warning("the desktop refused a notification: %s", message.body)
        elif asked != _ABILITIES:
            self._shown[asked] = message.body[0]
        if asked == _ABILITIES:
            self._abilities = frozenset(message.body[0] if kind is MessageType.method_return else ())
            self._flush()

    def _take_signal(self, member: str, body: tuple[Any, ...]) -> None:
        cause = next((cause for cause, number in self._shown.items() if body and number == body[0]), None)
        if cause is None:
            return
        if member == "ActivationToken":
            os.environ[_TOKEN] = str(body[1])
        elif member == "ActionInvoked" and body[1] == _CLICK:
            self.chosen.emit(cause)
        elif member == "NotificationClosed":
            del self._shown[cause]


def _picture() -> tuple[int, int, int, bool, int, int, bytes]:
    """Give our icon as the specification wants it: width, height, row stride, alpha, bits, channels, pixels."""
    side = QSize(_ICON_SIDE, _ICON_SIDE)
    image = application_icon().pixmap(side, 1.0).toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    return (image.width(), image.height(), image.bytesPerLine(), True, 8, 4, bytes(image.constBits()))
