"""The next position is always watermark + 1: whatever the broker delivers becomes a run of the true events."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.broker.streams import Entry
from core.consuming import runs
from core.consuming.runs import contiguous_run, fill
from core.errors import StoreUnavailable
from core.events.envelope import Event
from core.producing.outbox import Outbox
from tests.support.links import give_positions, make_link_side, open_links_db

COUNT = 12


@pytest.fixture(scope="module")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outbox]:
    """Give an outbox with twelve events in its only partition."""
    folder: Path = tmp_path_factory.mktemp("runs")
    database = open_links_db(folder)
    side = make_link_side(database, partitions=1)
    for _ in range(COUNT):
        side.producer.create_link("https://example.com/", by="ann")
    give_positions(side.outbox)
    yield side.outbox
    database.close()


@pytest.fixture(scope="module")
def truth(outbox: Outbox) -> list[Event]:
    return outbox.read(0, after=0, limit=100)


def delivered(truth: list[Event], *positions: int) -> list[Entry]:
    """Give the true entries at some positions, as the broker delivers them."""
    return [Entry(0, position, truth[position - 1].to_fields()) for position in positions]


def test_what_follows_the_watermark_is_the_run(outbox: Outbox, truth: list[Event]) -> None:
    assert contiguous_run(delivered(truth, 4, 5, 6), watermark=3, archive=outbox) == truth[3:6]


def test_nothing_makes_an_empty_run(outbox: Outbox) -> None:
    assert contiguous_run([], watermark=3, archive=outbox) == []


@pytest.mark.parametrize("positions", [(1, 2, 3, 4), (3, 3, 4, 4), (4, 2, 4)])
def test_duplicates_are_dropped(outbox: Outbox, truth: list[Event], positions: tuple[int, ...]) -> None:
    assert contiguous_run(delivered(truth, *positions), watermark=3, archive=outbox) == truth[3:4]


def test_only_duplicates_make_an_empty_run(outbox: Outbox, truth: list[Event]) -> None:
    assert contiguous_run(delivered(truth, 1, 2, 3), watermark=3, archive=outbox) == []


@pytest.mark.parametrize("positions", [(6,), (4, 6), (5, 6), (3, 6, 6)])
def test_holes_are_filled_from_the_outbox(
    outbox: Outbox, truth: list[Event], positions: tuple[int, ...]
) -> None:
    assert contiguous_run(delivered(truth, *positions), watermark=3, archive=outbox) == truth[3:6]


def test_a_hole_too_large_for_one_batch_is_filled_as_far_as_one_goes(
    outbox: Outbox, truth: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "FILL_AT_ONCE", 4)

    assert contiguous_run(delivered(truth, 1, 8, 9), watermark=0, archive=outbox) == truth[:5]
    assert contiguous_run(delivered(truth, 8, 9), watermark=5, archive=outbox) == truth[5:9]


@pytest.mark.parametrize(
    "fields",
    [None, {}, {b"hello": b"world"}, {b"id": b"\xff", b"type": b"x"}],
    ids=["trimmed", "empty", "of others", "unreadable"],
)
def test_an_entry_that_is_no_event_is_replaced_by_the_true_one(
    outbox: Outbox, truth: list[Event], fields: dict[bytes, bytes] | None
) -> None:
    entries = [*delivered(truth, 1), Entry(0, 2, fields), *delivered(truth, 3)]

    assert contiguous_run(entries, watermark=0, archive=outbox) == truth[:3]


@pytest.mark.parametrize("entry", [Entry(0, COUNT + 1, None), Entry(0, COUNT + 3, {})])
def test_what_is_in_neither_broker_nor_outbox_stops_the_consumer(outbox: Outbox, entry: Entry) -> None:
    with pytest.raises(StoreUnavailable, match="neither in the broker nor in the outbox"):
        contiguous_run([entry], watermark=COUNT, archive=outbox)


def test_filling_gives_all_that_was_asked_for_or_nothing(outbox: Outbox, truth: list[Event]) -> None:
    assert fill(outbox, 0, after=2, count=3) == truth[2:5]
    with pytest.raises(StoreUnavailable, match=f"Positions {COUNT} to {COUNT + 1} of partition 0"):
        fill(outbox, 0, after=COUNT - 1, count=2)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    watermark=st.integers(0, COUNT),
    positions=st.lists(st.integers(1, COUNT), max_size=20),
    broken=st.sets(st.integers(1, COUNT)),
)
def test_whatever_is_delivered_the_run_is_the_truth(
    outbox: Outbox, truth: list[Event], watermark: int, positions: list[int], broken: set[int]
) -> None:
    entries = [
        Entry(0, entry.position, None) if entry.position in broken else entry
        for entry in delivered(truth, *positions)
    ]

    run = contiguous_run(entries, watermark=watermark, archive=outbox)

    assert run == truth[watermark : max([watermark, *positions])]
