"""What the Trace page says and where it puts it, as far as it needs no window: axis, rows, bands, verdicts."""

from itertools import pairwise

import msgspec
import pytest

from core.operating.events.places import EventRow
from core.operating.traces.trace import PRODUCER, RELAY, Step, StepKind, Trace, TracedEvent
from gui.formatting import clock
from gui.tokens import Tone
from gui.trace.bands import HEAD, LANE, bands_of, rows_in, whole_of
from gui.trace.rows import PICTURES, rows_of, summary, verdict
from gui.trace.tick_words import tick_after, tick_at
from gui.trace.time_scale import Axis, TimeScale
from tests.gui.pictures import NOW
from tests.support.events import created, make_event

LANES = (PRODUCER, RELAY, "qr", "billing")


def _traced(*steps: tuple[str, StepKind, float | None, dict[str, object]], **event: object) -> TracedEvent:
    made = msgspec.structs.replace(make_event(created(), 1, at=NOW), **event)
    found = [Step(made.event_id, lane, kind, at, **more) for lane, kind, at, more in steps]  # type: ignore[arg-type]
    committed = Step(made.event_id, PRODUCER, StepKind.COMMITTED, NOW)
    return TracedEvent(EventRow(1, made, NOW + 0.1), (), (committed, *found))


def _trace(*events: TracedEvent, left_out: int = 0, taken_at: float = NOW + 60) -> Trace:
    return Trace("home", "link", ("l1",), ("t1",), LANES, events, left_out, taken_at)


@pytest.mark.parametrize("is_faster", [True, False])
def test_every_time_has_one_place_and_the_place_under_the_pointer_stays_when_zooming(
    is_faster: bool,
) -> None:
    scale = TimeScale(86_400.0, is_faster)
    assert scale.part(0.0) == 0.0
    assert scale.part(86_400.0) == pytest.approx(1.0)

    near = scale.zoomed(8, around=0.25)

    assert near.seconds(0.25) == pytest.approx(scale.seconds(0.25))
    assert near.part(near.seconds(0.7)) == pytest.approx(0.7)
    assert not near.is_whole
    assert near.zoomed(1 / 1_000).is_whole
    assert near.moved(1_000).seconds(1.0) == pytest.approx(86_400.0)
    assert near.moved(-1_000).seconds(0.0) == pytest.approx(0.0, abs=1e-6)
    assert near.fitted() == scale


@pytest.mark.parametrize("is_faster", [True, False])
def test_a_wait_that_goes_on_moves_nothing_of_what_is_looked_at_closely(is_faster: bool) -> None:
    whole = TimeScale(10.0, is_faster)
    near = whole.zoomed(4, around=0.5)

    later = near.grown(20.0)

    assert later.seconds(0.0) == pytest.approx(near.seconds(0.0))
    assert later.seconds(1.0) == pytest.approx(near.seconds(1.0))
    assert whole.grown(20.0) == TimeScale(20.0, is_faster)


def test_the_lines_of_the_axis_are_round_in_order_and_apart() -> None:
    assert TimeScale(10.0, is_faster=False).ticks(5) == pytest.approx((0.0, 2.0, 4.0, 6.0, 8.0, 10.0))
    assert TimeScale(10.0, is_faster=False).ticks(5, zero=0.5) == pytest.approx((1.5, 3.5, 5.5, 7.5, 9.5))
    assert TimeScale(0.001, is_faster=False).ticks(3)[-1] <= 0.001
    for whole in (0.001, 0.3, 7.0, 3_600.0, 400 * 86_400.0):
        scale = TimeScale(whole, is_faster=True)
        for seen in (scale, scale.zoomed(50, 0.3)):
            ticks = seen.ticks(6)
            assert list(ticks) == sorted(set(ticks))
            assert 1 <= len(ticks) <= 7
            assert all(-1e-6 <= seen.part(tick) <= 1 + 1e-6 for tick in ticks)


def test_the_lines_of_an_axis_that_runs_faster_have_room_for_their_words_also_where_there_is_little() -> None:
    for whole in (0.002, 0.05, 10.2, 45.0, 3_700.0):
        scale = TimeScale(whole, is_faster=True)
        places = [scale.part(tick) for tick in scale.ticks(3)]
        assert len(places) > 1
        assert min(later - earlier for earlier, later in pairwise(places)) >= 1 / 3


def test_lines_are_called_by_their_largest_unit_and_by_the_date_when_days_apart() -> None:
    said = [tick_after(seconds) for seconds in (0.0, 0.02, 1.0, 1.5, 60.0, 7_200.0, 86_400.0, 0.000_5)]
    assert said == ["0", "+20 ms", "+1 s", "+1.5 s", "+1 min", "+2 h", "+1 d", "+500 µs"]
    assert tick_at(NOW + 0.25, 0.25).endswith(".250")
    assert ":" in tick_at(NOW, 5.0)
    assert "." not in tick_at(NOW, 5.0)
    assert len(tick_at(NOW, 86_400.0).split()) == 3


