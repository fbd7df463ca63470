"""The worker command: consumers without a window, here or on any machine."""

import os
import signal
import sys
import threading
from typing import Annotated

import typer

from core.commands.context import END_SIGNALS, call_of, console, fail, failing_in_order, log_to_file_of

#: The promise: stopped within 5 s of being asked. Half a second of it is for the rest of the desk.
_STOP_S = 4.0
#: How often the wait for the end looks up. A signal that comes between Python's last look at signals and the thread's
#: falling asleep wakes nobody (the thread may be handing over the interpreter just then): with other threads busy,
#: one SIGTERM in fifty was seen to be lost that way until another one came.
_LOOK_UP_S = 0.5


def add_commands(app: typer.Typer) -> None:
    """Add them to the program."""
    app.command()(worker)


def worker(
    context: typer.Context,
    only: Annotated[list[str] | None, typer.Option(help="Run only this consumer; may be repeated.")] = None,
    child: Annotated[bool, typer.Option("--child", hidden=True)] = False,
) -> None:
    """Run the consumers until stopped; on a data dir that nobody owns, run broker and relay as well."""
    call = call_of(context)
    stopping = threading.Event()
    for name in ("SIGINT", *END_SIGNALS):
        signal.signal(getattr(signal, name), lambda *_: stopping.set())
    log_to_file_of(call, "worker" if child else "desk")
    with failing_in_order():
        if child:
            threading.Thread(target=_watch_parent, args=(stopping,), name="parent", daemon=True).start()
        with call.desk() if child else call.running_desk(run_worker=False) as desk:
            running = desk.build_worker(only or ())
            running.start()
            if not child:
                role = "broker, relay and consumers" if desk.owns else "consumers"
                console.print(f"worker {running.worker_id}: {role} running; Ctrl+C ends it.", markup=False)
            while not stopping.wait(_LOOK_UP_S):
                pass
            alive = running.stop(_STOP_S)
    if alive:
        fail(f"still busy when stopped: {', '.join(alive)}. Nothing is lost: it will be done again.")


def _watch_parent(stopping: threading.Event) -> None:
    """Standard input ends when the parent ends, whatever it dies of."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stopping.set()
