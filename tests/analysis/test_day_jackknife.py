import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.day_jackknife import jackknife_over_days
from analysis.lifespace import radius_of_gyration, standard_deviational_ellipse
from analysis.lifespace_intervals import deviational_ellipse_interval, radius_of_gyration_interval
from analysis.rhythm import interdaily_stability, intradaily_variability, l5_m10, relative_amplitude
from analysis.rhythm_intervals import (
    interdaily_stability_interval,
    intradaily_variability_interval,
    relative_amplitude_interval,
)

SINE = np.sin(2 * np.pi * np.arange(24) / 24)


def _hours(days=14, seed=1, noise=1.0):
    random = np.random.default_rng(seed)
    return (np.sqrt(2) * SINE + random.normal(0, noise, (days, 24))).ravel()


# -- the jackknife itself ----------------------------------------------------------------------------------


def test_of_a_mean_the_interval_is_students():
    stats = pytest.importorskip("scipy.stats")
    x = np.random.default_rng(1).normal(5, 2, 12)
    found = jackknife_over_days(
        float(x.mean()), lambda day: float(np.delete(x, day).mean()), 12, confidence=0.9
    )
    expected = stats.t.interval(0.9, 11, x.mean(), stats.sem(x))
    assert found.corrected == pytest.approx(x.mean())
    assert (found.ci_low, found.ci_high) == pytest.approx(expected)


def test_the_bias_of_a_variance_with_ddof_0_is_taken_out():
    x = np.random.default_rng(1).normal(5, 2, 12)
    found = jackknife_over_days(
        float(x.var()), lambda day: float(np.delete(x, day).var()), 12, confidence=0.95
    )
    assert found.corrected == pytest.approx(x.var(ddof=1))


def test_one_day_and_a_day_that_cannot_be_missed_have_no_interval():
    assert np.isnan(jackknife_over_days(3.0, lambda day: 3.0, 1, confidence=0.95).ci_low)
    hole = jackknife_over_days(3.0, lambda day: np.nan if day == 2 else 3.0, 5, confidence=0.95)
    assert (hole.value, hole.days, hole.reason) == (3.0, 5, None)
    assert np.isnan([hole.corrected, hole.ci_low, hole.ci_high]).all()


# -- rhythm ------------------------------------------------------------------------------------------------


def test_the_figures_are_those_without_an_interval():
    x = _hours()
    minutes = np.repeat(x - x.min(), 60)
    assert interdaily_stability_interval(x).value == interdaily_stability(x).value
    assert intradaily_variability_interval(x).value == intradaily_variability(x).value
    assert relative_amplitude_interval(minutes).value == relative_amplitude(l5_m10(minutes))


def test_identical_days_leave_no_doubt():
    found = interdaily_stability_interval(np.tile(SINE, 9))
    assert (found.corrected, found.ci_low, found.ci_high) == pytest.approx((1, 1, 1))
    assert found.days == 9


def test_a_short_record_looks_more_stable_than_the_person_and_is_corrected():
    raw, corrected = np.array(
        [
            (found.value, found.corrected)
            for found in (interdaily_stability_interval(_hours(8, seed)) for seed in range(60))
        ]
    ).mean(axis=0)
    assert raw > 0.54
    assert corrected == pytest.approx(0.5, abs=0.01)  # half of the variance is the clock's


def test_the_interval_holds_the_long_run_95_times_in_100():
    held = [
        found.ci_low <= 0.5 <= found.ci_high
        for found in (interdaily_stability_interval(_hours(14, seed)) for seed in range(200))
    ]
    assert 0.92 <= np.mean(held) <= 0.98


def test_days_without_data_are_no_days():
    x = _hours(14)
    x[24 * 3 : 24 * 5] = np.nan
    assert interdaily_stability_interval(x).days == 12


def test_an_hour_that_one_day_alone_has_leaves_no_interval():
    x = _hours(10)
    x[5::24] = np.nan
    x[5] = 1.0
    found = interdaily_stability_interval(x)
    assert np.isfinite(found.value)
    assert np.isnan(found.ci_low)


