"""The registered schemas: one immutable JSON file per event type, checked before an event commits.

Writers are held to the closed schema of the exact type; readers ignore what they do not know (`core.events.types`).
"""

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import fastjsonschema

from core.errors import SchemaViolation

#: Larger events are refused: consumers and the broker are sized for small facts.
MAX_EVENT_BYTES = 64 * 1024


@cache
def _validator(type_name: str) -> Callable[[Any], Any]:
    text = files(__package__).joinpath(f"{type_name}.json").read_text(encoding="utf-8")
    return fastjsonschema.compile(json.loads(text))


def check_data(type_name: str, data: dict[str, Any], size_bytes: int) -> None:
    """Hold the data of a new event to its registered schema.

    Raises:
        SchemaViolation: it does not fit (the text has the place), or is larger than 64 KiB.
    """
    if size_bytes > MAX_EVENT_BYTES:
        raise SchemaViolation(f"A {type_name} of {size_bytes} bytes is larger than {MAX_EVENT_BYTES}.")
    try:
        _validator(type_name)(data)
    except fastjsonschema.JsonSchemaValueException as error:
        raise SchemaViolation(
            f"{type_name} does not fit its schema at {error.name}: {error.message}"
        ) from None
