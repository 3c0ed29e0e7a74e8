import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.pairwise_slopes import ALL_KEPT_UP_TO, ordered_slopes
from analysis.trend import theil_sen


def _all(t, y):
    early, late = np.triu_indices(len(t), 1)
    run = t[late] - t[early]
    return np.sort((y[late] - y[early])[run > 0] / run[run > 0])


def _noise(n, seed=1):
    return np.random.default_rng(seed).normal(0, 0.4, n)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-50, 50)), min_size=2, max_size=150))
def test_a_short_series_has_all_its_slopes_in_order(points):
    t, y = (np.array(each, float) for each in zip(*sorted(points), strict=True))
    slopes = ordered_slopes(t, y, reach=0)
    assert (slopes.below, slopes.number) == (0, len(_all(t, y)))
    assert np.array_equal(slopes.values, _all(t, y))


@pytest.mark.parametrize("n", [ALL_KEPT_UP_TO + 1, 1000])
@pytest.mark.parametrize("kind", ["even", "uneven", "twice", "rounded", "level"])
def test_of_a_long_series_the_slopes_near_the_middle_have_their_ranks(n, kind):
    t, y = np.arange(n, dtype=float), 70 + _noise(n)
    if kind == "uneven":
        t = np.sort(np.random.default_rng(2).uniform(0, n, n))
    elif kind == "twice":
        t = np.sort(np.random.default_rng(2).integers(0, n // 2, n)).astype(float)
    elif kind == "rounded":
        y = np.round(y)
    elif kind == "level":
        y[:] = 70
    expected, slopes = _all(t, y), ordered_slopes(t, y, reach=1000)
    middle = len(expected) // 2
    assert slopes.number == len(expected)
    assert slopes.holds(middle - 1000, middle + 1000)
    assert slopes.median() == np.median(expected)
    for rank in (middle - 1000, middle + 1000):
        assert slopes.at(rank) == expected[rank - 1]


def test_ranks_as_far_as_the_ends_are_held_when_asked_for():
    t, y = np.arange(700.0), _noise(700)
    slopes = ordered_slopes(t, y, reach=700 * 699 / 2)
    assert np.array_equal(slopes.values, _all(t, y))


def test_points_at_one_time_have_no_slope():
    assert ordered_slopes(np.zeros(5), np.arange(5.0), reach=1).number == 0
    assert ordered_slopes(np.zeros(700), np.arange(700.0), reach=1).number == 0


def test_ten_years_of_nights_take_less_memory_than_their_slopes():
    n = 3650
    t, y = np.arange(n, dtype=float), 70 + _noise(n)
    tracemalloc.start()
    theil_sen(t, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60e6


def test_a_long_series_has_the_trend_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    t, y = np.arange(900.0), 70 - 0.01 * np.arange(900.0) + _noise(900)
    ours, theirs = theil_sen(t, y, autocorr=False), stats.theilslopes(y, t)
    assert (ours.slope, ours.ci_low) == pytest.approx((theirs.slope, theirs.low_slope), abs=1e-12)
