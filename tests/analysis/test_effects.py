import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.effects import (
    EXACT,
    PERMUTATION,
    hodges_lehmann,
    noninferiority,
    signed_rank_p,
    signflip_test,
    wilcoxon_signed_rank,
)

# Hollander & Wolfe 1973, p. 29 f.: Hamilton depression scale before and after tranquilliser.
BEFORE = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
AFTER = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])


def test_hollander_wolfe_depression_before_minus_after():
    change = hodges_lehmann(BEFORE - AFTER)
    assert change.p == pytest.approx(0.0390625)
    assert (change.estimate, change.ci_low, change.ci_high) == pytest.approx((0.46, 0.010, 0.786), abs=5e-4)
    assert change.level == pytest.approx(0.961, abs=5e-4)
    assert change.method == EXACT


def test_turning_the_pairs_round_turns_the_sign():
    one, other = hodges_lehmann(AFTER - BEFORE), hodges_lehmann(BEFORE - AFTER)
    assert (one.estimate, one.ci_low, one.ci_high, one.p) == pytest.approx(
        (-other.estimate, -other.ci_high, -other.ci_low, other.p)
    )


@pytest.mark.parametrize("n", [6, 9, 20, 40])
def test_p_agrees_with_scipy_without_ties(n):
    differences = np.random.default_rng(n).normal(0.3, 1, n)
    assert signed_rank_p(differences) == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)


@pytest.mark.parametrize("seed", range(5))
def test_p_agrees_with_every_permutation_of_the_signs_with_ties_and_zeros(seed):
    differences = np.random.default_rng(seed).integers(-3, 5, 10).astype(float)
    ranks = stats.rankdata(np.abs(differences)) * (differences != 0)
    signs = (np.arange(2**10)[:, None] >> np.arange(10)) & 1
    null = signs @ ranks
    v = ranks[differences > 0].sum()
    # Flipping the sign of a zero changes nothing, so those permutations only repeat the others.
    expected = min(1, 2 * min(np.mean(null <= v + 1e-9), np.mean(null >= v - 1e-9)))
    assert signed_rank_p(differences) == pytest.approx(expected)


def test_with_ties_the_method_says_so():
    change = hodges_lehmann(np.array([1.0, 1, 2, 3, 4, 5, -1]))
    assert change.method == PERMUTATION
    assert np.isnan(change.level)


@pytest.mark.parametrize("seed", range(6))
def test_the_permutation_interval_holds_the_shifts_that_are_not_rejected(seed):
    differences = np.round(np.random.default_rng(seed).normal(0.5, 1, 12), 0)
    change = hodges_lehmann(differences)
    assert change.method == PERMUTATION
    assert signed_rank_p(differences - (change.ci_low - 0.01)) < 0.05
    assert signed_rank_p(differences - (change.ci_high + 0.01)) < 0.05
    if change.ci_low < change.ci_high:
        assert signed_rank_p(differences - (change.ci_low + 0.01)) >= 0.05
        assert signed_rank_p(differences - (change.ci_high - 0.01)) >= 0.05


def test_an_inversion_without_ties_would_give_the_exact_interval():
    differences = np.random.default_rng(8).normal(size=15)
    exact = hodges_lehmann(differences)
    from analysis.effects import _inverted_interval, _walsh_averages

    inverted = _inverted_interval(differences, _walsh_averages(differences), 0.025)
    assert inverted == pytest.approx((exact.ci_low, exact.ci_high), abs=1e-8)


def test_under_six_pairs_there_is_an_estimate_but_no_interval():
    change = hodges_lehmann(np.array([1.0, 2, 3, 4, 5.5]))
    assert change.estimate == 3
    assert np.isnan([change.ci_low, change.ci_high]).all()


def test_six_pairs_in_one_direction_have_an_interval_above_zero():
    change = hodges_lehmann(np.array([1.0, 2.1, 3.3, 4.6, 5.8, 7.1]))
    assert (change.ci_low, change.ci_high, change.p) == (1.0, 7.1, 0.03125)


def test_nobody_changed():
    change = hodges_lehmann(np.zeros(8))
    assert (change.estimate, change.ci_low, change.ci_high, change.p) == (0, 0, 0, 1)


def test_no_pairs_have_no_estimate():
    assert np.isnan(hodges_lehmann(np.zeros(0)).estimate)


