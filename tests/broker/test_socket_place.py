"""A deep data dir has its socket elsewhere; whoever comes from another session still finds it, and nobody else's."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.broker.client import connect
from core.broker.server import EmbeddedBroker, broker_url, socket_path


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """Give a data dir below which no socket can be."""
    folder = tmp_path / ("d" * 60) / ("e" * 60)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def sessions(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> "Sessions":
    return Sessions(short_dir, monkeypatch)


class Sessions:
    """Logs in as another session: each has a runtime folder of its own."""

    def __init__(self, parent: Path, environment: pytest.MonkeyPatch) -> None:
        self._parent = parent
        self._environment = environment

    def enter(self, name: str) -> Path:
        """Be in a session from now on; gives its runtime folder."""
        folder = self._parent / name
        folder.mkdir(exist_ok=True)
        self._environment.setenv("XDG_RUNTIME_DIR", str(folder))
        return folder


@pytest.fixture
def started(deep: Path, sessions: Sessions) -> Iterator[EmbeddedBroker]:
    """Give a broker that was started in session "a"; whoever asks is in session "b"."""
    sessions.enter("a")
    broker = EmbeddedBroker(deep, memory_mb=64)
    broker.start()
    sessions.enter("b")
    yield broker
    broker.stop()


def test_a_broker_is_found_from_a_session_with_another_runtime_folder(
    started: EmbeddedBroker, deep: Path, short_dir: Path
) -> None:
    assert socket_path(deep).parent == short_dir / "a"
    assert broker_url(deep) == started.url
    with connect(broker_url(deep)) as client:
        assert client.ping()


def test_a_broker_is_adopted_from_a_session_with_another_runtime_folder(
    started: EmbeddedBroker, deep: Path
) -> None:
    other = EmbeddedBroker(deep, memory_mb=64)

    other.start()

    assert other.pid == started.pid
    other.stop()


def test_a_session_that_is_over_keeps_no_broker_from_starting(
    started: EmbeddedBroker, deep: Path, short_dir: Path, sessions: Sessions
) -> None:
    started.stop()
    shutil.rmtree(short_dir / "a")
    sessions.enter("b")

    later = EmbeddedBroker(deep, memory_mb=64)
    later.start()

    assert socket_path(deep).parent == short_dir / "b"
    with connect(broker_url(deep)) as client:
        assert client.ping()
    later.stop()


def test_a_copied_data_dir_does_not_take_the_socket_of_the_one_that_it_was_copied_from(
    started: EmbeddedBroker, deep: Path
) -> None:
    copied = deep.with_name("f" * 60)
    shutil.copytree(
        deep / "broker", copied / "broker", ignore=shutil.ignore_patterns("*.sock", "broker.json")
    )

    other = EmbeddedBroker(copied, memory_mb=64)
    other.start()

    assert other.url != started.url
    for broker, data_dir in ((started, deep), (other, copied)):
        with connect(broker.url) as client:
            assert client.config_get("dir")["dir"] == str(data_dir / "broker")
    other.stop()


@pytest.mark.parametrize("note", ["", "\n", "/nowhere/at/all.sock"])
def test_a_note_that_names_no_socket_of_this_data_dir_is_ignored(
    deep: Path, sessions: Sessions, note: str
) -> None:
    folder = sessions.enter("a")
    (deep / "broker").mkdir()
    (deep / "broker" / "socket.txt").write_text(note)

    assert socket_path(deep).parent == folder
