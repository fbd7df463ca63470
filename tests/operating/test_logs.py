"""No secret reaches a log file, and a full disk costs lines of it and nothing else."""

import errno
import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.operating.logs import log_to_file, redact


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("secret whsec_c2VjcmV0LXNlY3JldA== lost", "secret whsec_*** lost"),
        ("redis://user:hunter2@host:6379/0 is down", "redis://user:***@host:6379/0 is down"),
        ("postgresql+psycopg://u:p%40ss@h/db", "postgresql+psycopg://u:***@h/db"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("https://example.com/a?b=c:d@e", "https://example.com/a?b=c:d@e"),
    ],
)
def test_secrets_are_taken_out(text: str, clean: str) -> None:
    assert redact(text) == clean


def test_a_canary_in_message_or_traceback_does_not_reach_the_file(tmp_path: Path) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        log_to_file(tmp_path, "test")
        try:
            raise ValueError(  # noqa: TRY301 - a traceback is wanted
                "redis://me:swordfish1@host whsec_swordfish2"
            )
        except ValueError:
            logging.getLogger("x").exception("failed with %s", "whsec_swordfish3")
        for handler in root.handlers:
            handler.close()
    finally:
        root.handlers, root.level = handlers, level

    text = (tmp_path / "logs" / "test.log").read_text(encoding="utf-8")
    assert "failed with whsec_***" in text
    assert "swordfish" not in text


class _FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Give the root logger; it is as before afterwards."""
    logger = logging.getLogger()
    handlers, level = logger.handlers, logger.level
    yield logger
    for handler in logger.handlers:
        handler.close()
    logger.handlers = handlers
    logger.setLevel(level)


def test_a_full_disk_costs_lines_and_floods_no_terminal(
    tmp_path: Path, root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log_to_file(tmp_path, "test")
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    file = handler.setStream(_FullDisk())

    root.warning("lost")
    handler.setStream(file)
    root.warning("kept")

    assert capsys.readouterr().err == ""
    content = (tmp_path / "logs" / "test.log").read_text()
    assert "kept" in content
    assert "lost" not in content
