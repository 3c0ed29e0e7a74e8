import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.intervals import clopper_pearson_ci, cluster_bootstrap, poisson_rate_ci, wilson_ci
from analysis.pooled import dispersion, pooled_rate, pooled_share

residents = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=20)


@pytest.mark.parametrize(("k", "n"), [(81, 263), (15, 148), (0, 20), (1, 29)])
def test_a_share_of_one_resident_has_newcombes_limits(k, n):
    one = pooled_share(k, n)
    assert (one.value, one.residents, one.method) == (k / n, 1, "Wilson")
    assert (one.ci_low, one.ci_high) == (one.independent_low, one.independent_high) == wilson_ci(k, n)
    exact = pooled_share(k, n, interval="clopper_pearson")
    assert (exact.ci_low, exact.ci_high, exact.method) == (*clopper_pearson_ci(k, n), "Clopper-Pearson")


def test_single_counts_have_the_share_of_arrays_of_one():
    assert pooled_share(3, 10) == pooled_share(np.array([3]), np.array([10]))


def test_a_share_of_several_residents_resamples_residents_and_keeps_the_independent_limits_beside():
    k, n = np.array([9, 1, 0, 8, 1]), np.array([10, 10, 10, 10, 10])
    pooled = pooled_share(k, n)
    assert (pooled.value, pooled.k, pooled.n, pooled.residents) == (0.38, 19, 50, 5)
    assert pooled.method == "resident-cluster bootstrap, expanded percentile"
    assert (pooled.independent_low, pooled.independent_high) == wilson_ci(19, 50)
    assert pooled.ci_low < pooled.independent_low
    assert pooled.independent_high < pooled.ci_high


def test_from_fifteen_residents_on_the_interval_is_bca():
    random = np.random.default_rng(1)
    n = random.integers(5, 30, 15)
    assert pooled_share(random.binomial(n, 0.4), n).method == "resident-cluster bootstrap, expanded BCa"
    assert "percentile" in pooled_share(random.binomial(n, 0.4)[1:], n[1:]).method


def test_the_interval_is_that_of_the_ratio_of_sums_under_the_cluster_bootstrap():
    random = np.random.default_rng(2)
    n = random.integers(1, 30, 20)
    k = random.binomial(n, random.beta(1, 3, 20))
    (expected,) = cluster_bootstrap(lambda drawn: ((drawn @ k) / (drawn @ n))[:, None], 20)
    pooled = pooled_share(k, n)
    assert (pooled.ci_low, pooled.ci_high) == (expected.low, expected.high)


def test_residents_who_do_not_differ_leave_the_independent_limits():
    none = pooled_share(np.zeros(6), np.full(6, 10))
    assert (none.value, none.ci_low, none.ci_high, none.method) == (0, *wilson_ci(0, 60), "Wilson")


def test_a_share_of_nothing_is_unknown():
    nothing = pooled_share(0, 0)
    assert np.isnan([nothing.value, nothing.ci_low, nothing.ci_high]).all()
    assert nothing.residents == 0


@pytest.mark.parametrize(("k", "n", "said"), [(3, 2, "k = 3 is not among n = 2"), (-1, 2, "k = -1")])
def test_more_than_all_is_refused(k, n, said):
    with pytest.raises(ValueError, match=said):
        pooled_share(k, n)


def test_shapes_and_intervals_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="a place a resident"):
        pooled_share(np.array([1, 2]), 5)
    with pytest.raises(ValueError, match="wilson or clopper_pearson"):
        pooled_share(1, 5, interval="wald")


@given(residents, st.randoms())
@settings(max_examples=50)
def test_neither_the_order_of_residents_nor_who_has_nothing_changes_the_share(counts, random):
    k, n = (np.array(column) for column in zip(*((min(c), max(c)) for c in counts), strict=True))
    order = list(range(len(k)))
    random.shuffle(order)
    one = pooled_share(k, n, replicates=200)
    other = pooled_share(np.r_[k[order], 0], np.r_[n[order], 0], replicates=200)
    assert (one.k, one.n, one.residents) == (other.k, other.n, other.residents)
    if one.n:
        assert one.value == other.value
        assert one.independent_low <= one.value <= one.independent_high


