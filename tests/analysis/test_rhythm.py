import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.rhythm import clock, interdaily_stability, intradaily_variability, l5_m10, relative_amplitude

SINE = np.sin(2 * np.pi * np.arange(168) / 24)
STEP_DAY = np.repeat([0.0] * 5 + [50.0] * 3 + [100.0] * 10 + [50.0] * 6, 60)
WEEK = STEP_DAY.reshape(1, -1).repeat(7, axis=0).ravel()


def noisy(days=10, seed=3):
    return np.random.default_rng(seed).gamma(2, 10, 24 * days)


def test_identical_days_are_wholly_stable():
    day = np.random.default_rng(1).gamma(2, 10, 24)
    assert interdaily_stability(np.tile(day, 9)).value == pytest.approx(1)


def test_a_sine_is_stable_and_its_variability_is_that_of_its_steps():
    assert interdaily_stability(SINE).value == pytest.approx(1)
    assert intradaily_variability(SINE).value == pytest.approx(0.0677541783, abs=1e-10)


def test_a_long_sine_comes_near_the_limit_of_its_steps():
    x = np.sin(2 * np.pi * np.arange(24 * 5000) / 24)
    assert intradaily_variability(x).value == pytest.approx(0.0681483474, abs=1e-6)


def test_an_hour_on_and_an_hour_off_varies_by_four():
    assert intradaily_variability(np.tile([0.0, 1.0], 84)).value == pytest.approx(4)


def test_the_step_day_has_its_windows_where_they_were_put():
    windows = l5_m10(WEEK)
    assert (windows.l5, windows.m10) == (0.0, 100.0)
    assert (clock(windows.l5_onset_min), clock(windows.m10_onset_min)) == ("00:00", "08:00")
    assert relative_amplitude(windows) == 1.0


def test_a_window_may_run_over_midnight():
    windows = l5_m10(np.roll(WEEK, -120))
    assert (windows.l5, clock(windows.l5_onset_min)) == (0.0, "22:00")


def test_the_first_of_windows_that_tie_is_taken_despite_summation_noise():
    day = np.full(1440, 0.1)
    day[600:1200] = 0.3
    windows = l5_m10(np.tile(day, 7))
    assert clock(windows.l5_onset_min) == "00:00"
    assert windows.l5 == pytest.approx(0.1)


def test_hours_give_the_windows_of_their_minutes():
    hours, minutes = l5_m10(WEEK[::60], epoch_min=60), l5_m10(WEEK)
    assert (hours.l5, hours.m10, hours.m10_onset_min) == (minutes.l5, minutes.m10, minutes.m10_onset_min)


def test_the_other_normalisation_is_the_variance_of_samples_as_pyactigraphy_takes_it():
    x = noisy(90)
    stable, variable = interdaily_stability(x), intradaily_variability(x)
    other = interdaily_stability(x, normalization="pyactigraphy")
    assert other.value / stable.value == pytest.approx(1.0430, abs=5e-5)
    assert other.value == pytest.approx(x.reshape(-1, 24).mean(axis=0).var(ddof=1) / x.var(ddof=1))
    steps = intradaily_variability(x, normalization="pyactigraphy")
    assert steps.value == pytest.approx(variable.value * (len(x) - 1) / len(x))


def test_the_other_normalisation_agrees_with_pandas_where_hours_are_missing():
    pandas = pytest.importorskip("pandas")
    x = noisy(14)
    x[[5, 30, 31, 200]] = np.nan
    series = pandas.Series(x, index=pandas.date_range("2025-01-06", periods=len(x), freq="h"))
    hours = series.groupby(series.index.hour).mean()
    assert interdaily_stability(x, normalization="pyactigraphy").value == pytest.approx(
        hours.var() / series.var()
    )
    steps = intradaily_variability(x, normalization="pyactigraphy").value
    assert steps == pytest.approx((series.diff() ** 2).mean() / series.var())


