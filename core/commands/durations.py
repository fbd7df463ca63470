"""Durations as people write them: 90s, 10m, 2h, or a number of seconds."""

import re

import typer

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def parse_duration(text: str) -> float:
    """Give the seconds.

    Raises:
        typer.BadParameter: it is no duration.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", text.strip())
    if not found or float(found[1]) <= 0:
        raise typer.BadParameter(f"{text!r} is no duration: write 90s, 10m or 2h.")
    return float(found[1]) * _UNITS[found[2]]
