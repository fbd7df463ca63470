"""The benchmark's promises of form; what is fast enough is for `main.py bench` to say, on a quiet machine."""

import json
import re
from collections.abc import Mapping

import pytest

from consumers import NAMES
from tests.bench.creating import create_idle
from tests.bench.drawing import qr
from tests.bench.measuring import Result, compare, percentile, spread, with_profile
from tests.bench.outages import broker_killed, catch_up
from tests.bench.poisoning import poison
from tests.bench.run import MEASUREMENTS, run
from tests.bench.window_live import judge_growth
from tests.bench.workers import worker_killed
from tests.support.programs import ROOT

PROMISED = {"ours", "yardstick", "ratio", "bar", "met", "unit"}


def assert_promised_shape(
    answers: Mapping[str, Result], name: str, figures: set[str], *, is_absolute: bool = False
) -> None:
    """Hold that an answer has what is promised, and that it can be printed as JSON; an absolute bar needs no yardstick."""
    answer = json.loads(json.dumps(answers[name].to_json()))

    assert set(answer) >= PROMISED | figures
    assert answer["ours"] > 0
    if is_absolute:
        assert (answer["yardstick"], answer["ratio"]) == (None, None)
    else:
        assert answer["yardstick"] > 0
        assert answer["ratio"] == pytest.approx(answer["ours"] / answer["yardstick"], rel=0.01)
    assert isinstance(answer["met"], bool)
    assert ("profile" in answer) == (not answer["met"])


def test_create_idle_answers_in_the_promised_shape() -> None:
    answers = create_idle(rounds=2, count=5)

    assert_promised_shape(
        answers, "create_idle", {"p50_ms", "p99_ms", "p99_ratio", "runs", "spread", "samples"}
    )
    assert answers["create_idle"].figures["samples"] == 10


def test_qr_answers_in_the_promised_shape() -> None:
    answers = qr(rounds=2, count=3)

    assert_promised_shape(answers, "qr", {"times_as_fast", "runs", "spread", "yardstick_spread"})


def test_a_killed_broker_answers_in_the_promised_shape() -> None:
    answers = broker_killed(rounds=2, count=50)

    figures = {"runs", "spread", "median_s", "all_runs", "seconds_away"}
    assert_promised_shape(answers, "broker_killed", figures, is_absolute=True)


def test_a_killed_worker_answers_in_the_promised_shape() -> None:
    answers = worker_killed(rounds=1)

    figures = {"runs", "spread", "median_s", "one_of_two_s", "the_only_one_s"}
    assert_promised_shape(answers, "worker_killed", figures, is_absolute=True)


def test_catching_up_answers_in_the_promised_shape() -> None:
    answers = catch_up(outage_s=1.0, created=20)

    figures = {"runs", "waited", "seconds_until_up_to_date", "arrived_per_s", "create_p99_ms_while_away"}
    assert_promised_shape(answers, "catch_up", figures)
    assert answers["catch_up"].figures["seconds_until_up_to_date"].keys() == {"relay", *NAMES}


def test_poison_is_there_while_the_others_are_measured() -> None:
    answers = poison(rounds=1, count=30)

    assert_promised_shape(answers, "poison", {"p50_ms", "p99_ms", "p99_ratio", "runs", "spread", "samples"})
    assert answers["poison"].figures["dead_letters"] == len(NAMES)
    assert answers["poison"].figures["samples"] < 30


def test_each_name_is_measured_once() -> None:
    names = [name for measurement in MEASUREMENTS for name in measurement.names]

    assert len(names) == len(set(names))


def test_each_measurement_that_the_guides_name_exists() -> None:
    known = {name for measurement in MEASUREMENTS for name in measurement.names}
    faults = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    benchmarks = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")

    named = set(re.findall(r"`(\w+)` of `make bench`", faults))
    described = set(re.findall(r"^\| `(\w+)` \|", benchmarks, re.MULTILINE))

    assert named
    assert named <= known
    assert known <= described


def test_an_unknown_name_is_wrong_usage_and_the_known_ones_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = run(as_json=True, only=["create_idel"])

    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert "create_idel" in said.err
    assert "create_idle" in said.err


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(number) for number in range(1, 101)]

    assert [percentile(values, percent) for percent in (50, 99, 100)] == [50, 99, 100]
    assert percentile([7.0], 99) == 7.0


def test_a_comparison_goes_by_the_medians_of_its_runs() -> None:
    result = compare(
        [3.0, 1.0, 2.0], [4.0, 4.0, 40.0], unit="s", bar="<= 0.6x", met=lambda ratio: ratio <= 0.6
    )

    assert (result.ours, result.yardstick, result.ratio, result.met) == (2.0, 4.0, 0.5, True)
    assert result.figures["spread"] == spread([1.0, 2.0, 3.0]) == 1.0


@pytest.mark.parametrize("met", [True, False])
def test_a_profile_comes_with_a_missed_bar_only(met: bool) -> None:
    calls: list[int] = []
    result = compare([1.0], [1.0], unit="s", bar="-", met=lambda _: met)

    with_profile(result, lambda: calls.append(1))

    assert ("profile" in result.figures) is not met
    assert len(calls) == (0 if met else 1)


@pytest.mark.parametrize(("last", "met"), [(170.0, True), (185.0, False)])
def test_a_window_may_grow_while_its_list_fills_and_not_much_after_that(last: float, met: bool) -> None:
    sizes = [(0.0, 120.0), (5.0, 140.0), (15.0, 165.0), (40.0, last), (50.0, last), (60.0, last)]

    result = judge_growth(sizes, {})

    assert (result.yardstick, result.ours, result.met) == (165.0, last, met)
    assert result.figures["growth_mb"] == last - 165.0
    assert ("profile" in result.figures) is not met
