import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.spc import run_rules, u_chart, xmr_chart

# NIST/SEMATECH e-Handbook 6.3.2.2: flow rates of ten batches.
NIST = np.array([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])


def points(flags):
    return np.flatnonzero(flags).tolist()


def test_the_individuals_chart_of_the_nist_handbook():
    chart = xmr_chart(NIST)
    assert (chart.centre, chart.mean_range) == pytest.approx((50.81, 1.8778), abs=5e-5)
    assert (chart.upper, chart.lower) == pytest.approx((55.8041, 45.8159), abs=5e-5)
    assert chart.upper_range == pytest.approx(3.267 * 1.87778, abs=1e-4)
    assert chart.moving_range[1:4] == pytest.approx([2.0, 2.3, 1.4])
    assert not chart.signals.any.any()


def test_three_sigma_is_2_6596_mean_ranges():
    chart = xmr_chart(NIST)
    assert (chart.upper - chart.centre) / chart.mean_range == pytest.approx(2.6596, abs=5e-5)


def test_limits_are_frozen_after_the_baseline():
    before, after = np.tile([10.0, 11.0], 10), np.full(10, 30.0)
    chart = xmr_chart(np.r_[before, after])
    assert (chart.centre, chart.mean_range, chart.n_baseline, chart.n) == (10.5, 1.0, 20, 30)
    assert points(chart.signals.outside) == list(range(20, 30))


def test_a_missing_point_has_no_moving_range_to_either_side():
    chart = xmr_chart(np.array([1.0, 2.0, np.nan, 9.0, 10.0]))
    assert chart.moving_range == pytest.approx([np.nan, 1.0, np.nan, np.nan, 1.0], nan_ok=True)
    assert (chart.mean_range, chart.centre, chart.n) == (1.0, 5.5, 4)


@pytest.mark.parametrize("y", [[], [np.nan], [5.0]])
def test_one_point_makes_no_limits(y):
    chart = xmr_chart(np.array(y))
    assert np.isnan([chart.sigma, chart.lower, chart.upper, chart.upper_range]).all()
    assert points(chart.signals.any) == []


def test_eight_points_on_one_side_are_a_signal_and_seven_are_none():
    assert points(run_rules(np.full(7, 0.5), 0, 1).one_side) == []
    assert points(run_rules(np.full(9, 0.5), 0, 1).one_side) == [7, 8]
    assert points(run_rules(np.full(7, -0.5), 0, 1, run=7).one_side) == [6]


def test_a_point_on_the_line_breaks_the_run():
    y = np.full(15, 0.5)
    y[7] = 0
    assert points(run_rules(y, 0, 1).one_side) == []


def test_six_points_strictly_rising_or_falling_are_a_trend():
    rising = np.array([-0.5, -0.3, -0.1, 0.1, 0.3, 0.5])
    assert points(run_rules(rising, 0, 1).trend) == [5]
    assert points(run_rules(-rising, 0, 1).trend) == [5]
    assert points(run_rules(rising[:5], 0, 1).trend) == []
    assert points(run_rules(np.array([-0.5, -0.3, -0.1, -0.1, 0.3, 0.5]), 0, 1).trend) == []


def test_two_of_three_beyond_two_sigma_count_on_the_same_side_only():
    assert points(run_rules(np.array([2.1, 0, 2.1, 0]), 0, 1).two_of_three) == [2]
    assert points(run_rules(np.array([2.1, 0, 0, 2.1]), 0, 1).two_of_three) == []
    assert points(run_rules(np.array([2.1, 0, -2.1]), 0, 1).two_of_three) == []
    assert points(run_rules(np.array([-2.1, -2.1]), 0, 1).two_of_three) == [1]


def test_exactly_three_sigma_is_inside():
    assert points(run_rules(np.array([3.0, -3.0, 3.001, -3.001]), 0, 1).outside) == [2, 3]


def test_a_missing_point_neither_adds_to_a_run_nor_breaks_it():
    y = np.insert(np.full(8, 0.5), 4, np.nan)
    assert points(run_rules(y, 0, 1).one_side) == [8]


def test_a_chart_of_rates_widens_where_little_was_observed():
    events, exposure = np.array([12, 8, 3, 10]), np.array([100.0, 100, 25, 100])
    chart = u_chart(events, exposure)
    centre = 33 / 325
    assert chart.centre == pytest.approx(centre)
    assert chart.rate == pytest.approx([0.12, 0.08, 0.12, 0.10])
    assert chart.upper == pytest.approx(centre + 3 * np.sqrt(centre / exposure))
    assert chart.lower[0] == pytest.approx(centre - 3 * np.sqrt(centre / 100))
    assert chart.lower[2] == 0


def test_each_rate_is_held_against_its_own_limits():
    events, exposure = np.r_[np.full(20, 10), 30, 3], np.r_[np.full(21, 100.0), 10]
    chart = u_chart(events, exposure)
    assert chart.centre == pytest.approx(0.1)
    assert (chart.rate[20], chart.rate[21]) == pytest.approx((0.3, 0.3))
    assert points(chart.signals.outside) == [20]


def test_nothing_observed_is_no_rate_of_zero():
    chart = u_chart(np.array([0, 4, np.nan]), np.array([0.0, 10, 10]))
    assert chart.rate == pytest.approx([np.nan, 0.4, np.nan], nan_ok=True)
    assert (chart.n, chart.centre) == (1, 0.4)


def test_what_a_chart_cannot_take_is_named():
    with pytest.raises(ValueError, match=r"events\[1\] is -1"):
        u_chart(np.array([1, -1]), np.ones(2))
    with pytest.raises(ValueError, match=r"exposure\[0\] is -2"):
        u_chart(np.ones(2), np.array([-2.0, 1]))
    with pytest.raises(ValueError, match="run is 1"):
        run_rules(np.ones(3), 0, 1, run=1)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=2, max_size=40), st.integers(-30, 30), st.sampled_from([0.5, 2, -1])
)
def test_another_unit_and_zero_move_the_limits_along_and_the_signals_stay(values, shift, scale):
    y = np.array(values, float)
    chart, moved = xmr_chart(y), xmr_chart(scale * y + shift)
    assert chart.lower <= chart.centre <= chart.upper
    assert moved.sigma == pytest.approx(abs(scale) * chart.sigma)
    assert moved.centre == pytest.approx(scale * chart.centre + shift)
    assert points(moved.signals.trend) == points(chart.signals.trend)
