"""Other processes of a test: started as modules of this tree, killed for sure at the end."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "main.py"


@contextmanager
def program(module: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Run `python -m module arguments...` with pipes to input and output; it is gone when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *(str(argument) for argument in arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def next_line(process: "subprocess.Popen[str]") -> str:
    """Read a line of a program's output; "" when it has ended."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def say(process: "subprocess.Popen[str]", line: str) -> None:
    """Write a line to a program's input."""
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
