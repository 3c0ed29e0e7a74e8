from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.interrupted_series import NARROW, NO_WASH_IN, TOO_FEW, segmented_regression


def weeks(before, after, *, seed=0, rho=0.0, level=-3.0, slope=-0.2):
    """A series of `before` + `after` weeks that rises by 0.1 a week, interrupted at week `before`."""
    random = np.random.default_rng(seed)
    n = before + after
    t, noise = np.arange(n, dtype=float), random.normal(size=n + 50)
    for i in range(1, n + 50):
        noise[i] += rho * noise[i - 1]
    late = t >= before
    return t, 20 + 0.1 * t + late * (level + slope * (t - before)) + noise[50:]


def test_without_noise_level_slope_and_effect_are_what_they_were_made_of():
    t, y = weeks(12, 12)
    y = 20 + 0.1 * t + (t >= 12) * (-3 - 0.2 * (t - 12))
    found = segmented_regression(t, y, interruption=12)
    assert (found.intercept, found.slope_before.value) == pytest.approx((20, 0.1))
    assert (found.level_change.value, found.slope_change.value) == pytest.approx((-3, -0.2))
    assert found.first_after == 12
    assert found.horizon == 11
    assert found.effect.value == pytest.approx(-3 - 0.2 * 11)
    assert (found.effect.ci_low, found.effect.ci_high) == pytest.approx((-5.2, -5.2))


def test_the_effect_at_a_horizon_has_the_variance_of_the_sum():
    sm = pytest.importorskip("statsmodels.api")
    t, y = weeks(10, 11, seed=1)
    late = t >= 10
    design = np.column_stack([np.ones(21), t, late, np.where(late, t - 10, 0)])
    peer = sm.OLS(y, design).fit()
    v = peer.cov_params()
    found = segmented_regression(t, y, interruption=10, horizon=6)
    se = np.sqrt(v[2, 2] + 36 * v[3, 3] + 12 * v[2, 3])
    assert (found.method, found.df, found.rho) == ("OLS", 17, 0)
    assert (found.effect.value, found.effect.se) == pytest.approx((peer.params[2] + 6 * peer.params[3], se))
    assert found.effect.p == pytest.approx(float(peer.t_test([0, 0, 1, 6]).pvalue))
    assert found.intercept == pytest.approx(peer.params[0])


def test_from_twelve_points_a_segment_neighbours_are_taken_to_resemble_each_other():
    sm = pytest.importorskip("statsmodels.api")
    t, y = weeks(30, 26, seed=2, rho=0.5)
    found = segmented_regression(t, y, interruption=30, wash_in=3)
    keep = (t < 30) | (t >= 33)
    t, y = t[keep], y[keep]
    late = t >= 33
    design = np.column_stack([np.ones(len(t)), t, late, np.where(late, t - 33, 0)])
    peer = sm.GLS(y, design, sigma=found.rho ** np.abs(t[:, None] - t)).fit()
    assert (found.method, found.left_out, found.n_before, found.n_after) == ("Prais-Winsten", 3, 30, 23)
    assert 0.2 < found.rho < 0.95
    said = peer.t_test([0, 0, 1, found.horizon])
    assert (found.first_after, found.horizon) == (33, 22)
    assert (found.effect.value, found.effect.se) == pytest.approx((said.effect[0], said.sd[0, 0]))


def test_the_level_change_is_that_of_the_first_point_kept_after():
    t, y = weeks(20, 20, seed=3)
    y = 0.1 * t + (t >= 20) * 0.5 * (t - 20)
    assert segmented_regression(t, y, interruption=20, wash_in=4).level_change.value == pytest.approx(2)


def test_a_season_is_taken_out_of_the_effect():
    t, y = weeks(84, 84, seed=4, level=-3, slope=0)
    weekdays = np.array([4, 0, 0, 1, 0, -3, -2.0])[(t % 7).astype(int)]
    plain = segmented_regression(t, y + weekdays, interruption=84)
    found = segmented_regression(t, y + weekdays, interruption=84, period=7, harmonics=3)
    without = segmented_regression(t, y, interruption=84, period=7, harmonics=3)
    assert found.effect.value == pytest.approx(without.effect.value)
    assert without.df == pytest.approx(found.df)
    assert found.effect.se < plain.effect.se


