import numpy as np
import pytest
from scipy import stats

from analysis.intervals import cluster_bootstrap, poisson_rate_ci, wilson_ci


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_newcombe_1998(k, n, low, high):
    assert wilson_ci(k, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_wilson_agrees_with_statsmodels():
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    for k, n in np.random.default_rng(2).integers(1, 200, (50, 2)):
        k, n = min(k, n), max(k, n)
        assert wilson_ci(k, n) == pytest.approx(
            proportion.proportion_confint(k, n, method="wilson"), abs=1e-12
        )


def test_wilson_of_nothing_is_unknown():
    assert np.isnan(wilson_ci(0, 0)).all()


@pytest.mark.parametrize(
    ("k", "low", "high"), [(0, 0, 3.6889), (1, 0.02532, 5.57164), (10, 4.79539, 18.39036)]
)
def test_poisson_garwood_1936(k, low, high):
    assert poisson_rate_ci(k) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_poisson_rate_is_per_unit_of_exposure():
    assert poisson_rate_ci(10, 100) == pytest.approx(np.array(poisson_rate_ci(10)) / 100)


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
    peer = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(5)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((peer.low, peer.high), rel=0.02)


def test_one_cluster_has_no_interval():
    assert np.isnan(cluster_bootstrap(weighted_mean(np.ones(1)), 1)[0].low)


def test_a_figure_that_some_replicates_do_not_reach_has_an_open_upper_end():
    def not_reached_without_the_first(weights):
        return np.where(weights[:, :1] > 0, 5.0, np.inf)

    (interval,) = cluster_bootstrap(not_reached_without_the_first, 20)
    assert (interval.low, interval.high, interval.method) == (5.0, np.inf, "percentile")
