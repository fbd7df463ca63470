"""A folder on another machine is told by the type of the file system that it lies on."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from core.errors import BadSettings
from core.operating.upkeep.upkeep import refuse_network_file_system
from core.settings import Settings
from core.storage.file_systems import network_file_system, space_of


def mount(monkeypatch: pytest.MonkeyPatch, **types: str) -> None:
    parts = [
        SimpleNamespace(mountpoint=place.replace("_", "/"), fstype=kind) for place, kind in types.items()
    ]
    monkeypatch.setattr("psutil.disk_partitions", lambda **_: parts)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone"])
def test_a_network_file_system_is_told_and_refused(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    mount(monkeypatch, _="ext4", _net_share=kind)
    there = Settings.load(data_dir=Path("/net/share/some/data"))

    assert network_file_system(there.data_dir) == kind
    with pytest.raises(BadSettings, match=f"network file system \\({kind}\\)"):
        refuse_network_file_system(there)

    refuse_network_file_system(there.model_copy(update={"accept_network_file_system": True}))
    refuse_network_file_system(there.model_copy(update={"database": "postgresql+psycopg://u@h/d"}))


def test_the_nearest_mount_counts_not_one_above_or_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mount(monkeypatch, _="nfs", _net="ext4", _net_share="fuse.portal")

    assert network_file_system(Path("/net/data")) is None
    assert network_file_system(Path("/net/share/data")) is None
    assert network_file_system(Path("/network/data")) == "nfs"


def test_this_folder_is_here_and_has_space(tmp_path: Path) -> None:
    assert network_file_system(tmp_path) is None
    assert space_of(tmp_path).free_bytes > 0
    assert space_of(tmp_path).is_writable
