from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from pilots.plan import Plan
from pilots.records import DailyValue
from simulators.accuracy import Accuracy, accuracy
from simulators.story import Story
from simulators.true_figures import TRUE_FIGURES
from simulators.true_values import TRUE_VALUES
from simulators.truth import Truth
from tests.simulators.test_comparison import NOT_TOLD, without_error

METRICS = {*TRUE_VALUES, *TRUE_FIGURES}


@dataclass(frozen=True)
class Figure:
    phase: str
    group: str
    value: float | None


def figures(truth: Truth) -> dict[str, list[Figure]]:
    return {
        metric: [
            Figure(phase.name, group, figure(truth, phase, group))
            for phase in truth.phases
            for group in ("intervention", "comparison")
        ]
        for metric, figure in TRUE_FIGURES.items()
    }


@pytest.fixture(scope="module")
def truth(plan: Plan) -> Truth:
    return Story(plan, 1).truth


def of(truth: Truth, values: Iterator[DailyValue], metric: str) -> Accuracy:
    [row] = accuracy(truth, values, figures(truth), {metric})
    return row


def test_an_analysis_without_error_has_none_and_misses_nothing(truth: Truth) -> None:
    rows = accuracy(truth, without_error(truth), figures(truth), METRICS)
    too_short = {
        "weight_trend_kg_per_30d",
        "weight_change_percent_30d",
        "weight_loss_screening_percent",
    }
    assert {row.metric for row in rows} == METRICS - too_short - NOT_TOLD
    for row in rows:
        assert (row.mean_absolute_error, row.bias, row.worst) == (0.0, 0.0, 0.0)
        assert row.present == 1.0
        assert row.beyond == ()


def test_errors_that_cancel_are_no_bias_and_the_worst_keeps_its_sign(truth: Truth) -> None:
    def swaying() -> Iterator[DailyValue]:
        weights = [value for value in without_error(truth) if value.metric == "weight_kg"]
        for index, value in enumerate(weights[: len(weights) // 2 * 2]):
            yield value._replace(value=(value.value or 0.0) + (0.3 if index % 2 else -0.3))

    row = of(truth, swaying(), "weight_kg")
    assert row.bias == pytest.approx(0.0, abs=1e-9)
    assert row.mean_absolute_error == pytest.approx(0.3)
    assert row.worst is not None
    assert abs(row.worst) == pytest.approx(0.3)
    assert row.beyond == ("mean_absolute_error", "worst")


def test_what_is_absent_is_counted_and_has_no_error(truth: Truth) -> None:
    half = [value for value in without_error(truth) if value.metric == "time_in_bed_h"]
    for value in half[::2]:
        half[half.index(value)] = value._replace(reason="low_coverage")
    row = of(truth, iter(half), "time_in_bed_h")
    assert row.present == pytest.approx(0.5)
    nothing = of(truth, iter(()), "time_in_bed_h")
    assert (nothing.n, nothing.mean_absolute_error, nothing.bias, nothing.worst) == (0, None, None, None)
    assert nothing.beyond == ()


def test_a_figure_that_is_not_there_is_absent(truth: Truth) -> None:
    nothing = {"time_to_arrive_s": [replace(each, value=None) for each in figures(truth)["time_to_arrive_s"]]}
    [row] = accuracy(truth, (), nothing, {"time_to_arrive_s"})
    assert (row.n, row.expected) == (0, 4)


def test_only_days_since_a_date_are_judged(truth: Truth) -> None:
    since = truth.first + timedelta(days=10)
    [row] = accuracy(truth, without_error(truth), {}, {"time_in_bed_h"}, since)
    [whole] = accuracy(truth, without_error(truth), {}, {"time_in_bed_h"})
    assert whole.expected - row.expected == 10 * len(truth.participants)
