"""The chaos run: `python -m tests.chaos.run [--minutes M] [--seed N] [--json]`; exit code 0 when nothing was lost.

Producers, the relay's owner, two workers and the broker work under the blows of a plan; then the load stops, everything
runs again, and when the consumers have caught up the ledger and a count of our own have to agree that all is there.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tests.chaos.course import Course
from tests.chaos.parts import adopt_orphans, end_all
from tests.support.receiver import webhook_receiver

#: What CI runs, in minutes.
DEFAULT_MINUTES = 1.25


def main() -> int:
    """Run one storm, and print what came of it."""
    arguments = _arguments()
    seed = random.randrange(1_000_000) if arguments.seed is None else arguments.seed
    print(f"seed {seed}, {arguments.minutes:g} minutes", file=sys.stderr, flush=True)
    _on_signals(signal.default_int_handler)
    adopt_orphans()
    with _course(seed, arguments.minutes * 60, keep=arguments.keep) as course:
        report = course.run()
    print(json.dumps(report.to_json(), indent=2) if arguments.json else report.text())
    return 0 if report.ok else 1


def _on_signals(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run", description="Lose nothing in a storm.")
    parser.add_argument("--minutes", type=float, default=DEFAULT_MINUTES)
    parser.add_argument("--seed", type=int, help="for the same plan; processes race all the same")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--keep", action="store_true", help="leave a copy of the data dir behind")
    return parser.parse_args()


@contextmanager
def _course(seed: int, seconds: float, *, keep: bool) -> Iterator[Course]:
    """Give a course in an empty folder; afterwards nothing runs in it any more, and it is gone."""
    folder = Path(tempfile.mkdtemp(prefix="sb-"))
    with webhook_receiver() as receiver:
        course = Course(folder, seed, seconds, receiver=receiver)
        try:
            yield course
        finally:
            _on_signals(signal.SIG_IGN)  # Who is impatient must not leave anything behind.
            end_all()
            if keep:
                copy = folder.with_name(f"{folder.name}-kept")
                shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.sock"))
                print(f"kept: {copy}", file=sys.stderr)
            course.close()
            shutil.rmtree(folder)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted; nothing is left running")
