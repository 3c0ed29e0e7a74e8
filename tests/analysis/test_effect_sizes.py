import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.effect_sizes import bca_ci, cliffs_delta, hedges_g, hedges_g_paired

# Hollander & Wolfe 1973, p. 29 f.: Hamilton depression scale before less after tranquilliser.
RELIEF = np.array([0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01])

SIX, SEVEN = np.array([5.0, 7, 8, 9, 12, 13]), np.array([3.0, 4, 6, 6, 8, 9, 11])


def test_hedges_g_of_six_and_seven():
    effect = hedges_g(SIX, SEVEN)
    assert effect.value == pytest.approx(0.7295750, abs=5e-8)
    assert (effect.ci_low, effect.ci_high) == pytest.approx((-0.344, 1.773), abs=5e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_noncentral_limits_are_those_of_scipys_distribution(seed):
    random = np.random.default_rng(seed)
    first, second = random.normal(seed, 1, 12), random.normal(0, 2, 20)
    effect, scale = hedges_g(first, second), np.sqrt(1 / 12 + 1 / 20) * (1 - 3 / (4 * 30 - 1))
    t = stats.ttest_ind(first, second).statistic
    assert stats.nct.cdf(t, 30, effect.ci_low / scale) == pytest.approx(0.975)
    assert stats.nct.cdf(t, 30, effect.ci_high / scale) == pytest.approx(0.025)
    assert effect.ci_low < effect.value < effect.ci_high


def test_a_paired_effect_is_in_the_spread_of_the_differences():
    effect = hedges_g_paired(RELIEF)
    d = RELIEF.mean() / RELIEF.std(ddof=1)
    assert effect.value == pytest.approx(d * (1 - 3 / (4 * 8 - 1)))
    # Interval and t test are the same thing said twice.
    assert (effect.ci_low > 0) == (stats.ttest_1samp(RELIEF, 0).pvalue < 0.05)


@pytest.mark.parametrize("seed", range(4))
def test_effect_sizes_agree_with_pingouin(seed):
    pingouin = pytest.importorskip("pingouin")
    random = np.random.default_rng(seed)
    first, second = random.normal(seed, 1, 12).round(1), random.normal(0, 2, 20).round(1)
    g = pingouin.compute_effsize(first, second, eftype="hedges")
    superior = pingouin.compute_effsize(first, second, eftype="cles")
    of_differences = pingouin.compute_effsize(first, 0, eftype="hedges")
    assert hedges_g(first, second).value == pytest.approx(g)
    assert cliffs_delta(first, second).value == pytest.approx(2 * superior - 1)
    assert hedges_g_paired(first).value == pytest.approx(of_differences)


def test_a_paired_effect_is_not_in_the_spread_of_levels_as_pingouins_is():
    pingouin = pytest.importorskip("pingouin")
    before = 10.0 * np.arange(9)
    after = before + RELIEF
    # Residents differ far more than any changes: by the spread of levels nothing has happened.
    assert pingouin.compute_effsize(after, before, paired=True, eftype="hedges") < 0.05
    assert hedges_g_paired(RELIEF).value > 0.9


def test_without_spread_or_values_there_is_no_standardised_effect():
    assert np.isnan(hedges_g(np.ones(4), np.ones(5)).value)
    assert np.isnan(hedges_g(np.array([1.0, np.nan]), SEVEN).value)
    assert np.isnan(hedges_g_paired(np.array([2.0])).value)
    assert np.isnan(hedges_g_paired(np.array([2.0, 3.0])).value)


def test_what_rounding_leaves_of_equal_values_is_no_spread():
    alike = np.array([0.3 - 0.1, 0.2, 0.5 - 0.3, 0.7 - 0.5])
    assert 0 < alike.std() < 1e-15
    assert np.isnan(hedges_g_paired(alike).value)
    assert np.isnan(hedges_g(alike, alike + 1).value)


def test_the_interval_of_an_effect_far_out_is_as_wide_as_the_spread_is_unknown():
    effect = hedges_g_paired(1e6 + np.array([-1.0, 0.0, 1.0]))
    reach = np.sqrt(stats.chi2.ppf([0.025, 0.975], 2) / 2)
    assert (effect.ci_low, effect.ci_high) == pytest.approx(tuple(effect.value * reach), rel=1e-3)


def test_cliffs_delta_of_six_and_seven():
    effect = cliffs_delta(SIX, SEVEN)
    assert effect.value == pytest.approx(0.4285714, abs=5e-8)
    u = stats.mannwhitneyu(SIX, SEVEN).statistic
    assert effect.value == pytest.approx(2 * u / 42 - 1)


@pytest.mark.parametrize("seed", range(4))
def test_cliffs_interval_is_his_formula_on_the_whole_table_of_pairs(seed):
    random = np.random.default_rng(seed)
    first, second = random.integers(0, 9, 12).astype(float), random.integers(2, 11, 15).astype(float)
    table = np.sign(first[:, None] - second[None, :])
    delta, z = table.mean(), stats.norm.ppf(0.975)
    variance = (
        15**2 * ((table.mean(axis=1) - delta) ** 2).sum()
        + 12**2 * ((table.mean(axis=0) - delta) ** 2).sum()
        - ((table - delta) ** 2).sum()
    ) / (12 * 15 * 11 * 14)
    middle, width = delta - delta**3, 1 - delta**2 + z**2 * variance
    reach = z * np.sqrt(variance * ((1 - delta**2) ** 2 + z**2 * variance))
    effect = cliffs_delta(first, second)
    assert (effect.value, effect.ci_low, effect.ci_high) == pytest.approx(
        (delta, (middle - reach) / width, (middle + reach) / width)
    )


def test_complete_separation_has_an_interval_that_ends_at_one():
    effect = cliffs_delta(np.arange(10.0, 20), np.arange(8.0))
    assert (effect.value, effect.ci_high) == (1, 1)
    assert 0 < effect.ci_low < 1
    assert cliffs_delta(np.arange(8.0), np.arange(10.0, 20)).ci_high == -effect.ci_low


numbers = st.lists(st.integers(-20, 20), min_size=3, max_size=15)


@given(numbers, numbers, st.integers(-9, 9), st.sampled_from([0.5, 60.0]))
@settings(max_examples=50)
def test_effects_know_neither_origin_nor_unit_nor_order(first, second, shift, unit):
    a, b = np.array(first, float), np.array(second, float)
    for effect in (hedges_g, cliffs_delta):
        one, moved = effect(a, b), effect(a[::-1] * unit + shift, b[::-1] * unit + shift)
        turned = effect(b, a)
        if np.isnan(one.value):
            continue
        assert one.ci_low - 1e-9 <= one.value <= one.ci_high + 1e-9
        assert (moved.value, moved.ci_low, moved.ci_high) == pytest.approx(
            (one.value, one.ci_low, one.ci_high), abs=1e-7
        )
        assert (turned.value, turned.ci_low, turned.ci_high) == pytest.approx(
            (-one.value, -one.ci_high, -one.ci_low), abs=1e-7
        )


# Efron & Tibshirani 1993, table 14.1: neurologically impaired children's spatial test A.
SPATIAL = np.array(
    [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41.0]
)


def test_efron_tibshirani_variance_of_the_spatial_test():
    spread = bca_ci(SPATIAL, statistic=np.var, confidence=0.90)
    assert spread.value == pytest.approx(171.5, abs=0.05)
    # From 2,000 replicates they have (115.8, 259.6); plain percentiles would be (100.8, 233.9).
    assert (spread.ci_low, spread.ci_high) == pytest.approx((115.8, 259.6), abs=4)
    assert (spread.method, spread.n, spread.replicates) == ("bca", 26, 9999)


@pytest.mark.parametrize(("residents", "method"), [(26, "bca"), (14, "percentile")])
def test_resampled_intervals_agree_with_pingouin(residents, method):
    pingouin = pytest.importorskip("pingouin")
    found = bca_ci(SPATIAL[:residents], statistic=np.mean)
    limits = pingouin.compute_bootci(
        SPATIAL[:residents], func="mean", method=method[:3], n_boot=9999, seed=1, decimals=6
    )
    assert found.method == method
    assert (found.ci_low, found.ci_high) == pytest.approx(limits, abs=0.4)


def test_under_fifteen_residents_the_interval_is_of_percentiles_and_says_so():
    assert bca_ci(SPATIAL[:14]).method == "percentile"
    assert bca_ci(SPATIAL[:15]).method == "bca"
    assert bca_ci(SPATIAL, SPATIAL[:14], statistic=mean_difference).method == "percentile"


def mean_difference(first, second, axis):
    return first.mean(axis=axis) - second.mean(axis=axis)


def test_two_groups_are_resampled_each_by_itself():
    random = np.random.default_rng(3)
    first, second = random.normal(2, 1, 40), random.normal(0, 3, 30)
    found = bca_ci(first, second, statistic=mean_difference)
    welch = stats.ttest_ind(first, second, equal_var=False).confidence_interval()
    assert (found.ci_low, found.ci_high) == pytest.approx((welch.low, welch.high), abs=0.4)
    assert found.n == 70


def test_the_same_values_give_the_same_interval_on_every_run():
    assert bca_ci(SPATIAL) == bca_ci(SPATIAL)
    assert bca_ci(SPATIAL) != bca_ci(SPATIAL, seed=1)


def test_where_leaving_one_out_changes_nothing_percentiles_stand():
    same = bca_ci(np.full(20, 7.0))
    assert (same.value, same.ci_low, same.ci_high, same.method) == (7, 7, 7, "percentile")


def test_missing_values_are_left_out_and_one_resident_has_no_interval():
    assert bca_ci(np.r_[SPATIAL, np.nan]) == bca_ci(SPATIAL)
    alone = bca_ci(np.array([4.0, np.nan]))
    assert (alone.value, alone.n, alone.replicates) == (4, 1, 0)
    assert np.isnan([alone.ci_low, bca_ci(np.zeros(0)).value]).all()


@given(
    st.lists(st.integers(-50, 50), min_size=15, max_size=20), st.integers(-9, 9), st.sampled_from([0.5, 60])
)
@settings(max_examples=15, deadline=None)
def test_the_resampled_interval_holds_the_mean_and_moves_with_origin_and_unit(values, shift, unit):
    values = np.array(values, float)
    one, moved = (bca_ci(v, replicates=499) for v in (values, values * unit + shift))
    assert one.ci_low - 1e-9 <= one.value <= one.ci_high + 1e-9
    assert (moved.ci_low, moved.ci_high) == pytest.approx(
        (one.ci_low * unit + shift, one.ci_high * unit + shift)
    )
