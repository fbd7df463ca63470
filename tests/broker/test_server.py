"""The embedded server: ready at once, for its owner only, back after a crash, gone when told."""

import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import redis

from core.broker import server as server_module
from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.socket_place import socket_path
from core.errors import BrokerUnavailable
from tests.support.servers import data_dir_of, put_safely, servers_on
from tests.support.waiting import eventually


def test_a_started_broker_answers(broker: EmbeddedBroker, client: redis.Redis) -> None:
    assert client.ping()
    assert client.info("server")["process_id"] == broker.pid


def test_it_listens_on_no_network_port(broker: EmbeddedBroker, client: redis.Redis) -> None:
    sockets = psutil.Process(broker.pid).net_connections(kind="inet")

    assert sockets == []
    assert client.info("server")["tcp_port"] == 0


def test_socket_and_folder_are_for_the_owner_only(broker: EmbeddedBroker) -> None:
    folder = data_dir_of(broker) / "broker"
    assert (folder / "valkey.sock").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_it_is_configured_to_keep_everything(client: redis.Redis) -> None:
    config = client.config_get("append*", "save", "maxmemory*")

    assert config["appendonly"] == "yes"
    assert config["appendfsync"] == "everysec"
    assert config["save"] == ""
    assert config["maxmemory"] == str(64 * 1024 * 1024)
    assert config["maxmemory-policy"] == "noeviction"


def test_it_comes_back_with_its_data_after_each_kill(broker: EmbeddedBroker, client: redis.Redis) -> None:
    seen = [broker.pid]
    for round_number in range(2):
        put_safely(client, f"round {round_number}", "kept")
        os.kill(broker.pid or 0, signal.SIGKILL)

        eventually(lambda: broker.pid not in (None, *seen))

        seen.append(broker.pid)
        with connect(broker.url) as fresh:
            assert fresh.get(f"round {round_number}") == b"kept"


def test_a_stopped_broker_leaves_nothing_running(
    short_dir: Path, make_broker: Callable[[], EmbeddedBroker]
) -> None:
    broker = make_broker()
    broker.start()
    assert servers_on(short_dir) == [broker.pid]

    assert broker.stop()

    assert servers_on(short_dir) == []
    assert broker.pid is None
    assert not (short_dir / "broker" / "valkey.sock").exists()


def test_data_outlives_a_stop(make_broker: Callable[[], EmbeddedBroker]) -> None:
    for before in (None, b"yes"):
        broker = make_broker()
        broker.start()
        with connect(broker.url) as client:
            assert client.get("kept") == before
            client.set("kept", "yes")
        broker.stop()


def test_a_server_that_does_not_react_is_killed_at_the_deadline(
    short_dir: Path, make_broker: Callable[[], EmbeddedBroker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_STOP_DEADLINE_S", 0.3)
    broker = make_broker()
    broker.start()
    os.kill(broker.pid or 0, signal.SIGSTOP)

    assert not broker.stop()

    assert servers_on(short_dir) == []


def test_a_stop_while_the_server_is_being_started_again_leaves_nothing_running(
    short_dir: Path, make_broker: Callable[[], EmbeddedBroker]
) -> None:
    broker = make_broker()
    broker.start()
    first = broker.pid or 0
    os.kill(first, signal.SIGKILL)
    eventually(lambda: any(pid != first for pid in servers_on(short_dir)))

    broker.stop()

    assert servers_on(short_dir) == []


def test_stopping_what_was_never_started_is_harmless(short_dir: Path) -> None:
    assert EmbeddedBroker(short_dir, memory_mb=64).stop()


def test_a_server_that_ends_while_starting_is_reported_with_its_log(
    short_dir: Path, make_broker: Callable[[], EmbeddedBroker]
) -> None:
    damaged = short_dir / "broker" / "appendonlydir"
    damaged.mkdir(parents=True)
    (damaged / "appendonly.aof.manifest").write_text("no manifest at all\n")

    with pytest.raises(BrokerUnavailable, match=r"valkey\.log"):
        make_broker().start()

    assert (short_dir / "broker" / "valkey.log").exists()


def test_a_start_that_takes_too_long_leaves_no_server_behind(
    short_dir: Path, make_broker: Callable[[], EmbeddedBroker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_START_DEADLINE_S", 0.0)

    with pytest.raises(BrokerUnavailable, match="does not get ready"):
        make_broker().start()

    # Else the next start would put a second server on the same folder.
    assert servers_on(short_dir) == []


def test_a_deep_data_dir_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = [tmp_path / (letter * 60) / (letter * 60) for letter in "ab"]
    brokers = [EmbeddedBroker(data_dir, memory_mb=64) for data_dir in deep]
    for data_dir, broker in zip(deep, brokers, strict=True):
        data_dir.mkdir(parents=True)
        broker.start()

    places = [socket_path(data_dir) for data_dir in deep]

    for data_dir, broker, place in zip(deep, brokers, places, strict=True):
        assert len(os.fsencode(place)) <= 103
        assert place.stat().st_mode & 0o777 == 0o600
        with connect(broker.url) as client:
            assert client.config_get("dir")["dir"] == str(data_dir / "broker")
        broker.stop()
    assert places[0] != places[1]
    assert not any(place.exists() for place in places)


def test_the_socket_of_a_deep_data_dir_prefers_the_runtime_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", tempfile.gettempdir() + "/runtime")

    place = socket_path(Path("/") / ("d" * 120))

    assert place.parent == Path(tempfile.gettempdir()) / "runtime"
    assert socket_path(Path("/short")) == Path("/short/broker/valkey.sock")
