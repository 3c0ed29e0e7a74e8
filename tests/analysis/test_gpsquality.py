import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.gpsquality import (
    CEP50_PER_SIGMA,
    R95_PER_SIGMA,
    battery_life,
    circular_error,
    fix_yield,
    time_to_first_fix,
)

HOUR = 3_600_000_000
MINUTE = 60_000_000
POINT = {"true_lat": 59.33, "true_lon": 18.06}
DEGREE_M = 111_195.080


def north_of_point(metres):
    metres = np.asarray(metres, float)
    return POINT["true_lat"] + metres / DEGREE_M, np.full(len(metres), POINT["true_lon"])


def scattered(sigma, n, seed=1):
    east, north = np.random.default_rng(seed).normal(0, sigma, (2, n))
    lon = POINT["true_lon"] + east / DEGREE_M / np.cos(np.radians(POINT["true_lat"]))
    return POINT["true_lat"] + north / DEGREE_M, lon


def test_the_radii_of_a_rayleigh_distribution():
    assert pytest.approx((1.17741, 2.44775), abs=5e-6) == (CEP50_PER_SIGMA, R95_PER_SIGMA)


def test_normal_errors_give_the_radii_of_rayleigh_both_ways():
    error = circular_error(*scattered(8.0, 200_000), **POINT)
    assert error.sigma_m == pytest.approx(8.0, rel=0.01)
    assert (error.cep50_m, error.rayleigh_cep50_m) == pytest.approx((9.419, 9.419), rel=0.01)
    assert (error.r95_m, error.rayleigh_r95_m) == pytest.approx((19.582, 19.582), rel=0.01)


def test_limits_are_the_ranks_of_the_binomial():
    error = circular_error(*north_of_point(range(1, 101)), **POINT)
    limits = [error.cep50_ci_low_m, error.cep50_ci_high_m, error.r95_ci_low_m, error.r95_ci_high_m]
    np.testing.assert_allclose(limits, [40, 61, 90, 100], atol=1e-3)
    assert (error.cep50_m, error.r95_m) == pytest.approx((50, 95), abs=1e-3)


@pytest.mark.parametrize(("n", "reached"), [(71, False), (72, True)])
def test_under_seventy_two_fixes_r95_has_no_upper_limit(n, reached):
    error = circular_error(*north_of_point(range(1, n + 1)), **POINT)
    assert np.isfinite(error.r95_ci_high_m) == reached


def test_five_fixes_bound_no_median_from_above():
    assert np.isinf(circular_error(*north_of_point(range(1, 6)), **POINT).cep50_ci_high_m)
    assert np.isfinite(circular_error(*north_of_point(range(1, 7)), **POINT).cep50_ci_high_m)


def test_fixes_without_a_position_are_left_out_and_none_is_no_error():
    error = circular_error(*north_of_point([10, np.nan, 10]), **POINT)
    assert (error.n, error.cep50_m) == (2, pytest.approx(10, abs=1e-3))
    assert np.isnan(circular_error(*north_of_point([]), **POINT).cep50_m)


def test_a_start_without_a_fix_is_censored_not_left_out():
    waited = np.array([10.0, 20, 30, 40, 300, 300])
    first = time_to_first_fix(waited, waited < 300)
    assert (first.median_s, first.n, first.without) == (30, 6, 2)
    assert np.isinf(first.p90_s)


def test_the_median_time_to_first_fix_is_that_of_lifelines():
    lifelines = pytest.importorskip("lifelines")
    random = np.random.default_rng(4)
    waited = random.exponential(40, 101).round(1)
    fixed = waited < 90
    waited = np.minimum(waited, 90)
    peer = lifelines.KaplanMeierFitter().fit(waited, fixed)
    assert time_to_first_fix(waited, fixed).median_s == peer.median_survival_time_


def test_no_start_reaches_nothing():
    nothing = time_to_first_fix(np.empty(0), np.empty(0, bool))
    assert (nothing.n, nothing.median_s) == (0, float("inf"))


