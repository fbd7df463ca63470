"""What a starting window passes: when, and how large its process was then."""

import time
from typing import TypeAlias

import psutil

_MEGABYTE = 1_000_000

#: Per mark, in order: Unix seconds, resident megabytes.
Marks: TypeAlias = dict[str, tuple[float, float]]


def mark(marks: Marks, name: str) -> None:
    """Note that this process has come so far."""
    marks[name] = (time.time(), psutil.Process().memory_info().rss / _MEGABYTE)
