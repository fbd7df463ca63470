"""No secret reaches a log file."""

import logging
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
