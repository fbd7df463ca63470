"""Log files in the data dir, with secrets taken out before anything is written."""

import logging
import re
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

_SECRETS = (
    (re.compile(r"whsec_[A-Za-z0-9+/=]+"), "whsec_***"),
    (re.compile(r"(?<=://)([^:/@\s]*):[^@/\s]+@"), r"\1:***@"),
    (re.compile(r"(?i)([?&]password=)[^&#\s]*"), r"\1***"),
    (re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?)(?:bearer |basic )?[^\s'\"]+"), r"\1***"),
)
#: Size of one log file, and how many older ones are kept.
_FILE_BYTES = 5_000_000
_OLDER_FILES = 3


def redact(text: str) -> str:
    """Take secrets out of a text."""
    for form, replacement in _SECRETS:
        text = form.sub(replacement, text)
    return text


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _File(RotatingFileHandler):
    """Loses lines for which the disk has no space: a traceback for each of them would flood the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Show what is no fault of the disk."""
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


def log_to_file(data_dir: Path, name: str) -> None:
    """Send this process's log to `logs/<name>.log` in the data dir, and nowhere else."""
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = _File(folder / f"{name}.log", maxBytes=_FILE_BYTES, backupCount=_OLDER_FILES, encoding="utf-8")
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
