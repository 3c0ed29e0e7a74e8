import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.difference_in_differences import (
    DRAWN,
    ENUMERATED,
    EXCHANGEABLE,
    PARALLEL,
    ROBUST,
    TOO_FEW,
    difference_in_differences,
    parallel_trends,
)


def wards(treated, comparison, *, rows=20, seed=0, effect=0.5):
    """Rows of clusters whose levels and changes differ; the treated come first."""
    random = np.random.default_rng(seed)
    clusters = treated + comparison
    cluster = np.repeat(np.arange(clusters), rows)
    got_it, post = cluster < treated, np.tile(np.arange(rows) >= rows // 2, clusters)
    level, change = random.normal(size=(2, clusters))
    y = level[cluster] + (change[cluster] + effect * got_it) * post + random.normal(size=len(cluster))
    return y, cluster, got_it, post


def test_card_and_krueger_1994_employment_in_new_jersey_and_pennsylvania():
    # Table 3: full-time equivalents in restaurants before and after New Jersey raised its minimum wage.
    y = np.array([20.44, 21.03, 23.33, 21.17])
    found = difference_in_differences(
        y, np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0], bool), np.arange(4) % 2 == 1
    )
    assert found.estimate == pytest.approx(2.75)
    assert found.means == pytest.approx(np.array([[23.33, 21.17], [20.44, 21.03]]))


@pytest.mark.parametrize("seed", range(3))
def test_many_clusters_agree_with_statsmodels(seed):
    sm = pytest.importorskip("statsmodels.api")
    y, cluster, treated, post = wards(14, 17, seed=seed)
    keep = np.random.default_rng(seed).random(len(y)) < 0.7
    y, cluster, treated, post = y[keep], cluster[keep], treated[keep], post[keep]
    design = np.column_stack([np.ones(len(y)), treated, post, treated & post]).astype(float)
    # statsmodels takes the normal distribution unless told to use t; it then has G - 1 too.
    peer = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
    found = difference_in_differences(y, cluster, treated, post)
    assert (found.method, found.replicates, found.assumptions) == (ROBUST, 0, (PARALLEL,))
    assert (found.estimate, found.se, found.p) == pytest.approx(
        (peer.params[3], peer.bse[3], peer.pvalues[3])
    )
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(peer.conf_int()[3]))
    assert (found.n, found.clusters_treated, found.clusters_comparison, found.df) == (len(y), 14, 17, 30)


@pytest.mark.parametrize(("treated", "comparison"), [(9, 10), (9, 40), (4, 20), (25, 9)])
def test_few_clusters_or_a_small_group_are_judged_by_permutation(treated, comparison):
    found = difference_in_differences(*wards(treated, comparison), replicates=999)
    assert (found.method, found.replicates) == (DRAWN, 999)
    assert EXCHANGEABLE in found.assumptions
    assert (TOO_FEW in found.assumptions) == (treated < 5)
    assert found.ci_low < found.estimate < found.ci_high


@pytest.mark.parametrize("seed", range(3))
def test_with_equal_rows_it_is_scipys_permutation_of_the_clusters_changes(seed):
    y, cluster, treated, post = wards(5, 6, seed=seed)
    change = np.array([y[(cluster == c) & post].mean() - y[(cluster == c) & ~post].mean() for c in range(11)])

    def absolute(first, second, axis):
        return np.abs(first.mean(axis=axis) - second.mean(axis=axis))

    peer = stats.permutation_test(
        (change[:5], change[5:]), absolute, n_resamples=np.inf, alternative="greater", vectorized=True
    )
    found = difference_in_differences(y, cluster, treated, post)
    assert (found.method, found.replicates) == (ENUMERATED, 462)
    assert found.p == pytest.approx(peer.pvalue)


@pytest.mark.parametrize(("arms", "seed"), [((5, 6), 0), ((6, 6), 1), ((4, 12), 2), ((8, 9), 3)])
def test_the_permutation_interval_holds_the_effects_that_are_not_rejected(arms, seed):
    y, cluster, treated, post = wards(*arms, seed=seed)
    keep = np.random.default_rng(seed).random(len(y)) < 0.6
    y, cluster, treated, post = y[keep], cluster[keep], treated[keep], post[keep]
    found = difference_in_differences(y, cluster, treated, post)

    def p_of(effect):
        return difference_in_differences(y - effect * (treated & post), cluster, treated, post).p

    assert p_of(found.ci_low - 1e-6) <= 0.05 < p_of(found.ci_low + 1e-6)
    assert p_of(found.ci_high + 1e-6) <= 0.05 < p_of(found.ci_high - 1e-6)


def test_too_few_permutations_bound_nothing():
    found = difference_in_differences(*wards(3, 3, effect=50))
    assert (found.p, found.ci_low, found.ci_high) == (0.1, -np.inf, np.inf)
    assert np.isfinite(found.se)


def test_one_cluster_in_a_group_has_no_robust_error():
    found = difference_in_differences(*wards(1, 30))
    assert np.isnan(found.se)
    assert found.method == ENUMERATED
    assert found.p >= 1 / 31


