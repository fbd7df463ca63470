"""The benchmark's promises of form; what is fast enough is for `main.py bench` to say, on a quiet machine."""

import json
from collections.abc import Mapping

import pytest

from tests.bench.creating import create_idle
from tests.bench.drawing import qr
from tests.bench.measuring import Result, compare, percentile, spread, with_profile
from tests.bench.run import MEASUREMENTS, run

PROMISED = {"ours", "yardstick", "ratio", "bar", "met", "unit"}


def assert_promised_shape(answers: Mapping[str, Result], name: str, figures: set[str]) -> None:
    """Hold that an answer has what is promised, and that it can be printed as JSON."""
    answer = json.loads(json.dumps(answers[name].to_json()))

    assert set(answer) >= PROMISED | figures
    assert answer["ours"] > 0
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


def test_each_name_is_measured_once() -> None:
    names = [name for measurement in MEASUREMENTS for name in measurement.names]

    assert len(names) == len(set(names))


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