def test_yield_is_delivered_of_expected_and_accurate_of_delivered():
    time = np.arange(0, 60, 10, dtype=np.int64)[[0, 1, 3, 4]] * MINUTE
    accuracy = np.array([5.0, 25, 26, np.nan])
    seen = fix_yield(time, accuracy, start=0, end=HOUR, interval_s=600)
    assert (seen.n, seen.expected, seen.delivered, seen.accurate) == (4, 6, pytest.approx(4 / 6), 0.5)
    assert seen.accurate_ci_low < 0.5 < seen.accurate_ci_high
    assert seen.gap_p95_s == 1200


def test_a_silent_tracker_yields_nothing_and_one_long_gap():
    seen = fix_yield(np.empty(0, np.int64), np.empty(0), start=0, end=HOUR, interval_s=600)
    assert (seen.delivered, seen.gap_p95_s) == (0, 3600)
    assert np.isnan(seen.accurate)


def test_a_window_without_length_is_an_error():
    with pytest.raises(ValueError, match="expects nothing"):
        fix_yield(np.empty(0, np.int64), np.empty(0), start=5, end=5, interval_s=600)


def test_two_percent_an_hour_is_fifty_hours_of_battery():
    hours = np.arange(30)
    life = battery_life(hours * HOUR, 100.0 - 2 * hours, interval_s=3600)
    assert (life.life_h, life.ci_low_h, life.ci_high_h) == pytest.approx((50, 50, 50))
    assert (life.charges, life.dead_h, life.n) == (0, 0, 30)


def test_charges_are_cut_out_of_the_discharge():
    day = np.r_[100.0 - 2 * np.arange(20), 75, 90]
    level = np.tile(day, 5)
    life = battery_life(np.arange(len(level)) * HOUR, level, interval_s=3600)
    assert (life.life_h, life.charges) == (pytest.approx(50), 5)


def test_jitter_of_the_gauge_is_no_charge():
    level = 100.0 - np.arange(60) // 2 + np.tile([0.0, 1.0, 0.0], 20)
    assert battery_life(np.arange(60) * HOUR, level, interval_s=3600).charges == 0


def test_silence_after_running_empty_is_service_that_was_not_there():
    time = np.array([0, 1, 2, 12, 13, 33]) * HOUR
    life = battery_life(time, np.array([7.0, 6, 5, 100, 98, 58]), interval_s=3600)
    assert (life.dead_h, life.charges) == (10, 1)


def test_a_battery_that_does_not_drain_lasts_beyond_telling():
    life = battery_life(np.arange(10) * HOUR, np.full(10, 80.0))
    assert np.isinf(life.life_h)


def test_without_levels_there_is_no_life():
    life = battery_life(np.empty(0, np.int64), np.empty(0))
    assert np.isnan(life.life_h)
    assert np.isnan(battery_life(np.array([0]), np.array([80.0])).life_h)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 8), st.integers(0, 10_000), st.integers(-10, 10))
def test_battery_life_knows_no_zero_of_time_and_its_interval_holds_it(rate, seed, shift):
    hours = np.arange(40)
    level = np.clip(80 - rate * hours / 4 + np.random.default_rng(seed).normal(0, 0.3, 40), 0, 100)
    life = battery_life(hours * HOUR, level)
    assert life.ci_low_h <= life.life_h <= life.ci_high_h
    later = battery_life((hours + shift) * HOUR, level)
    assert later.life_h == pytest.approx(life.life_h)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 500), min_size=1, max_size=80), st.floats(0.5, 3))
def test_circular_error_scales_with_the_distances_and_lies_in_its_interval(metres, scale):
    error = circular_error(*north_of_point(metres), **POINT)
    wider = circular_error(*north_of_point(np.array(metres) * scale), **POINT)
    assert wider.cep50_m == pytest.approx(scale * error.cep50_m, abs=1e-3)
    assert error.cep50_ci_low_m <= error.cep50_m <= error.cep50_ci_high_m
    assert error.cep50_m <= error.r95_m <= error.r95_ci_high_m
