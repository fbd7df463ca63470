"""How far long work is, as a count on one line of stderr, where somebody is at the terminal to see it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def count_up(noun: str, *, of: int | None = None) -> Iterator[Callable[[int], None]]:
    """Give what is to be told the count; the line is cleared at the end."""
    is_seen = sys.stderr.isatty()
    total = "" if of is None else f" of {of:,}"

    def tell(count: int) -> None:
        if is_seen:
            sys.stderr.write(f"\r{count:,}{total} {noun}")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if is_seen:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
