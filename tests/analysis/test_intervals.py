import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.intervals import (
    clopper_pearson_ci,
    cluster_bootstrap,
    poisson_rate_ci,
    quantile_ci,
    rate_ratio_ci,
    wilson_ci,
)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_newcombe_1998(k, n, low, high):
    assert wilson_ci(k, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_wilson_agrees_with_statsmodels():
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    drawn = np.random.default_rng(2).integers(1, 200, (50, 2))
    k, n = drawn.min(axis=1), drawn.max(axis=1)
    for ours, peer in zip(wilson_ci(k, n), proportion.proportion_confint(k, n, method="wilson"), strict=True):
        assert ours == pytest.approx(peer, abs=1e-12)


def test_wilson_of_nothing_is_unknown():
    assert np.isnan(wilson_ci(0, 0)).all()


@pytest.mark.parametrize(
    ("k", "low", "high"), [(0, 0, 3.6889), (1, 0.02532, 5.57164), (10, 4.79539, 18.39036)]
)
def test_poisson_garwood_1936(k, low, high):
    assert poisson_rate_ci(k) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_poisson_rate_is_per_unit_of_exposure():
    assert poisson_rate_ci(10, 100) == pytest.approx(np.array(poisson_rate_ci(10)) / 100)
    assert np.isnan(poisson_rate_ci(10, 0)).all()


@pytest.mark.parametrize("interval", [wilson_ci, clopper_pearson_ci, poisson_rate_ci])
def test_arrays_are_answered_place_by_place_and_numbers_with_numbers(interval):
    k, n = np.array([[0, 3, 7], [1, 7, 0]]), np.array([5, 7, 7])
    low, high = interval(k, n, 0.9)
    assert low.shape == high.shape == (2, 3)
    for place, events in np.ndenumerate(k):
        alone = interval(int(events), int(n[place[1]]), 0.9)
        assert (low[place], high[place]) == alone
        assert {type(limit) for limit in alone} == {float}


@pytest.mark.parametrize("interval", [wilson_ci, clopper_pearson_ci, poisson_rate_ci])
def test_an_array_is_unknown_only_where_there_is_nothing(interval):
    low, high = interval(np.array([0, 1]), np.array([0, 4]))
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, False]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=1, max_size=20))
@settings(max_examples=50)
def test_every_interval_holds_its_estimate(counts):
    k, n = (np.array(column) for column in zip(*((min(c), max(c)) for c in counts), strict=True))
    for interval in (wilson_ci, clopper_pearson_ci, poisson_rate_ci):
        low, high = interval(k, n)
        assert ((low <= k / n) & (k / n <= high)).all()


def weighted_mean(values):
    return lambda weights: (weights @ values / weights.sum(axis=1))[:, None]


def test_under_fifteen_clusters_the_interval_is_a_percentile_interval_and_says_so():
    assert cluster_bootstrap(weighted_mean(np.arange(14.0)), 14)[0].method == "percentile"
    assert cluster_bootstrap(weighted_mean(np.arange(15.0)), 15)[0].method == "bca"


def test_the_same_data_give_the_same_interval():
    values = np.random.default_rng(3).exponential(size=30)
    assert cluster_bootstrap(weighted_mean(values), 30) == cluster_bootstrap(weighted_mean(values), 30)


def test_bca_agrees_with_scipy():
    values = np.random.default_rng(4).exponential(size=40)
    (ours,) = cluster_bootstrap(weighted_mean(values), 40, replicates=20_000)
    # Where our limits lie further out, for 40 scatter less than those they were drawn from.
    expanded = 2 * stats.norm.cdf(stats.t.ppf(0.975, 39) * np.sqrt(40 / 39)) - 1
    peer = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=20_000,
        method="BCa",
        confidence_level=expanded,
        rng=np.random.default_rng(5),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((peer.low, peer.high), rel=0.02)


def test_few_clusters_reach_as_far_as_t_does():
    values = np.linspace(-1, 1, 12)
    (found,) = cluster_bootstrap(weighted_mean(values), 12, replicates=20_000)
    reach = stats.t.ppf(0.975, 11) * values.std(ddof=1) / np.sqrt(12)
    assert (found.low, found.high) == pytest.approx((-reach, reach), abs=0.02)


def test_one_cluster_has_no_interval():
    assert np.isnan(cluster_bootstrap(weighted_mean(np.ones(1)), 1)[0].low)


