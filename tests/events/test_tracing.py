"""One trace id per user action survives every hop; a bad header from outside must never fail an event."""

import pytest

from core.events.tracing import child_traceparent, new_traceparent, trace_id

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
MALFORMED = [
    "",
    "hello",
    PARENT[:-1],
    PARENT + "0",
    PARENT.upper(),
    PARENT.replace("-", "_"),
    "ff" + PARENT[2:],
    "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
    PARENT + "\n",
]


def test_a_new_trace_is_well_formed_and_new() -> None:
    first, second = new_traceparent(), new_traceparent()

    assert trace_id(first)
    assert trace_id(first) != trace_id(second)
    assert first.endswith("-01")


def test_a_child_keeps_the_trace_and_begins_a_new_span() -> None:
    child = child_traceparent(PARENT)

    assert trace_id(child) == trace_id(PARENT) == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert child.split("-")[2] != PARENT.split("-")[2]


@pytest.mark.parametrize("parent", MALFORMED)
def test_a_malformed_parent_begins_a_new_trace(parent: str) -> None:
    assert trace_id(parent) == ""
    assert trace_id(child_traceparent(parent))
