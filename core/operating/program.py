"""What the composition root tells the desk about the program around it: how to start it again, and its consumers."""

from collections.abc import Callable
from dataclasses import dataclass

from core.consuming.contract import Consumer, Surroundings


@dataclass(frozen=True, slots=True)
class Program:
    """This program, for whoever has to start it once more as a worker."""

    #: The words that start it, such as (python, main.py).
    command: tuple[str, ...]
    #: Names of its consumers, in display order.
    consumers: tuple[str, ...]
    build_consumers: Callable[[Surroundings], tuple[Consumer, ...]]
