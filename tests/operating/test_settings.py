"""Settings come from arguments first, then the environment; a bad one is named with its value."""

from pathlib import Path

import pytest

from core.errors import BadSettings
from core.operating.worker_room import worker_environment
from core.settings import Settings


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIGNALBOX_DATA_DIR", "/somewhere/else")
    monkeypatch.setenv("SIGNALBOX_PARTITIONS", "4")

    settings = Settings.load(data_dir=tmp_path, broker=None)

    assert (settings.data_dir, settings.partitions, settings.broker) == (tmp_path, 4, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIGNALBOX_PARTITIONS", "none"),
        ("SIGNALBOX_PARTITIONS", "0"),
        ("SIGNALBOX_BROKER_MEMORY_MB", "99999999999999999999"),
        ("SIGNALBOX_RETENTION_DAYS", "36501"),
        ("SIGNALBOX_DISK_STOP_MB", "99999999999999999999"),
        ("SIGNALBOX_DISK_LOOK_S", "inf"),
        ("SIGNALBOX_DISK_LOOK_S", "nan"),
        ("SIGNALBOX_SHORT_BASE", "ftp://x"),
        ("SIGNALBOX_ALLOW_PRIVATE_TARGETS", "perhaps"),
    ],
)
def test_a_bad_variable_is_named_with_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(BadSettings, match=f"{name}.*{value}"):
        Settings.load()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    unset = Settings.load()

    monkeypatch.setenv(f"SIGNALBOX_{name.upper()}", "")

    assert Settings.load() == unset


def test_a_child_worker_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path, allow_private_targets=True, partitions=3)

    for name, value in worker_environment(settings).items():
        monkeypatch.setenv(name, value)

    assert Settings.load() == settings