def test_hours_without_data_are_in_neither_sum():
    x = noisy(8)
    x[[5, 30, 31, 100]] = np.nan
    known = x[np.isfinite(x)]
    means = np.nanmean(x.reshape(-1, 24), axis=0)
    by_hand = len(known) * np.sum((means - known.mean()) ** 2) / (24 * np.sum((known - known.mean()) ** 2))
    stable = interdaily_stability(x)
    assert (stable.value, stable.n, stable.coverage) == (
        pytest.approx(by_hand),
        188,
        pytest.approx(188 / 192),
    )
    steps = np.diff(x)
    by_hand = np.nanmean(steps**2) / known.var()
    assert intradaily_variability(x).value == pytest.approx(by_hand)


def test_missing_hours_can_put_stability_above_one_and_it_is_not_cut():
    hourly = np.tile(np.r_[np.zeros(8), np.ones(16)], 7)
    assert interdaily_stability(hourly).value == pytest.approx(1)
    hourly[:8] = np.nan
    # By hand: 48 zeros of 160 hours, and 8 clock hours of 0 beside 16 of 1.
    mean = 112 / 160
    means = (8 * mean**2 + 16 * (1 - mean) ** 2) / 24
    assert interdaily_stability(hourly).value == pytest.approx(means / (mean * (1 - mean)))
    assert 1 < interdaily_stability(hourly).value < 1.1


@pytest.mark.parametrize("measure", [interdaily_stability, intradaily_variability, l5_m10])
def test_six_days_are_too_few(measure):
    figure = measure(np.tile(SINE[:24] if measure is not l5_m10 else STEP_DAY, 6))
    assert figure.reason == "too_few_nights"


def test_a_clock_hour_that_no_day_has_gives_no_stability():
    x = noisy()
    x[3::24] = np.nan
    figure = interdaily_stability(x)
    assert np.isnan(figure.value)
    assert figure.reason == "low_coverage"
    assert np.isfinite(intradaily_variability(x).value)
    assert l5_m10(x, epoch_min=60).reason == "low_coverage"


def test_under_seventy_percent_of_the_hours_there_is_no_figure():
    x = noisy()
    x[:80] = np.nan
    assert interdaily_stability(x).reason == "low_coverage"
    assert intradaily_variability(x).reason == "low_coverage"
    assert interdaily_stability(np.full(168, np.nan)).reason == "no_data"


def test_a_record_without_variation_has_no_rhythm():
    assert interdaily_stability(np.full(168, 0.1)).reason == "no_variation"
    assert np.isnan(relative_amplitude(l5_m10(np.zeros(168), epoch_min=60)))


def test_a_broken_day_and_an_odd_epoch_are_errors_that_say_so():
    with pytest.raises(ValueError, match="whole days of 24"):
        interdaily_stability(np.zeros(170))
    with pytest.raises(ValueError, match="epoch_min 7"):
        l5_m10(np.zeros(1440), epoch_min=7)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 200), min_size=168, max_size=168),
    st.integers(-50, 50),
    st.sampled_from([0.5, 2.0, 60.0]),
)
def test_neither_unit_nor_level_changes_stability_or_variability(values, shift, scale):
    x = np.array(values, float)
    for measure in (interdaily_stability, intradaily_variability):
        assert measure(scale * x + shift).value == pytest.approx(measure(x).value, rel=1e-6, nan_ok=True)
    assert -1e-9 <= interdaily_stability(x).value <= 1 + 1e-9 or len(set(values)) == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=168, max_size=168), st.permutations(range(7)))
def test_the_order_of_days_matters_neither_to_stability_nor_to_the_mean_day(values, order):
    x = np.array(values, float)
    mixed = x.reshape(7, 24)[list(order)].ravel()
    assert interdaily_stability(mixed).value == pytest.approx(interdaily_stability(x).value, nan_ok=True)
    here, there = l5_m10(x, epoch_min=60), l5_m10(mixed, epoch_min=60)
    assert (here.l5_onset_min, here.m10_onset_min) == (there.l5_onset_min, there.m10_onset_min)
    assert here.l5 <= x.mean() + 1e-9
    assert here.m10 >= x.mean() - 1e-9
