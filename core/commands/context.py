"""What every command shares: the settings, a desk for the length of a call, and errors as one sentence on stderr."""

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import typer
from rich.console import Console

from core.errors import BadSettings, DataDirInUse, InvalidInput, SignalboxError, StoreUnavailable
from core.operating.data_dir import DataDir
from core.operating.desk import Desk
from core.operating.logs import log_to_file, redact
from core.operating.program import Program
from core.operating.snapshot import Snapshot
from core.operating.upkeep.notices import with_remedy
from core.settings import Settings, refuse_read_only

#: What asks a program to end; the terminal of an ssh session that breaks off sends the second.
END_SIGNALS = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
#: How often a command looks whether what it waits for is so, in seconds.
_GLANCE_S = 0.02
#: Longest that a command keeps a desk of its own running, in seconds.
_SETTLE_S = 10.0
EXIT_FAILED = 1
EXIT_USAGE = 2

console = Console(soft_wrap=True, highlight=False)
_stderr = Console(stderr=True, soft_wrap=True, highlight=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the program."""

    settings: Settings
    program: Program

    @contextmanager
    def running_desk(self, *, run_worker: bool) -> Iterator[Desk]:
        """Own the data dir and run broker and relay, and perhaps a worker; attach where somebody else owns it."""
        try:
            desk = Desk.open(self.settings, program=self.program, run_worker=run_worker)
        except DataDirInUse:
            desk = Desk.attach(self.settings, program=self.program)
        try:
            yield desk
        finally:
            desk.close()

    def settle(self, is_begun: Callable[[], bool] = lambda: True) -> None:
        """Where nobody runs this data dir: run all of it until the consumers have caught up, then stop it again.

        `is_begun` tells whether what they are to catch up with is there to be seen.
        """
        with failing_in_order():
            try:
                desk = Desk.open(self.settings, program=self.program, run_worker=False)
            except DataDirInUse:
                return
            try:
                worker = desk.build_worker()
                worker.start()
                wait_until(is_begun, seconds=_SETTLE_S)
                begun_at = time.time()
                wait_until(lambda: _is_settled(desk.snapshot, begun_at), seconds=_SETTLE_S)
                worker.stop()
            finally:
                desk.close()

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Attach to whoever owns the data dir, for one command; what goes wrong ends the program in order."""
        with failing_in_order():
            desk = Desk.attach(self.settings, program=self.program)
            if not logging.getLogger().handlers:
                log_to_file(self.settings.data_dir, "command")
            try:
                yield desk
            finally:
                desk.close()


def end_on_signals() -> None:
    """Let SIGTERM and SIGHUP end a command in order, as Ctrl+C does: what it has started is stopped."""

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    for name in END_SIGNALS:
        signal.signal(getattr(signal, name), interrupt)


def log_to_file_of(call: Call, name: str) -> None:
    """Log into the data dir, which is made if needed.

    Raises:
        typer.Exit: it can't be written; the reason has been said.
    """
    with failing_in_order():
        DataDir(call.settings.data_dir).make()
        log_to_file(call.settings.data_dir, name)


def _is_settled(snapshot: Snapshot | None, since: float) -> bool:
    """Tell by a picture taken since then whether all is published, and dealt with by each consumer that is not paused."""
    if snapshot is None or snapshot.taken_at < since or snapshot.outbox.unpublished != 0:
        return False
    return all(health.lag == 0 or health.wants_paused for health in snapshot.consumers)


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Wait until something is so, at most so many seconds; tells whether it is."""
    waiting = threading.Event()
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        waiting.wait(_GLANCE_S)
    return True


def call_of(context: typer.Context) -> Call:
    """Give the call that a command belongs to."""
    call = context.obj
    assert isinstance(call, Call)
    return call


def refuse_where_read_only(context: typer.Context, *, dry_run: bool = False) -> None:
    """End the program before anything is previewed or asked that would be refused; a dry run is no act."""
    if not dry_run:
        with failing_in_order():
            refuse_read_only(call_of(context).settings)


@contextmanager
def failing_in_order() -> Iterator[None]:
    """End the program with a sentence and an exit code instead of a traceback."""
    try:
        yield
    except InvalidInput as error:
        offers = f" Try: {', '.join(error.proposals)}" if error.proposals else ""
        fail(f"{error}{offers}")
    except BadSettings as error:
        fail(str(error), EXIT_USAGE)
    except StoreUnavailable as error:
        fail(with_remedy(str(error)))
    except SignalboxError as error:
        fail(str(error))
    except UnicodeEncodeError as error:
        fail(f"{error.object!r} is no valid text.", EXIT_USAGE)


def fail(message: str, code: int = EXIT_FAILED) -> NoReturn:
    """Say why on stderr, and end."""
    _stderr.print(f"signalbox: {redact(message)}", markup=False)
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    """Print a value as JSON on stdout, and nothing else."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
