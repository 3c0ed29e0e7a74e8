import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.local_trend import local_linear_trend


def _losing(n=180, seed=1, missing=0.1):
    random = np.random.default_rng(seed)
    pace = -0.01 + np.cumsum(random.normal(0, 0.003, n))
    level = 72 + np.cumsum(pace + random.normal(0, 0.05, n))
    y = level + random.normal(0, 0.4, n)
    y[random.random(n) < missing] = np.nan
    return y, level, pace


def test_a_straight_line_is_found_without_a_bend():
    found = local_linear_trend(72 - 0.02 * np.arange(60.0))
    assert found.level == pytest.approx(72 - 0.02 * np.arange(60.0), abs=1e-3)
    assert found.pace == pytest.approx(np.full(60, -0.02), abs=1e-3)


@pytest.mark.parametrize("n", [30, 365])
def test_it_is_the_smoother_of_statsmodels_with_the_same_variances(n):
    structural = pytest.importorskip("statsmodels.tsa.statespace.structural")
    y, _, _ = _losing(n)
    y[:2] = 72.1, 71.9
    peer = structural.UnobservedComponents(y, "lltrend").smooth([0.4**2, 0.05**2, 0.003**2])
    found = local_linear_trend(y)
    # On the first nights theirs takes variances of a million from each other and loses digits.
    assert found.level[2:] == pytest.approx(peer.smoothed_state[0, 2:], abs=1e-5)
    assert found.pace[2:] == pytest.approx(peer.smoothed_state[1, 2:], abs=1e-6)
    reach = 1.959963984540054 * np.sqrt(peer.smoothed_state_cov[0, 0, 2:])
    assert (found.level_high - found.level_low)[2:] / 2 == pytest.approx(reach, rel=1e-4)


def test_the_limits_hold_level_and_pace_95_times_in_100():
    held_level, held_pace = [], []
    for seed in range(40):
        y, level, pace = _losing(90, seed)
        found = local_linear_trend(y)
        held_level.append(np.mean((found.level_low <= level) & (level <= found.level_high)))
        held_pace.append(found.pace_low[45] <= pace[45] <= found.pace_high[45])
    assert np.mean(held_level) == pytest.approx(0.95, abs=0.03)
    assert np.mean(held_pace) >= 0.85


def test_a_week_without_nights_is_less_sure_than_the_weeks_beside_it():
    y, _, _ = _losing(60, missing=0.0)
    y[30:37] = np.nan
    found = local_linear_trend(y)
    width = found.level_high - found.level_low
    assert width[33] > 1.2 * width[20]
    assert found.n == 53
    assert np.isfinite(found.level).all()


def test_one_night_is_no_trend_and_a_measurement_without_error_is_refused():
    assert np.isnan(local_linear_trend(np.array([72.0, np.nan])).level).all()
    assert len(local_linear_trend(np.empty(0)).pace) == 0
    with pytest.raises(ValueError, match="night_sd above 0"):
        local_linear_trend(np.ones(5), night_sd=0.0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(-30, 30), st.sampled_from([0.001, 2.0]))
def test_level_and_unit_pass_through(seed, shift, scale):
    y, _, _ = _losing(40, seed)
    here = local_linear_trend(y)
    moved = local_linear_trend(y + shift)
    scaled = local_linear_trend(scale * y, night_sd=scale * 0.4, level_sd=scale * 0.05, pace_sd=scale * 0.003)
    assert moved.level == pytest.approx(here.level + shift, abs=1e-3)
    assert moved.pace == pytest.approx(here.pace, abs=1e-4)
    assert scaled.pace[-1] == pytest.approx(scale * here.pace[-1], rel=2e-2, abs=scale * 1e-3)
    assert (here.level_low <= here.level).all()
    assert (here.level <= here.level_high).all()
