"""Secrets in the system's keyring, or, where there is none, in a file that only its owner can read. Never in a database."""

import json
import os
import threading
from pathlib import Path

from filelock import FileLock

from core.errors import StoreUnavailable


class SecretStore:
    """Secrets by name, for one data dir."""

    SERVICE = "signalbox"

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._file = data_dir / "secrets.json"
        self._lock = threading.Lock()
        self._between_processes = FileLock(data_dir / "secrets.lock")

    @property
    def protected(self) -> bool:
        """Whether no secret had to go to the file; the window shows a badge when not."""
        return not self._file.exists()

    def put(self, name: str, secret: str) -> None:
        """Keep a secret, in the keyring if the system has one."""
        from core.storage import system_keyring  # noqa: PLC0415 - see there

        if system_keyring.put(self.SERVICE, self._key(name), secret):
            self._drop_from_file(name)  # Of a time without a keyring; an old value there would win.
        else:
            with self._lock, self._between_processes:
                self._write({**self._read(), name: secret})

    def get(self, name: str) -> str | None:
        """Give a secret, or None when there is none."""
        kept = self._read().get(name)
        if kept is not None:
            return kept
        from core.storage import system_keyring  # noqa: PLC0415 - see there

        return system_keyring.get(self.SERVICE, self._key(name))

    def remove(self, name: str) -> None:
        """Forget a secret; harmless when there is none."""
        from core.storage import system_keyring  # noqa: PLC0415 - see there

        self._drop_from_file(name)
        system_keyring.remove(self.SERVICE, self._key(name))

    def _key(self, name: str) -> str:
        return f"{self._data_dir}:{name}"

    def _drop_from_file(self, name: str) -> None:
        with self._lock, self._between_processes:
            kept = self._read()
            if kept.pop(name, None) is None:
                return
            if kept:
                self._write(kept)
            else:
                self._file.unlink()

    def _read(self) -> dict[str, str]:
        try:
            kept: dict[str, str] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            raise StoreUnavailable(f"{self._file} is damaged; mend or remove it.") from None
        return kept

    def _write(self, secrets: dict[str, str]) -> None:
        temporary = self._file.with_suffix(f".{os.getpid()}.new")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(secrets, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._file)