@pytest.mark.parametrize(
    "measure",
    [interdaily_stability_interval, intradaily_variability_interval, relative_amplitude_interval],
)
def test_a_figure_that_is_not_there_has_its_reason(measure):
    found = measure(np.tile(SINE if measure is not relative_amplitude_interval else np.ones(1440), 6))
    assert found.reason == "too_few_nights"
    assert np.isnan([found.value, found.ci_low, found.ci_high]).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(-50, 50), st.sampled_from([0.5, 60.0]))
def test_neither_unit_nor_level_moves_the_interval_and_limits_stay_possible(seed, shift, scale):
    x = _hours(8, seed)
    for measure in (interdaily_stability_interval, intradaily_variability_interval):
        here, there = measure(x), measure(scale * x + shift)
        assert (there.ci_low, there.ci_high) == pytest.approx((here.ci_low, here.ci_high), rel=1e-6)
        assert 0 <= here.ci_low <= here.corrected <= here.ci_high
    assert interdaily_stability_interval(x).ci_high <= 1


# -- life-space --------------------------------------------------------------------------------------------


def _outings(days=14, seed=1):
    random = np.random.default_rng(seed)
    around_home = random.normal(0, 20, (days, 40, 2))
    away = random.normal(0, 400, (days, 1, 2)) + random.normal(0, 40, (days, 20, 2))
    positions = np.concatenate([around_home, away], axis=1)
    return positions.reshape(-1, 2).T, np.repeat(np.arange(days), 60)


def test_life_space_has_the_figures_of_all_days_together():
    (x, y), day = _outings()
    time = 60_000_000 * np.arange(len(x), dtype=np.int64)
    gyration = radius_of_gyration_interval(x, y, day, time)
    ellipse = deviational_ellipse_interval(x, y, day)
    assert gyration.value == radius_of_gyration(x, y, time)
    assert ellipse.value == standard_deviational_ellipse(x, y).area_m2
    for found in (gyration, ellipse):
        assert 0 < found.ci_low < found.corrected < found.ci_high
        assert found.days == 14


def test_many_fixes_of_one_day_make_nothing_surer():
    (x, y), day = _outings()
    once = radius_of_gyration_interval(x, y, day)
    tenfold = radius_of_gyration_interval(np.tile(x, 10), np.tile(y, 10), np.tile(day, 10))
    assert (tenfold.ci_low, tenfold.ci_high) == pytest.approx((once.ci_low, once.ci_high))


def test_another_unit_of_length_scales_radius_and_area():
    (x, y), day = _outings()
    radius, area = radius_of_gyration_interval(x, y, day), deviational_ellipse_interval(x, y, day)
    assert radius_of_gyration_interval(x / 10, y / 10, day).ci_high == pytest.approx(radius.ci_high / 10)
    assert deviational_ellipse_interval(x / 10, y / 10, day).ci_low == pytest.approx(area.ci_low / 100)


def test_six_days_are_too_few_and_positions_that_are_missing_are_no_day():
    (x, y), day = _outings(7)
    x[day == 3] = np.nan
    found = radius_of_gyration_interval(x, y, day)
    assert (found.days, found.reason) == (6, "too_few_days")
    assert np.isnan(found.value)
    assert radius_of_gyration_interval(x, y, day, fewest_days=6).reason is None
    assert deviational_ellipse_interval(x * np.nan, y, day).reason == "no_data"


def test_who_never_moves_has_a_radius_of_nothing_and_no_interval():
    found = radius_of_gyration_interval(np.zeros(80), np.zeros(80), np.repeat(np.arange(8), 10))
    assert found.value == 0
    assert np.isnan(found.ci_high)


def test_an_interval_holds_its_own_value_where_a_gap_puts_it_above_one():
    hourly = np.tile(np.r_[np.zeros(8), np.ones(16)], 7)
    hourly[:12] = np.nan
    found = interdaily_stability_interval(hourly)
    assert found.ci_low <= found.value <= found.ci_high
