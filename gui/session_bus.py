"""The desktop's session bus: a connection on which nobody ever waits long, since the window's thread speaks on it."""

from typing import Any

from jeepney import message_bus
from jeepney.bus import get_bus
from jeepney.io.blocking import DBusConnection, prep_socket
from jeepney.wrappers import unwrap_msg

#: How long the bus itself may take to answer or to listen, in seconds; it takes a thousandth.
_BUS_ANSWERS_S = 0.5


class SessionBus(DBusConnection):
    """Greets the bus and asks it with a limit; the library itself greets without one, and a mute bus held it for ever."""

    def send_and_get_reply(self, message: Any, *, timeout: float | None = None) -> Any:
        limit = _BUS_ANSWERS_S if timeout is None else timeout
        return super().send_and_get_reply(message, timeout=limit)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Leave the bus."""
        super().close()  # type: ignore[no-untyped-call]

    def names(self) -> set[str]:
        """Give what can be spoken with: the names of those who are there, and of those whom the bus starts when asked.

        Raises:
            OSError, DBusErrorResponse: it does not answer, or refuses to.
        """
        asked = (message_bus.ListNames(), message_bus.ListActivatableNames())
        return {name for question in asked for name in unwrap_msg(self.send_and_get_reply(question))[0]}


def open_session_bus() -> SessionBus:
    """Connect to the session bus.

    Raises:
        KeyError, RuntimeError: the environment names no bus, or none of a kind that is known.
        OSError: it does not answer.
    """
    socket = prep_socket(get_bus("SESSION"), timeout=_BUS_ANSWERS_S)
    socket.settimeout(_BUS_ANSWERS_S)  # Who sends to a bus that reads nothing must not wait for it either.
    try:
        return SessionBus(socket)
    except BaseException:
        socket.close()
        raise
