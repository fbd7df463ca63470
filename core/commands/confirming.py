"""Letting an operator confirm what can't be undone, by typing what it is about."""

import sys

import typer

from core.commands.context import EXIT_USAGE, fail


def confirm_count(count: int, *, yes: bool, as_json: bool) -> None:
    """Let the operator type how many are touched; with `yes` nobody is asked.

    Raises:
        typer.Exit: it was not confirmed, or there is nobody to ask.
    """
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        fail("There is nobody to ask: nothing was done. Repeat with --yes, or --dry-run to look.", EXIT_USAGE)
    answer = typer.prompt(f"Type the number to go on ({count})", default="", show_default=False)
    if answer.strip().replace(",", "") != str(count):
        fail("Nothing was done.")
