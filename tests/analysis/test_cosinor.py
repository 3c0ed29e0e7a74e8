import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cosinor import cosinor

MIDDLES = np.arange(24 * 14) + 0.5


def _days(days=14, seed=1, noise=20.0):
    random = np.random.default_rng(seed)
    hours = np.arange(24 * days) + 0.5
    return 100 + 40 * np.cos(2 * np.pi * (hours - 14.5) / 24) + random.normal(0, noise, len(hours))


def test_a_wave_without_noise_is_found_as_it_was_made():
    found = cosinor(_days(noise=0.0))
    assert (found.mesor, found.amplitude, found.acrophase_h) == pytest.approx((100, 40, 14.5))
    assert found.explained == pytest.approx(1)
    assert (found.amplitude_interval.ci_low, found.amplitude_interval.ci_high) == pytest.approx((40, 40))


def test_the_busiest_hour_peaks_at_its_middle():
    day = np.zeros(24)
    day[14] = 1.0
    assert cosinor(np.tile(day, 7)).acrophase_h == pytest.approx(14.5)


def test_the_wave_is_that_of_least_squares_also_where_hours_are_missing():
    models = pytest.importorskip("statsmodels.api")
    y = _days()
    y[np.random.default_rng(2).random(len(y)) < 0.2] = np.nan
    angle = 2 * np.pi * MIDDLES / 24
    fit = models.OLS(
        y, np.column_stack([np.ones(len(y)), np.cos(angle), np.sin(angle)]), missing="drop"
    ).fit()
    found = cosinor(y)
    assert found.mesor == pytest.approx(fit.params[0])
    assert found.amplitude == pytest.approx(np.hypot(*fit.params[1:]))
    assert found.acrophase_h == pytest.approx(
        np.arctan2(fit.params[2], fit.params[1]) / (2 * np.pi) * 24 % 24
    )
    assert found.explained == pytest.approx(fit.rsquared)
    assert found.n == int(np.isfinite(y).sum())


def test_the_interval_of_the_amplitude_holds_the_truth_95_times_in_100():
    intervals = [cosinor(_days(10, seed)).amplitude_interval for seed in range(200)]
    assert 0.91 <= np.mean([found.ci_low <= 40 <= found.ci_high for found in intervals]) <= 0.985


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (np.full(24 * 7, np.nan), "no_data"),
        (_days(6), "too_few_nights"),
        (np.r_[_days(7), np.full(24 * 7, np.nan)], "low_coverage"),
        (np.full(24 * 7, 0.1), "no_variation"),
    ],
)
def test_a_wave_that_cannot_be_told_says_why(record, reason):
    found = cosinor(record)
    assert (found.reason, found.amplitude_interval.reason) == (reason, reason)
    assert np.isnan([found.mesor, found.amplitude, found.acrophase_h, found.explained]).all()


def test_a_broken_day_is_an_error():
    with pytest.raises(ValueError, match="whole days"):
        cosinor(np.zeros(30))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 23), st.sampled_from([0.5, 60.0]), st.integers(-50, 50))
def test_level_unit_and_clock_pass_through(seed, hours, scale, shift):
    x = _days(7, seed)
    here, there = cosinor(x), cosinor(scale * np.roll(x, hours) + shift)
    assert there.mesor == pytest.approx(scale * here.mesor + shift)
    assert there.amplitude == pytest.approx(scale * here.amplitude)
    assert there.explained == pytest.approx(here.explained)
    apart = (there.acrophase_h - here.acrophase_h - hours + 12) % 24 - 12
    assert apart == pytest.approx(0, abs=1e-6)