def test_a_step_says_when_how_long_by_whom_and_keeps_secrets() -> None:
    event = _traced(
        ("qr", StepKind.APPLIED, NOW + 0.016, {"by": "w1"}),
        ("billing", StepKind.WAIT, NOW + 1, {"is_open": True, "text": "for a worker"}),
        (
            "billing",
            StepKind.FAILED,
            NOW + 0.5,
            {"until": NOW + 2.5, "text": "postgresql://u:secret@db/x\nfails"},
        ),
        ("qr", StepKind.DEALT_WITH, None, {}),
    )

    committed, applied, waits, failed, dealt = rows_of(event, NOW + 61)

    assert committed.key[1:] == (PRODUCER, "committed", 1)
    assert committed.sentence.startswith(f"producer: committed, at {clock(NOW)}")
    assert applied.sentence.startswith("qr: applied, 16 ms after the commit, at ")
    assert applied.sentence.endswith("by w1")
    assert "billing: waits for a worker, 1.00 s after the commit" in waits.sentence
    assert waits.sentence.endswith("for 1 m 00 s so far")
    assert (waits.lasted_s, failed.lasted_s, applied.lasted_s) == (60, 2, None)
    assert "secret" not in failed.sentence
    assert "fails" in failed.sentence
    assert "it is not known when" in dealt.sentence
    assert [row.colour for row in (committed, applied, waits, failed, dealt)] == [
        "accent",
        "ok",
        "warn",
        "bad",
        "muted",
    ]


def test_every_kind_of_step_has_an_icon_of_its_own() -> None:
    assert set(PICTURES) == set(StepKind)
    assert len(set(PICTURES.values())) == len(StepKind)


def test_events_stand_below_each_other_with_all_lanes_and_what_each_has_come_to() -> None:
    first = _traced(("qr", StepKind.APPLIED, NOW + 0.016, {}), event_id="e1")
    second = _traced(
        ("qr", StepKind.DEAD, NOW + 2, {}),
        ("qr", StepKind.WAIT, NOW + 2, {"is_open": True, "text": "for an operator"}),
        event_id="e2",
        origin="e1",
        audience="qr",
    )
    trace = _trace(first, second, left_out=3)

    above, below = bands_of(trace)

    assert [lane.name for lane in above.lanes] == list(LANES)
    assert [lane.top for lane in above.lanes][:2] == [HEAD, HEAD + LANE]
    assert below.top == above.height
    assert (above.origin, below.origin, below.left_out) == (None, 0, 3)
    assert "in the place of e1" in below.note
    assert "for qr alone" in below.note
    assert [lane.words for lane in above.lanes] == ["committed", "not yet", "applied +16 ms", "not yet"]
    assert below.lanes[2].words == "dead, waits 58 s"
    assert [row.key[0] for row in rows_in((above, below))] == ["e1", "e1", "e2", "e2", "e2"]
    assert summary(trace) == (
        "link home: 5 events, 1 trace; 3 events between the first and the newest not shown"
    )


def test_by_the_clock_all_events_have_one_axis_and_else_each_begins_with_its_commit() -> None:
    first = _traced(("qr", StepKind.APPLIED, NOW + 1, {}), event_id="e1")
    late = _traced(event_id="e2")
    late = TracedEvent(late.row, (), (Step("e2", PRODUCER, StepKind.COMMITTED, NOW + 100),))
    bands = bands_of(_trace(first, late))

    assert [(band.began_at, band.ended_at) for band in bands] == [(NOW, NOW + 1), (NOW + 100, NOW + 100)]
    assert whole_of(bands, Axis.CLOCK) == pytest.approx(102)
    assert whole_of(bands, Axis.FASTER) == pytest.approx(1.02)
    assert whole_of((), Axis.CLOCK) > 0


def test_what_is_dead_goes_before_what_goes_on_and_a_retry_that_helped_is_over() -> None:
    over = _traced(("qr", StepKind.APPLIED, NOW + 0.05, {}))
    waits = _traced(("qr", StepKind.WAIT, NOW, {"is_open": True}))
    dead = _traced(("qr", StepKind.DEAD, NOW, {}), ("qr", StepKind.WAIT, NOW, {"is_open": True}))
    helped = _traced(("qr", StepKind.DEAD, NOW, {}), ("qr", StepKind.APPLIED, NOW + 9, {}))
    unknown = _traced(("qr", StepKind.UNKNOWN, None, {}))

    assert verdict(_trace(over)).word == "over within 50 ms"
    assert verdict(_trace(over, waits)).tone is Tone.WARN
    assert verdict(_trace(waits, dead)).word == "1 effect dead or given up"
    assert verdict(_trace(helped)).tone is Tone.OK
    assert verdict(_trace(over, unknown)).word == "not all is known"
