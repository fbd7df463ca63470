"""What a consumer's figures say of it: pure arithmetic, so it is tested with made-up figures."""

from dataclasses import replace

import pytest

from core.consuming.controls import Wanted
from core.consuming.heartbeats import Heartbeat
from core.operating.consumer_health import ConsumerTrack, Figures
from core.operating.snapshot import ConsumerState

NOW = 1_000_000.0
BEAT = Heartbeat("w1", "qr", "host", 7, NOW - 60, NOW, 50_000_000, paused=False, obeyed_version=0, error=None)
FIGURES = Figures(
    published={0: 10, 1: 5},
    watermarks={0: 8, 1: 5},
    parked=3,
    dead=1,
    oldest_at=NOW - 0.5,
    in_flight=2,
    wanted=Wanted(),
    heartbeats=(BEAT,),
    marks=(),
)


def test_lag_counts_what_was_published_and_not_dealt_with() -> None:
    health = ConsumerTrack("qr").health(FIGURES, NOW)

    assert (health.lag, health.oldest_age_s, health.in_flight) == (2, 0.5, 2)
    assert (health.parked, health.dead) == (3, 1)


def test_what_could_not_be_read_is_unknown_and_never_0() -> None:
    health = ConsumerTrack("qr").health(
        replace(FIGURES, watermarks=None, in_flight=None, oldest_at=None), NOW
    )

    assert (health.lag, health.in_flight, health.rate_in, health.rate_out) == (None, None, None, None)
    assert (health.oldest_age_s, health.drain_s, health.history) == (None, None, ())


def test_a_consumer_that_never_ran_lags_behind_everything() -> None:
    assert ConsumerTrack("qr").health(replace(FIGURES, watermarks={}), NOW).lag == 15


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, ConsumerState.RUNNING),
        ({"oldest_at": NOW - 10}, ConsumerState.CATCHING_UP),
        ({"heartbeats": ()}, ConsumerState.STOPPED),
        ({"heartbeats": (replace(BEAT, error="KeyError: 'x'"),)}, ConsumerState.FAILING),
        ({"wanted": Wanted(3, paused=True)}, ConsumerState.PAUSING),
        (
            {
                "wanted": Wanted(3, paused=True),
                "heartbeats": (replace(BEAT, paused=True, obeyed_version=3),),
            },
            ConsumerState.PAUSED,
        ),
        (
            {
                "wanted": Wanted(3, paused=True),
                "heartbeats": (replace(BEAT, paused=True, obeyed_version=3), BEAT),
            },
            ConsumerState.PAUSING,
        ),
        ({"wanted": Wanted(3, paused=True, paused_until=NOW - 1)}, ConsumerState.RUNNING),
    ],
)
def test_the_state_follows_from_heartbeats_and_wishes(
    changes: dict[str, object], state: ConsumerState
) -> None:
    assert ConsumerTrack("qr").health(replace(FIGURES, **changes), NOW).state is state  # type: ignore[arg-type]


def test_rates_and_time_to_drain_come_from_the_last_seconds() -> None:
    track = ConsumerTrack("qr")
    track.health(FIGURES, NOW - 2)

    health = track.health(replace(FIGURES, published={0: 20, 1: 5}, watermarks={0: 18, 1: 5}), NOW)
    faster = track.health(replace(FIGURES, published={0: 20, 1: 15}, watermarks={0: 20, 1: 13}), NOW + 1)

    assert (health.rate_in, health.rate_out, health.drain_s) == (5.0, 5.0, None)
    assert faster.rate_in == pytest.approx(20 / 3)
    assert faster.rate_out == pytest.approx(20 / 3)


def test_a_rebuilt_consumer_has_no_negative_rate() -> None:
    track = ConsumerTrack("qr")
    track.health(FIGURES, NOW - 1)

    assert track.health(replace(FIGURES, watermarks={0: 0, 1: 0}), NOW).rate_out == 0


def test_since_when_a_state_holds_is_known_only_if_somebody_saw_it_begin() -> None:
    track, failing = ConsumerTrack("qr"), replace(FIGURES, heartbeats=(replace(BEAT, error="no disk"),))

    since = [
        track.health(figures, NOW + number).state_since
        for number, figures in enumerate((FIGURES, FIGURES, failing, failing, FIGURES))
    ]

    assert since == [None, None, NOW + 2, NOW + 2, NOW + 4]
