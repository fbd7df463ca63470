"""What a demonstration does to the broker: stand still, lose what was written last, lose everything.

All of it really happens. Nothing of it loses an event, since the broker is a copy of the outbox.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from core.broker.client import connect, errors_mapped
from core.broker.server import EmbeddedBroker
from core.errors import BrokerUnavailable

#: Longest wait for the broker to have emptied itself, in seconds.
_ANSWER_S = 5.0


def freeze(broker: EmbeddedBroker) -> None:
    """Let the server stand still: connections stay open, nothing is answered.

    Raises:
        BrokerUnavailable: it does not run.
    """
    try:
        _process(broker).suspend()
    except psutil.NoSuchProcess:
        raise BrokerUnavailable("The broker does not run, so it can't be frozen.") from None


def thaw(broker: EmbeddedBroker) -> None:
    """Let a frozen server go on; harmless otherwise."""
    with suppress(psutil.NoSuchProcess):
        _process(broker).resume()


def lose_tail(broker: EmbeddedBroker, size: int) -> int:
    """Kill the server, cut up to so many bytes off the end of its log and let it start again; gives how many were cut.

    Raises:
        BrokerUnavailable: it could not be ended, or its log can't be found or cut.
    """
    try:
        if not broker.hold_down(clean=False):
            raise BrokerUnavailable("The broker does not end, so its log was left alone.")
        return _cut(_newest_log(broker.folder), size)
    except OSError as error:
        raise BrokerUnavailable(f"The broker's log can't be cut: {error}.") from None
    finally:
        broker.let_up()


def flush(url: str) -> None:
    """Empty a broker that nobody else uses: all that is in it goes.

    Raises:
        BrokerUnavailable: it does not answer, or refuses.
    """
    with connect(url, answer_timeout_s=_ANSWER_S) as client, errors_mapped():
        client.flushall()


def _process(broker: EmbeddedBroker) -> psutil.Process:
    if broker.pid is None:
        raise psutil.NoSuchProcess(-1)
    return psutil.Process(broker.pid)


def _newest_log(folder: Path) -> Path:
    """Find the file that the server appends to; its number rises with each rewrite."""
    logs: Iterable[Path] = (folder / "appendonlydir").glob("appendonly.aof.*.incr.aof")
    newest = max(logs, key=lambda log: int(log.name.split(".")[2]), default=None)
    if newest is None:
        raise BrokerUnavailable(f"There is no log of appends in {folder}.")
    return newest


def _cut(log: Path, size: int) -> int:
    cut = min(size, log.stat().st_size)
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size - cut)
    return cut
