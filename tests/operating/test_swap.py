"""Files change places whole, whatever the step at which a crash stops it."""

from pathlib import Path

import pytest

from core.errors import StoreUnavailable
from core.operating.backups import swap

OLD = {"links.db": "old links", "links.db-wal": "old log", "gone.db": "old gone", "broker/log": "old broker"}
NEW = {"links.db": "new links", "control.db": "new control", "objects/a": "new object"}


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")


def _read(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("steps", range(7))
def test_a_swap_that_is_cut_at_any_step_is_finished_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    _write(tmp_path, {**OLD, "window.ini": "stays"})
    _write(swap.new_staging(tmp_path), NEW)
    left = iter(range(steps))
    rename = Path.rename

    def crash_after_some(source: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise OSError(5, "the power went")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", crash_after_some)
    with pytest.raises(OSError, match="the power went"):
        swap.swap_in(tmp_path, aside="before", empty_broker=lambda: None)
    monkeypatch.undo()
    assert swap.is_under_way(tmp_path)

    assert swap.finish(tmp_path, empty_broker=lambda: None)

    aside = {f"before/{name}": content for name, content in OLD.items()}
    assert _read(tmp_path) == {**NEW, **aside, "window.ini": "stays"}
    assert not swap.finish(tmp_path, empty_broker=lambda: None)


def test_a_broker_that_could_not_be_emptied_is_emptied_later(tmp_path: Path) -> None:
    _write(swap.new_staging(tmp_path), NEW)
    emptied: list[str] = []

    def refuse() -> None:
        raise StoreUnavailable("no answer")

    with pytest.raises(StoreUnavailable):
        swap.swap_in(tmp_path, aside="before", empty_broker=refuse)
    assert swap.finish(tmp_path, empty_broker=lambda: emptied.append("now"))

    assert emptied == ["now"]
    assert _read(tmp_path) == NEW


def test_an_empty_place_keeps_nothing_aside(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    _write(swap.new_staging(tmp_path), NEW)

    assert swap.swap_in(tmp_path, aside="before", empty_broker=lambda: None) is None

    assert not (tmp_path / "before").exists()


def test_a_note_that_is_damaged_is_said(tmp_path: Path) -> None:
    (tmp_path / "restoring.json").write_text("{", encoding="utf-8")

    with pytest.raises(StoreUnavailable, match=r"restoring\.json is damaged"):
        swap.finish(tmp_path, empty_broker=lambda: None)
