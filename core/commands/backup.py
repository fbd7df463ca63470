"""Commands that keep and bring back everything: backup, restore."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands.context import call_of, console, failing_in_order, print_json
from core.operating.actor import actor
from core.operating.backups.backup import back_up
from core.operating.backups.backup_file import Manifest
from core.operating.backups.restore import restore as restore_backup

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Why = Annotated[str, typer.Option(help="For the journal.")]


def add_commands(app: typer.Typer) -> None:
    """Add them to the program."""
    app.command()(backup)
    app.command()(restore)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to make.")],
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Also the webhooks' signing secrets: keep the file safe.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an older file of that name.")] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Keep all databases and QR images in one file, verified; everything may go on meanwhile."""
    with failing_in_order():
        made = back_up(
            call_of(context).settings,
            file,
            by=actor(),
            why=why,
            with_secrets=with_secrets,
            replace=replace,
        )
    if as_json:
        print_json(
            {
                "file": str(made.file),
                "size_bytes": made.size_bytes,
                "took_s": made.took_s,
                **_manifest_object(made.manifest),
            }
        )
        return
    size = f"{made.size_bytes / 1e6:,.2f} MB, {made.took_s:.1f} s"
    console.print(f"{made.file} ({size}, verified): {_contents(made.manifest)}.", markup=False)
    if not made.manifest.has_secrets:
        console.print("The webhooks' signing secrets are not in it (--with-secrets).", markup=False)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `backup` has made.")],
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Put a backup into the data dir; what is there now is kept aside, and webhooks begin paused."""
    settings = call_of(context).settings
    with failing_in_order():
        done = restore_backup(settings, file, by=actor(), why=why)
    if as_json:
        print_json(
            {
                "data_dir": str(settings.data_dir),
                "kept_aside": None if done.kept_aside is None else str(done.kept_aside),
                "paused": list(done.paused),
                "secrets": done.secrets,
                **_manifest_object(done.manifest),
            }
        )
        return
    console.print(f"Restored into {settings.data_dir}: {_contents(done.manifest)}.", markup=False)
    if done.kept_aside is not None:
        console.print(f"What was there before is kept in {done.kept_aside}.", markup=False)
    for name in done.paused:
        console.print(
            f"{name} begins paused, so that two copies never send the same: resume {name}.", markup=False
        )
    if not done.manifest.has_secrets:
        console.print("Signing secrets were not in the backup; those of this data dir stay.", markup=False)


def _contents(manifest: Manifest) -> str:
    consumers = len(manifest.databases) - 2
    return f"{manifest.links:,} links, {manifest.events:,} events, {consumers} consumers, {manifest.objects:,} objects"


def _manifest_object(manifest: Manifest) -> dict[str, Any]:
    return {
        "made_by": manifest.made_by,
        "made_at": manifest.made_at,
        "links": manifest.links,
        "events": manifest.events,
        "objects": manifest.objects,
        "with_secrets": manifest.has_secrets,
        "databases": [asdict(database) for database in manifest.databases],
    }
