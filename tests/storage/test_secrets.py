"""A secret lives in one place only: the system's keyring, or a file that nobody else can read."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from core.consuming import control_tables
from core.consuming.endpoints import Endpoints
from core.storage.database import open_sqlite
from core.storage.schema import prepare
from core.storage.secrets import SecretStore


class DesktopKeyring(KeyringBackend):
    """A system keyring, such as a desktop has; the outside world of these tests."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError(username)
        del self.kept[service, username]


@pytest.fixture
def desktop() -> Iterator[DesktopKeyring]:
    headless = keyring.get_keyring()
    system = DesktopKeyring()
    keyring.set_keyring(system)
    yield system
    keyring.set_keyring(headless)


def test_without_a_keyring_secrets_go_to_a_file_of_their_owner(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)

    store.put("one", "whsec_first")
    store.put("two", "whsec_second")

    assert sorted(file.name for file in tmp_path.iterdir()) == ["secrets.json", "secrets.lock"]
    assert (tmp_path / "secrets.lock").stat().st_size == 0
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert not store.protected
    again = SecretStore(tmp_path)
    assert (again.get("one"), again.get("two"), again.get("three")) == ("whsec_first", "whsec_second", None)


def test_a_removed_secret_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    store.put("one", "whsec_first")
    store.put("two", "whsec_second")

    store.remove("one")
    store.remove("never there")

    assert (store.get("one"), store.get("two")) == (None, "whsec_second")
    assert "whsec_first" not in (tmp_path / "secrets.json").read_text()


def test_with_a_keyring_nothing_is_written_to_disk(tmp_path: Path, desktop: DesktopKeyring) -> None:
    store = SecretStore(tmp_path)

    store.put("one", "whsec_first")

    assert store.get("one") == "whsec_first"
    assert store.protected
    assert [file.name for file in tmp_path.iterdir() if file.stat().st_size] == []
    store.remove("one")
    store.remove("one")
    assert store.get("one") is None
    assert desktop.kept == {}


def test_two_data_dirs_do_not_share_secrets(tmp_path: Path, desktop: DesktopKeyring) -> None:
    SecretStore(tmp_path / "a").put("one", "whsec_a")

    assert SecretStore(tmp_path / "b").get("one") is None


def test_a_secret_that_is_put_again_moves_to_the_keyring_that_has_appeared(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    store.put("one", "whsec_old")
    headless = keyring.get_keyring()
    keyring.set_keyring(DesktopKeyring())
    try:
        store.put("one", "whsec_new")

        assert store.get("one") == "whsec_new"
        assert store.protected
    finally:
        keyring.set_keyring(headless)


def test_the_secret_of_an_endpoint_is_in_no_database(tmp_path: Path) -> None:
    control = open_sqlite(tmp_path / "control.db", name="control", durable=False)
    prepare(control, control_tables.metadata)
    endpoints = Endpoints(control, SecretStore(tmp_path), allow_private_targets=False)

    added = endpoints.add("https://hooks.example.com/in", description="", by="ann")

    control.close()
    secret = added.secret.removeprefix("whsec_").encode()
    holders = [file.name for file in tmp_path.rglob("*") if file.is_file() and secret in file.read_bytes()]
    assert holders == ["secrets.json"]