@pytest.mark.parametrize(("before", "after", "said"), [(48, 48, False), (47, 60, True), (12, 12, True)])
def test_an_interval_that_may_be_too_narrow_says_so(before, after, said):
    found = segmented_regression(*weeks(before, after), interruption=before)
    assert (NARROW in found.assumptions) == said


def test_a_series_without_a_wash_in_says_so():
    assert NO_WASH_IN in segmented_regression(*weeks(12, 12), interruption=12).assumptions
    assert NO_WASH_IN not in segmented_regression(*weeks(12, 12), interruption=12, wash_in=2).assumptions


def test_under_eight_points_there_is_an_estimate_but_no_interval():
    found = segmented_regression(*weeks(20, 7), interruption=20)
    assert np.isfinite(found.effect.value)
    assert np.isnan([found.effect.ci_low, found.effect.p]).all()
    assert TOO_FEW in found.assumptions
    assert NARROW not in found.assumptions


@pytest.mark.parametrize("interruption", [0, 1, 19, 25])
def test_with_one_point_or_none_on_a_side_nothing_is_known(interruption):
    t, y = weeks(10, 10)
    found = segmented_regression(t, y, interruption=interruption)
    assert np.isnan([found.effect.value, found.level_change.value, found.intercept]).all()


def test_missing_weeks_are_left_out_and_not_filled_in():
    t, y = weeks(20, 20, seed=5, rho=0.4)
    y[[3, 25, 26]] = np.nan
    found = segmented_regression(t, y, interruption=20)
    kept = np.isfinite(y)
    assert astuple(found) == astuple(segmented_regression(t[kept], y[kept], interruption=20))
    assert (found.n_before, found.n_after) == (19, 18)


def test_what_cannot_be_meant_is_named():
    t, y = weeks(20, 20)
    with pytest.raises(ValueError, match=r"wash_in is -1"):
        segmented_regression(t, y, interruption=20, wash_in=-1)
    with pytest.raises(ValueError, match=r"no two points lie 7\.0 apart"):
        segmented_regression(t[:24] * 30, y[:24], interruption=360, step=7.0)
    with pytest.raises(ValueError, match="4 harmonics of a period of 7 pass unseen"):
        segmented_regression(t, y, interruption=20, period=7, harmonics=4)
    with pytest.raises(ValueError, match="stands twice"):
        segmented_regression(np.r_[t[:39], 38], y, interruption=20)


@pytest.mark.parametrize(("before", "rho", "held"), [(24, 0.6, 0.933), (12, 0.6, 0.92), (8, 0.3, 0.861)])
def test_the_level_change_of_short_series_is_held_less_often_than_95_times_in_100(before, rho, held):
    random = np.random.default_rng(before)
    t, runs, hits = np.arange(2.0 * before), 600, 0
    noise = random.normal(size=(runs, 2 * before + 40))
    for i in range(1, noise.shape[1]):
        noise[:, i] += rho * noise[:, i - 1]
    for y in noise[:, 40:]:
        effect = segmented_regression(t, y, interruption=before, horizon=0).effect
        hits += effect.ci_low <= 0 <= effect.ci_high
    assert hits / runs == pytest.approx(held, abs=0.04)


@given(st.integers(0, 99), st.integers(-500, 500), st.sampled_from([0.25, 7.0]), st.sampled_from([0.5, 60.0]))
@settings(max_examples=30, deadline=None)
def test_neither_calendar_nor_unit_changes_the_effect(seed, shift, days, unit):
    t, y = weeks(14, 15, seed=seed, rho=0.3)
    one = segmented_regression(t[::-1], y[::-1], interruption=14, wash_in=1, horizon=5)
    other = segmented_regression(
        t * days + shift,
        y * unit + 3,
        interruption=14 * days + shift,
        wash_in=days,
        horizon=5 * days,
        step=days,
    )
    assert one.effect.ci_low <= one.effect.value <= one.effect.ci_high
    assert (other.effect.value, other.effect.se) == pytest.approx(
        (one.effect.value * unit, one.effect.se * unit)
    )
    assert other.slope_change.value == pytest.approx(one.slope_change.value * unit / days)
