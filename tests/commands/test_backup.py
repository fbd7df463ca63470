"""The command backup says for the journal why it was made, as all other acts do."""

from pathlib import Path

from typer.testing import CliRunner

from core.commands.app import build_app
from tests.support.operated import operated


def test_a_backup_is_in_the_journal_with_its_reason(short_dir: Path, tmp_path: Path) -> None:
    with operated(short_dir) as place:
        desk = place.desk
        app = build_app(desk._program, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)
        data_dir, file = str(desk.settings.data_dir), str(tmp_path / "kept")
        desk.create_link("https://example.com/", slug="kept")

        result = CliRunner().invoke(
            app, ["--data-dir", data_dir, "backup", file, "--why", "before the upgrade"]
        )

        assert result.exit_code == 0, result.output
        newest = desk.journal.newest(1)[0]
        assert (newest.act, newest.subject, newest.why) == ("backup", file, "before the upgrade")