def test_a_rate_of_one_device_is_garwoods():
    rate = pooled_rate(10, 100)
    assert (rate.value, rate.method) == (0.1, "Garwood exact Poisson")
    assert (rate.ci_low, rate.ci_high) == poisson_rate_ci(10, 100)
    assert math.isnan(rate.dispersion.phi)


def test_a_pooled_rate_says_how_far_residents_scatter():
    even = pooled_rate(np.array([5, 6, 4, 5]), np.full(4, 30.0))
    uneven = pooled_rate(np.array([20, 0, 0, 0]), np.full(4, 30.0))
    assert even.value == uneven.value
    assert (even.dispersion.overdispersed, uneven.dispersion.overdispersed) == (False, True)
    assert uneven.ci_high > uneven.independent_high


def test_dispersion_by_hand():
    # Two residents, equal time, 0 and 10 events: mu = 5 for each, 25/5 + 25/5 = 10, by 2 - 1.
    assert dispersion(np.array([0, 10]), np.array([7, 7])).phi == 10
    # Twice the time and twice the events is no scatter at all.
    assert dispersion(np.array([4, 8]), np.array([1, 2])).phi == 0
    # 6 and 2 in equal time: mu = 4, 1 + 1 = 2.
    assert dispersion(np.array([6, 2, 0]), np.array([3, 3, 0])).phi == 2


def test_dispersion_at_the_limit_is_not_above_it():
    # 3 and 0: mu = 1.5, phi = 3; with the limit at 3 it is not above.
    assert dispersion(np.array([3, 0]), np.array([1, 1]), limit=3).overdispersed is False
    assert dispersion(np.array([3, 0]), np.array([1, 1])).overdispersed is True


@given(st.lists(st.integers(0, 30), min_size=2, max_size=20), st.sampled_from([0.25, 24.0]))
@settings(max_examples=50)
def test_dispersion_does_not_depend_on_the_unit_of_time(events, unit):
    exposure = np.arange(1.0, len(events) + 1)
    one, other = dispersion(np.array(events), exposure), dispersion(np.array(events), exposure * unit)
    assert one.phi == pytest.approx(other.phi, nan_ok=True)


def test_dispersion_is_one_on_average_when_one_rate_holds_for_all():
    random = np.random.default_rng(4)
    exposure = random.uniform(10, 90, 30)
    found = [dispersion(random.poisson(0.3 * exposure), exposure).phi for _ in range(400)]
    assert np.mean(found) == pytest.approx(1, abs=0.05)


def test_events_without_exposure_are_refused():
    with pytest.raises(ValueError, match="resident 1: 3 events in an exposure of 0"):
        pooled_rate(np.array([1, 3]), np.array([5, 0]))


def test_of_few_residents_the_rate_s_logarithm_has_limits_by_a_jackknife():
    found = pooled_rate([1, 2, 7], [10, 10, 10])
    without = np.log([9 / 20, 8 / 20, 3 / 20])
    se = np.sqrt(2 / 3 * ((without - without.mean()) ** 2).sum())
    reach = 4.302652729911275 * se  # Student's t of two degrees of freedom
    assert found.value == pytest.approx(1 / 3)
    assert found.ci_low == pytest.approx(np.exp(-reach) / 3)
    assert found.ci_high == pytest.approx(np.exp(reach) / 3)
    assert found.method.startswith("log rate")


def test_a_rate_that_rests_on_one_resident_has_no_logarithm_without_that_one():
    found = pooled_rate([0, 0, 7], [10, 10, 10])
    assert found.method.startswith("resident-cluster bootstrap")