def test_permutations_that_leave_a_phase_empty_are_not_counted():
    y, cluster, treated, post = wards(2, 8)
    keep = (cluster > 3) | (cluster == 0) | ~post  # clusters 1, 2 and 3 left before the second phase
    found = difference_in_differences(y[keep], cluster[keep], treated[keep], post[keep])
    assert found.replicates == 45 - 3
    assert np.isfinite(found.p)


def test_missing_values_and_unused_numbers_are_left_out():
    y, cluster, treated, post = wards(12, 12, seed=4)
    holes = y.copy()
    holes[::7] = np.nan
    kept = np.isfinite(holes)
    one = difference_in_differences(holes, cluster * 3 + 5, treated, post)
    other = difference_in_differences(y[kept], cluster[kept], treated[kept], post[kept])
    assert (one.estimate, one.ci_low, one.n, one.df) == (other.estimate, other.ci_low, other.n, 23)


def test_without_values_in_a_phase_there_is_no_estimate():
    y, cluster, treated, post = wards(12, 12)
    for keep in (~post, ~treated, post | treated, np.zeros(len(y), bool)):
        found = difference_in_differences(y[keep], cluster[keep], treated[keep], post[keep])
        assert np.isnan([found.estimate, found.se, found.ci_low, found.p]).all()


def test_a_cluster_in_both_groups_is_refused():
    y, cluster, treated, post = wards(12, 12)
    treated[0] = False
    with pytest.raises(ValueError, match="cluster 0 stands in both groups"):
        difference_in_differences(y, cluster, treated, post)
    with pytest.raises(ValueError, match="number them from 0 up"):
        difference_in_differences(y, cluster - 1, treated, post)
    with pytest.raises(ValueError, match="number them from 0 up"):
        difference_in_differences(y, cluster * 1_000_000, treated, post)


def test_four_of_twenty_four_are_held_as_often_as_said():
    runs = 300
    held = 0
    for seed in range(runs):
        found = difference_in_differences(*wards(4, 20, rows=6, seed=seed), replicates=499)
        held += found.ci_low <= 0.5 <= found.ci_high
    assert 0.91 <= held / runs <= 0.985


def test_twelve_and_twelve_are_held_as_often_as_said():
    hits = [
        (found := difference_in_differences(*wards(12, 12, rows=6, seed=seed))).ci_low <= 0.5 <= found.ci_high
        for seed in range(500)
    ]
    assert 0.92 <= np.mean(hits) <= 0.98


@given(st.integers(0, 99), st.sampled_from([(12, 11), (4, 5)]), st.sampled_from([0.25, 60.0]), st.randoms())
@settings(max_examples=30, deadline=None)
def test_neither_origin_unit_nor_order_changes_the_effect(seed, arms, unit, shuffled):
    y, cluster, treated, post = wards(*arms, seed=seed, rows=8)
    order = np.array(shuffled.sample(range(len(y)), len(y)))
    one = difference_in_differences(y, cluster, treated, post)
    other = difference_in_differences(y[order] * unit + 7, cluster[order], treated[order], post[order])
    assert one.ci_low <= one.estimate <= one.ci_high
    assert (other.estimate, other.ci_low, other.ci_high) == pytest.approx(
        (one.estimate * unit, one.ci_low * unit, one.ci_high * unit), abs=1e-9
    )
    swapped = difference_in_differences(y, cluster, ~treated, post)
    assert (swapped.estimate, swapped.p) == pytest.approx((-one.estimate, one.p))


def baseline(slope, seed=0):
    """Twelve and twelve residents for ten weeks before the product; the treated rise by `slope` more."""
    random = np.random.default_rng(seed)
    cluster, t = np.repeat(np.arange(24), 10), np.tile(np.arange(10.0), 24)
    treated = cluster < 12
    return (
        t,
        random.normal(size=24)[cluster] + slope * t * treated + random.normal(size=240),
        cluster,
        treated,
    )


def test_groups_that_moved_alike_before_pass_the_placebo():
    found = parallel_trends(*baseline(0.0))
    assert found.at == 5
    assert found.placebo.ci_low < 0 < found.placebo.ci_high


def test_groups_that_drew_apart_before_fail_the_placebo():
    found = parallel_trends(*baseline(0.3))
    assert found.placebo.ci_low > 0
    assert found.placebo.estimate == pytest.approx(0.3 * 5, abs=0.6)


def test_both_groups_are_there_to_be_drawn():
    t, y, cluster, treated = baseline(0.3)
    y[treated & (t == 4)] = np.nan
    found = parallel_trends(t, y, cluster, treated, at=3)
    assert found.times.tolist() == list(range(10))
    assert found.treated[6] == pytest.approx(y[treated & (t == 6)].mean())
    assert found.comparison[4] == pytest.approx(y[~treated & (t == 4)].mean())
    assert np.isnan(found.treated[4])
    expected = difference_in_differences(y, cluster, treated, t >= 3)
    assert (found.at, found.placebo.estimate) == (3, expected.estimate)


def test_a_baseline_without_rows_is_refused():
    nothing = np.zeros(0)
    with pytest.raises(ValueError, match="baseline has no rows"):
        parallel_trends(nothing, nothing, nothing.astype(int), nothing.astype(bool))
