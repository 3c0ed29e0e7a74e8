import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.reduction import IN_CACHE, epoch_extremes, epoch_reduce, median, rolling_mean, rolling_std

NUMPY = {
    "mean": np.mean,
    "sum": np.sum,
    "std": np.std,
    "min": np.min,
    "max": np.max,
    "range": np.ptp,
}


def load(n, seed=1):
    return 100 + np.cumsum(np.random.default_rng(seed).normal(0, 0.1, n))


@pytest.mark.parametrize("statistic", NUMPY)
@pytest.mark.parametrize("per_epoch", [1, 10, 60, 3600])
def test_epochs_are_those_of_numpy_also_over_many_pieces(statistic, per_epoch):
    x = load(3 * IN_CACHE + 61)
    whole = len(x) // per_epoch * per_epoch
    expected = NUMPY[statistic](x[:whole].reshape(-1, per_epoch), axis=1)
    assert epoch_reduce(x, per_epoch, statistic) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("per_epoch", [1, 10, 3600])
def test_extremes_are_the_lowest_and_highest_of_every_whole_epoch(per_epoch):
    x = load(3 * IN_CACHE + 61)
    low, high = epoch_extremes(x, per_epoch)
    assert np.array_equal(low, epoch_reduce(x, per_epoch, "min"))
    assert np.array_equal(high, epoch_reduce(x, per_epoch, "max"))


@pytest.mark.parametrize("statistic", NUMPY)
def test_samples_that_are_missing_are_left_out(statistic):
    x = load(600)
    x[np.random.default_rng(2).random(600) < 0.3] = np.nan
    x[120:180] = np.nan
    expected = [
        NUMPY[statistic](known) if len(known := epoch[np.isfinite(epoch)]) else np.nan
        for epoch in x.reshape(-1, 60)
    ]
    assert epoch_reduce(x, 60, statistic) == pytest.approx(np.array(expected), nan_ok=True)


@pytest.mark.parametrize("statistic", NUMPY)
def test_an_epoch_needs_as_many_samples_as_asked_for(statistic):
    x = load(30)
    x[10:16] = x[20:27] = np.nan
    found = epoch_reduce(x, 10, statistic, at_least=4)
    assert np.isnan(found).tolist() == [False, False, True]


def test_a_spread_of_samples_needs_two():
    x = np.array([1.0, np.nan, np.nan, 4.0, 6.0, np.nan])
    assert np.isnan(epoch_reduce(x, 3, "std", ddof=1)[0])
    assert epoch_reduce(x, 3, "std", ddof=1)[1] == pytest.approx(np.sqrt(2))
    assert np.isnan(epoch_reduce(np.ones(3), 1, "std", ddof=1)).all()


def test_single_precision_is_reduced_in_double():
    x = np.full(6000, 123.456, np.float32)
    assert epoch_reduce(x, 6000)[0] == pytest.approx(float(np.float32(123.456)), abs=1e-12)
    assert epoch_reduce(x, 6000, "std")[0] == pytest.approx(0, abs=1e-9)


def test_what_is_over_after_the_last_whole_epoch_is_not_used():
    assert epoch_reduce(np.arange(11.0), 5).tolist() == [2, 7]
    assert len(epoch_reduce(np.arange(3.0), 5)) == 0


def test_an_epoch_of_nothing_and_an_unknown_statistic_are_errors():
    with pytest.raises(ValueError, match="per_epoch is 0"):
        epoch_reduce(np.zeros(3), 0)
    with pytest.raises(ValueError, match='"median": choose one of mean'):
        epoch_reduce(np.zeros(3), 1, "median")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="window is 0"):
        rolling_mean(np.zeros(3), 0)


@pytest.mark.parametrize("window", [1, 7, 60])
@pytest.mark.parametrize("at_least", [None, 1, 5])
def test_rolling_figures_are_those_of_pandas(window, at_least):
    pandas = pytest.importorskip("pandas")
    x = load(IN_CACHE + 100)
    x[np.random.default_rng(3).random(len(x)) < 0.05] = np.nan
    x[1000:1200] = np.nan
    fewest = None if at_least is None else min(at_least, window)
    windows = pandas.Series(x).rolling(window, min_periods=fewest)
    mean, spread = rolling_mean(x, window, at_least=fewest), rolling_std(x, window, at_least=fewest, ddof=1)
    np.testing.assert_allclose(mean, windows.mean(), atol=1e-9)
    np.testing.assert_allclose(spread, windows.std(), atol=1e-6)


def test_a_jump_of_seventy_kilograms_does_not_blur_the_stillness_after_it():
    x = np.r_[np.full(500, 42.0), np.full(500, 112.0)]
    x[::2] += 0.1
    assert rolling_std(x, 60)[[400, 900]] == pytest.approx([0.05, 0.05], abs=1e-7)


def test_a_window_longer_than_the_record_is_never_full():
    assert np.isnan(rolling_mean(np.ones(5), 6)).all()
    assert rolling_mean(np.arange(4.0), 6, at_least=1).tolist() == [0, 0.5, 1, 1.5]
    assert len(rolling_mean(np.empty(0), 3)) == 0


series = st.lists(st.floats(-100, 100) | st.just(np.nan), min_size=1, max_size=60)


@settings(max_examples=50, deadline=None)
@given(series, st.integers(1, 12), st.floats(-50, 50), st.sampled_from([0.5, 2.0, 60.0]))
def test_shift_and_scale_pass_through_an_epoch_and_a_window(values, size, shift, scale):
    x = np.array(values)
    moved = scale * x + shift
    np.testing.assert_allclose(epoch_reduce(moved, size), scale * epoch_reduce(x, size) + shift, atol=1e-6)
    np.testing.assert_allclose(rolling_mean(moved, size), scale * rolling_mean(x, size) + shift, atol=1e-6)
    spread = epoch_reduce(x, size, "std")
    np.testing.assert_allclose(epoch_reduce(moved, size, "std"), scale * spread, atol=1e-4)


@settings(max_examples=50, deadline=None)
@given(series, st.integers(1, 12))
def test_a_mean_lies_within_the_range_of_its_epoch(values, size):
    x = np.array(values)
    low, mean, high = (epoch_reduce(x, size, each) for each in ("min", "mean", "max"))
    known = np.isfinite(mean)
    assert (low[known] - 1e-9 <= mean[known]).all()
    assert (mean[known] <= high[known] + 1e-9).all()
    assert epoch_reduce(x, size, "range")[known] == pytest.approx((high - low)[known])


@given(
    st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=40),
    st.sampled_from([np.float32, np.float64]),
)
def test_the_median_by_sorting_is_that_of_numpy_to_the_last_bit(values, dtype):
    x = np.array(values, dtype)
    assert median(x) == float(np.median(x))
