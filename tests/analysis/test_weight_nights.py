"""Trend, change and screening of nightly weights with known answers."""

from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.pipeline.measured import Measured
from analysis.pipeline.weights import REACH_NIGHTS, WEIGHT_METRICS, weight_night

NIGHT = date(2026, 7, 1)
LOSS, GAIN = "weight_loss_screening_percent", "fluid_gain_screening_percent"


def judged(kg: NDArray[np.float64], *, before: int = 0) -> dict[str, Measured]:
    """What is said at `NIGHT` of weights, one a night, the last `before` nights earlier; NaN is none."""
    day = NIGHT.toordinal() - before - len(kg) + 1 + np.arange(len(kg))
    known = np.isfinite(kg)
    return {each.metric: each for each in weight_night(NIGHT, day[known], kg[known])}


def steady(nights: int, kg: float = 80.0) -> NDArray[np.float64]:
    return np.full(nights, kg)


def fallen(before_kg: float, now_kg: float, nights: int) -> NDArray[np.float64]:
    """The one weight up to a week ago, the other since."""
    return np.concatenate([steady(nights - 7, before_kg), steady(7, now_kg)])


@pytest.mark.parametrize(
    ("now_kg", "flag"), [(76.1, 0), (76.0, 0), (75.9, 100)], ids=["4.9 %", "exactly 5 %", "5.1 %"]
)
def test_loss_is_screened_from_more_than_five_percent_in_half_a_year(now_kg: float, flag: float) -> None:
    found = judged(fallen(80.0, now_kg, REACH_NIGHTS))
    assert (found[LOSS].value, found[LOSS].reason) == (flag, None)
    assert found["weight_change_percent_180d"].value == pytest.approx(100 * (now_kg - 80) / 80)


def test_a_slow_loss_shows_in_half_a_year_and_not_in_a_month() -> None:
    found = judged(80 - 6 * np.arange(REACH_NIGHTS) / REACH_NIGHTS)
    assert abs(found["weight_change_percent_30d"].value) < 5
    assert found["weight_change_percent_180d"].value < -5
    assert found[LOSS].value == 100


def test_in_the_first_months_loss_is_judged_by_the_month_alone() -> None:
    found = judged(fallen(80.0, 75.0, 40))
    assert found["weight_change_percent_180d"].reason == "too_few_nights"
    assert (found[LOSS].value, found[LOSS].n) == (100, 14)


def test_before_a_month_has_passed_nothing_is_said_of_loss() -> None:
    found = judged(fallen(80.0, 70.0, 20))
    assert (found[LOSS].value, found[LOSS].reason) == (None, "too_few_nights")


def test_weights_after_a_hole_of_a_week_say_nothing_of_now() -> None:
    found = judged(steady(REACH_NIGHTS), before=7)
    assert {found[metric].reason for metric in (LOSS, GAIN, "weight_change_percent_30d")} == {
        "too_few_nights"
    }


def test_three_nights_are_too_few_for_a_week() -> None:
    kg = steady(REACH_NIGHTS)
    kg[-7:-3] = np.nan
    assert judged(kg)["weight_change_percent_30d"].reason == "too_few_nights"
    kg[-4] = 80
    found = judged(kg)["weight_change_percent_30d"]
    assert (found.value, found.n) == (0, 11)


@pytest.mark.parametrize(
    ("kg", "flag"),
    [
        ([70.0, 70.6, 71.3, 72.0], 0),
        ([70.0, 70.6, 71.3, 72.1], 100),
        ([72.1, 71.0, 70.5, 70.0], 0),
        ([70.0, np.nan, np.nan, 72.1], 100),
        ([70.0, 72.3, 70.0, 70.0], 100),
    ],
    ids=["exactly 2 kg", "2.1 kg", "a fall", "two nights of four", "up and down again"],
)
def test_fluid_is_screened_from_more_than_two_kilograms_in_three_days(kg: list[float], flag: float) -> None:
    found = judged(np.array(kg))[GAIN]
    assert (found.value, found.reason, found.n) == (flag, None, int(np.isfinite(kg).sum()))


def test_a_rise_over_four_days_is_not_rapid() -> None:
    assert judged(np.array([70.0, 71.0, 71.0, 71.0, 72.5]))[GAIN].value == 0


def test_one_weight_says_nothing_of_a_rise() -> None:
    found = judged(np.array([70.0]))[GAIN]
    assert (found.value, found.reason, found.n) == (None, "too_few_nights", 1)


def test_a_rise_of_last_week_is_over() -> None:
    assert judged(np.array([70.0, 73.0, 73.0, 73.0, 73.0, 73.0]))[GAIN].value == 0


def test_without_any_weight_each_figure_says_why() -> None:
    found = judged(np.empty(0))
    assert set(found) == set(WEIGHT_METRICS)
    assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "too_few_nights")}


def test_weights_of_later_nights_do_not_bear_on_a_night() -> None:
    kg = np.concatenate([steady(60), steady(30, 60.0)])
    day = NIGHT.toordinal() - 59 + np.arange(90)
    assert weight_night(NIGHT, day, kg) == weight_night(NIGHT, day[:60], kg[:60])


def test_weights_from_before_the_reach_do_not_bear_on_a_night() -> None:
    kg = 80 - 0.02 * np.arange(400)
    day = NIGHT.toordinal() - 399 + np.arange(400)
    assert weight_night(NIGHT, day, kg) == weight_night(NIGHT, day[-REACH_NIGHTS:], kg[-REACH_NIGHTS:])


def test_a_night_on_which_two_were_weighed_bears_on_nothing() -> None:
    alone, two = steady(60), steady(60)
    two[-2] += 70.0
    with_two, without = judged(two), judged(np.where(two > 100, np.nan, alone))
    assert with_two["fluid_gain_screening_percent"].value == 0
    assert with_two == without


def test_a_trend_is_told_in_kilograms_per_30_days_with_its_interval() -> None:
    found = judged(80 - 0.05 * np.arange(28))["weight_trend_kg_per_30d"]
    assert found.value == pytest.approx(-1.5)
    assert found.ci_low <= found.value <= found.ci_high
    assert (found.n, found.coverage) == (28, 1.0)


def test_nights_are_told_by_the_calendar_across_a_clock_change() -> None:
    spring = date(2026, 3, 31)
    day = np.array([(spring - timedelta(days=back)).toordinal() for back in range(27, -1, -1)])
    found = {each.metric: each for each in weight_night(spring, day, 80 - 0.05 * np.arange(28))}
    assert found["weight_trend_kg_per_30d"].value == pytest.approx(-1.5)
