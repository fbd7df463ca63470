"""A deep data dir has its socket elsewhere; whoever comes from another session still finds it, and nobody else's."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.socket_place import broker_url, socket_path

EnterSession = Callable[[str], Path]
StartBroker = Callable[[Path], EmbeddedBroker]


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """Give a data dir below which no socket can be."""
    folder = tmp_path / ("d" * 60) / ("e" * 60)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def enter_session(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> EnterSession:
    """Give a way to log in: each session has a runtime folder of its own, which is what it gives."""

    def enter(name: str) -> Path:
        folder = short_dir / name
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        return folder

    return enter


@pytest.fixture
def start_broker() -> Iterator[StartBroker]:
    """Give a starter of brokers; all are stopped at the end."""
    started: list[EmbeddedBroker] = []

    def start(data_dir: Path) -> EmbeddedBroker:
        started.append(EmbeddedBroker(data_dir, memory_mb=64))
        started[-1].start()
        return started[-1]

    yield start
    for broker in started:
        broker.stop()


@pytest.fixture
def started(deep: Path, enter_session: EnterSession, start_broker: StartBroker) -> EmbeddedBroker:
    """Give a broker that was started in session "a"; whoever asks is in session "b"."""
    enter_session("a")
    broker = start_broker(deep)
    enter_session("b")
    return broker


def folder_served_at(url: str) -> str:
    """Ask the server at a URL for its folder."""
    with connect(url) as client:
        return str(client.config_get("dir")["dir"])


def test_a_broker_is_found_from_a_session_with_another_runtime_folder(
    started: EmbeddedBroker, deep: Path, short_dir: Path
) -> None:
    assert socket_path(deep).parent == short_dir / "a"
    assert broker_url(deep) == started.url
    assert folder_served_at(broker_url(deep)) == str(deep / "broker")


def test_a_broker_is_adopted_from_a_session_with_another_runtime_folder(
    started: EmbeddedBroker, deep: Path, start_broker: StartBroker
) -> None:
    assert start_broker(deep).pid == started.pid


def test_a_session_that_is_over_keeps_no_broker_from_starting(
    started: EmbeddedBroker, deep: Path, short_dir: Path, start_broker: StartBroker
) -> None:
    started.stop()
    shutil.rmtree(short_dir / "a")

    start_broker(deep)

    assert socket_path(deep).parent == short_dir / "b"
    assert folder_served_at(broker_url(deep)) == str(deep / "broker")


def test_a_copied_data_dir_does_not_take_the_socket_of_the_one_that_it_was_copied_from(
    started: EmbeddedBroker, deep: Path, start_broker: StartBroker
) -> None:
    copied = deep.with_name("f" * 60)
    not_copied = shutil.ignore_patterns("*.sock", "broker.json")
    shutil.copytree(deep / "broker", copied / "broker", ignore=not_copied)

    other = start_broker(copied)

    assert folder_served_at(started.url) == str(deep / "broker")
    assert folder_served_at(other.url) == str(copied / "broker")


@pytest.mark.parametrize("note", ["", "\n", "/nowhere/at/all.sock"])
def test_a_note_that_names_no_socket_of_this_data_dir_is_ignored(
    deep: Path, enter_session: EnterSession, note: str
) -> None:
    folder = enter_session("a")
    (deep / "broker").mkdir()
    (deep / "broker" / "socket.txt").write_text(note)

    assert socket_path(deep).parent == folder