def test_a_figure_that_some_replicates_do_not_reach_has_an_open_upper_end():
    def not_reached_without_the_first(weights):
        return np.where(weights[:, :1] > 0, 5.0, np.inf)

    (interval,) = cluster_bootstrap(not_reached_without_the_first, 20)
    assert (interval.low, interval.high, interval.method) == (5.0, np.inf, "percentile")


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_clopper_pearson_newcombe_1998(k, n, low, high):
    assert clopper_pearson_ci(k, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_clopper_pearson_of_nothing_is_unknown_and_of_all_ends_at_one():
    assert np.isnan(clopper_pearson_ci(0, 0)).all()
    assert clopper_pearson_ci(20, 20) == pytest.approx((1 - clopper_pearson_ci(0, 20)[1], 1))


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=50)
def test_clopper_pearson_agrees_with_scipy_and_holds_the_share(k, more, confidence):
    n = k + more + 1
    low, high = clopper_pearson_ci(k, n, confidence)
    peer = stats.binomtest(k, n).proportion_ci(confidence, method="exact")
    assert (low, high) == pytest.approx((peer.low, peer.high), abs=1e-10)
    assert low <= k / n <= high


def test_ten_against_three_events_in_equal_time():
    ratio = rate_ratio_ci(10, 100, 3, 100)
    assert ratio.value == pytest.approx(10 / 3)
    assert (ratio.ci_low, ratio.ci_high) == (pytest.approx(0.8583, abs=5e-5), pytest.approx(18.849, abs=5e-4))
    assert ratio.p == pytest.approx(2 * stats.binom.sf(9, 13, 0.5))


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from([0.5, 3.0, 24.0]))
@settings(max_examples=50)
def test_a_rate_ratio_turned_round_is_its_inverse_in_any_unit_of_time(first, second, unit):
    one, other = rate_ratio_ci(first, 30, second, 90), rate_ratio_ci(second, 90 * unit, first, 30 * unit)
    assert one.p == pytest.approx(other.p)
    if first and second:
        assert (one.ci_low, one.ci_high) == pytest.approx((1 / other.ci_high, 1 / other.ci_low))
        assert one.ci_low <= one.value <= one.ci_high
        # Interval and test are the same thing said twice.
        assert (one.p < 0.05) == (not one.ci_low <= 1 <= one.ci_high)


def test_no_events_leave_one_or_both_ends_of_the_ratio_open():
    assert (rate_ratio_ci(4, 10, 0, 10).value, rate_ratio_ci(4, 10, 0, 10).ci_high) == (np.inf, np.inf)
    assert (rate_ratio_ci(0, 10, 4, 10).value, rate_ratio_ci(0, 10, 4, 10).ci_low) == (0, 0)
    nothing = rate_ratio_ci(0, 10, 0, 10)
    assert np.isnan(nothing.value)
    assert (nothing.ci_low, nothing.ci_high, nothing.p) == (0, np.inf, 1)


def test_a_rate_needs_exposure():
    with pytest.raises(ValueError, match=r"exposures 0 and 10"):
        rate_ratio_ci(1, 0, 1, 10)


@pytest.mark.parametrize(("share", "low", "high"), [(0.5, 40, 61), (0.9, 84, 96), (0.95, 90, 100)])
def test_the_ranks_of_a_quantile_of_a_hundred_values(share, low, high):
    interval = quantile_ci(np.random.default_rng(1).permutation(np.arange(1, 101.0)), share)
    assert (interval.ci_low, interval.ci_high) == (interval.low_rank, interval.high_rank) == (low, high)
    assert interval.level >= 0.95


@pytest.mark.parametrize(("share", "fewest"), [(0.5, 6), (0.9, 36), (0.95, 72)])
def test_a_quantile_has_an_upper_limit_from_so_many_values_on(share, fewest):
    assert quantile_ci(np.arange(float(fewest)), share).ci_high == fewest - 1
    assert quantile_ci(np.arange(fewest - 1.0), share).ci_high == np.inf


@pytest.mark.parametrize("seed", range(5))
def test_a_quantile_interval_agrees_with_scipy(seed):
    random = np.random.default_rng(seed)
    values, share = random.exponential(60, random.integers(3, 120)), random.choice([0.5, 0.75, 0.9])
    peer = stats.quantile_test(values, p=share).confidence_interval(0.95)
    ours = quantile_ci(values, share)
    # SciPy says NaN where no value bounds the quantile; we say which way it is open.
    assert ours.ci_low == (-np.inf if np.isnan(peer.low) else peer.low)
    assert ours.ci_high == (np.inf if np.isnan(peer.high) else peer.high)


def test_missing_values_take_no_part_in_a_quantile():
    values = np.arange(20.0)
    assert quantile_ci(np.r_[values, np.nan], 0.5) == quantile_ci(values, 0.5)
    assert np.isnan(quantile_ci(np.array([np.nan]), 0.5).value)


@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=60), st.integers(-9, 9), st.sampled_from([0.5, 8.0])
)
@settings(max_examples=50)
def test_a_quantile_and_its_limits_follow_shift_and_unit(values, shift, unit):
    one = quantile_ci(np.array(values, float), 0.75)
    other = quantile_ci(np.array(values[::-1], float) * unit + shift, 0.75)
    assert one.ci_low <= one.value <= one.ci_high
    assert (other.value, other.ci_low, other.ci_high) == (
        one.value * unit + shift,
        one.ci_low * unit + shift,
        one.ci_high * unit + shift,
    )