def test_a_missing_difference_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        hodges_lehmann(np.array([1.0, np.nan]))


@given(st.lists(st.integers(-20, 20), min_size=6, max_size=25), st.integers(-5, 5))
@settings(max_examples=150)
def test_a_shift_of_all_moves_estimate_and_interval_by_as_much(values, shift):
    one = hodges_lehmann(np.array(values, float))
    other = hodges_lehmann(np.array(values, float) + shift)
    assert one.ci_low <= one.estimate <= one.ci_high
    assert other.estimate == pytest.approx(one.estimate + shift)
    if one.method == other.method:
        assert (other.ci_low, other.ci_high) == pytest.approx((one.ci_low + shift, one.ci_high + shift))


def test_the_exact_interval_covers_the_truth_as_often_as_it_says():
    random = np.random.default_rng(9)
    covered = [
        (change := hodges_lehmann(random.normal(1, 2, 12))).ci_low <= 1 <= change.ci_high for _ in range(1000)
    ]
    assert 0.935 <= np.mean(covered) <= 0.975


def test_hollander_wolfe_signed_ranks():
    test = wilcoxon_signed_rank(BEFORE - AFTER)
    assert (test.v, test.w, test.n, test.zeros) == (40, 5, 9, 0)
    assert test.p == pytest.approx(0.0390625)


def test_signed_ranks_count_pairs_without_change():
    test = wilcoxon_signed_rank(np.array([0.0, 1, -1, 2]))
    assert (test.v, test.w, test.zeros) == (6.5, 2.5, 1)
    assert np.isnan(wilcoxon_signed_rank(np.zeros(0)).p)


def test_up_to_thirteen_pairs_every_pattern_of_signs_is_tried():
    differences = np.random.default_rng(1).normal(0.4, 1, 10)
    test = signflip_test(differences)
    peer = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert (test.method, test.replicates) == ("enumerated", 1024)
    assert test.p == pytest.approx(peer.pvalue)


def test_beyond_thirteen_pairs_patterns_are_drawn_and_p_is_never_zero():
    test = signflip_test(np.arange(1.0, 41))
    assert (test.method, test.replicates, test.p) == ("drawn", 9999, 1 / 10_000)
    same = np.random.default_rng(2).normal(0.2, 1, 40)
    assert signflip_test(same) == signflip_test(same)
    assert signflip_test(same).p == pytest.approx(stats.ttest_1samp(same, 0).pvalue, abs=0.02)


@pytest.mark.parametrize("n", [14, 16])
def test_drawn_patterns_say_what_all_of_them_say(n):
    differences = np.random.default_rng(n).normal(0.4, 1, n)
    signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    p = np.mean(np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9)
    assert signflip_test(differences, replicates=50_000).p == pytest.approx(p, abs=4 * np.sqrt(p / 50_000))


def test_patterns_that_tie_but_for_rounding_count_as_ties():
    assert signflip_test(np.array([0.1, 0.2, 0.3])).p == signflip_test(np.array([1.0, 2, 3])).p == 0.25


def test_no_pairs_have_no_sign_to_flip():
    assert np.isnan(signflip_test(np.zeros(0)).p)
    with pytest.raises(ValueError, match="NaN"):
        signflip_test(np.array([np.nan]))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-3, -1, "superior"),
        (-1, 1.9, "noninferior"),
        (0.5, 1.9, "noninferior"),
        (-1, 2, "inconclusive"),
        (1, 3, "inconclusive"),
        (2.1, 3, "inferior"),
        (float("nan"), float("nan"), "inconclusive"),
    ],
)
def test_falls_must_not_rise_by_two(low, high, verdict):
    assert noninferiority(low, high, margin=2, worse="higher").verdict == verdict


def test_what_should_not_fall_and_ratios_are_judged_from_their_side():
    assert noninferiority(-0.05, 0.1, margin=-0.1, worse="lower").verdict == "noninferior"
    ratio = noninferiority(0.8, 1.2, margin=1.25, worse="higher", no_change=1)
    assert (ratio.verdict, ratio.worse_limit) == ("noninferior", 1.2)


def test_a_margin_on_the_better_side_is_refused():
    with pytest.raises(ValueError, match="margin -2 does not lie on the worse side"):
        noninferiority(-1, 1, margin=-2, worse="higher")
