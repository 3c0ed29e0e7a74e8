from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_equal
from scipy import stats

from analysis.effects import hodges_lehmann
from analysis.imputation import (
    LEFT_OUT,
    SHIFTED,
    multiple_imputation,
    rubins_rules,
    tipping_point,
    worst_and_best_case,
)


def pilot(n=60, seed=0, change=-2.0):
    """Falls before and after: the more at first, the larger the fall, and the likelier to leave."""
    random = np.random.default_rng(seed)
    baseline = random.normal(20, 4, n)
    outcome = baseline + change - 0.5 * (baseline - 20) + random.normal(0, 2, n)
    left = random.random(n) < 1 / (1 + np.exp(-(baseline - 21) / 2))
    return baseline, outcome, left


def with_missing(n=60, seed=0, change=-2.0):
    baseline, outcome, left = pilot(n, seed, change)
    return baseline, np.where(left, np.nan, outcome), np.ones(n, bool)


def test_rubins_rules_by_hand():
    pooled = rubins_rules(np.array([1.0, 2.0, 3.0]), np.array([0.4, 0.5, 0.6]), complete_df=20)
    total = 0.5 + 4 / 3 * 1.0
    assert (pooled.estimate, pooled.within, pooled.between) == pytest.approx((2, 0.5, 1))
    assert pooled.se == pytest.approx(np.sqrt(total))
    lost = 4 / 3 / total
    old, observed = 2 / lost**2, 21 / 23 * 20 * (1 - lost)
    assert pooled.missing_information == pytest.approx(lost)
    assert pooled.df == pytest.approx(old * observed / (old + observed))
    assert pooled.ci_high - 2 == pytest.approx(stats.t.ppf(0.975, pooled.df) * pooled.se)
    assert pooled.p == pytest.approx(2 * stats.t.sf(2 / pooled.se, pooled.df))


def test_imputations_that_agree_lose_nothing_but_few_degrees_of_freedom():
    pooled = rubins_rules(np.full(20, 1.5), np.full(20, 0.25), complete_df=40)
    assert (pooled.se, pooled.between, pooled.missing_information) == (0.5, 0, 0)
    assert pooled.df == pytest.approx(41 / 43 * 40)


def test_one_imputation_cannot_be_pooled():
    with pytest.raises(ValueError, match="1 imputed estimates"):
        rubins_rules(np.ones(1), np.ones(1), complete_df=9)


def test_with_nobody_missing_the_change_is_the_mean_of_the_changes():
    baseline, outcome, _ = pilot()
    found = multiple_imputation(baseline, outcome, np.ones(60, bool))
    assert found.change.estimate == pytest.approx((outcome - baseline).mean())
    assert found.change.se == pytest.approx(stats.sem(outcome - baseline))
    assert (found.imputed, found.n, found.assumptions) == (0, 60, ())


def test_what_the_baseline_explains_is_put_right_where_leaving_it_out_is_wrong():
    runs = 200
    held = alone = 0
    for seed in range(runs):
        baseline, outcome, at_random = with_missing(n=80, seed=seed)
        truth = -2.0
        found = multiple_imputation(baseline, outcome, at_random).change
        held += found.ci_low <= truth <= found.ci_high
        changes = (outcome - baseline)[~np.isnan(outcome)]
        low, high = stats.t.interval(0.95, len(changes) - 1, changes.mean(), stats.sem(changes))
        alone += low <= truth <= high
    assert held / runs >= 0.91
    assert alone / runs < 0.7


def test_the_dead_and_those_moved_to_hospital_are_never_imputed():
    baseline, outcome, at_random = with_missing()
    gone = np.flatnonzero(np.isnan(outcome))[:3]
    at_random[gone] = False
    found = multiple_imputation(baseline, outcome, at_random)
    kept = np.delete(np.arange(60), gone)
    assert (found.not_at_random, found.n) == (3, 57)
    assert LEFT_OUT in found.assumptions
    assert found.change == multiple_imputation(baseline[kept], outcome[kept], at_random[kept]).change


def test_whoever_was_measured_counts_whatever_became_of_them_later():
    baseline, outcome, _ = pilot()
    assert multiple_imputation(baseline, outcome, np.zeros(60, bool)).n == 60


def test_the_same_values_are_imputed_on_every_run():
    assert multiple_imputation(*with_missing()) == multiple_imputation(*with_missing())
    assert multiple_imputation(*with_missing()) != multiple_imputation(*with_missing(), seed=1)


def test_a_baseline_that_is_the_same_for_all_still_lets_impute():
    _, outcome, at_random = with_missing()
    found = multiple_imputation(np.full(60, 20.0), outcome, at_random)
    assert np.isfinite([found.change.ci_low, found.change.ci_high]).all()


def test_from_four_measured_nobody_is_imputed():
    baseline, outcome, at_random = with_missing()
    outcome[np.flatnonzero(~np.isnan(outcome))[4:]] = np.nan
    found = multiple_imputation(baseline, outcome, at_random)
    assert np.isnan([found.change.estimate, found.change.ci_low]).all()
    assert np.isnan(tipping_point(baseline, outcome, at_random).delta)


def test_without_a_baseline_nobody_is_imputed():
    baseline, outcome, at_random = with_missing()
    baseline[3] = np.nan
    with pytest.raises(ValueError, match="baseline value is NaN"):
        multiple_imputation(baseline, outcome, at_random)


def test_delta_moves_the_mean_by_the_share_imputed():
    plain, shifted = (multiple_imputation(*with_missing(), delta=delta) for delta in (0.0, 3.0))
    moved = shifted.change.estimate - plain.change.estimate
    assert moved == pytest.approx(3 * plain.imputed / plain.n)
    assert SHIFTED in shifted.assumptions


@pytest.mark.parametrize("change", [-4.0, 4.0])
def test_at_the_tipping_point_the_interval_touches_no_change(change):
    found = tipping_point(*with_missing(change=change))
    assert np.sign(found.delta) == -np.sign(change)
    touching = found.tipped.change.ci_high if change < 0 else found.tipped.change.ci_low
    assert touching == pytest.approx(0, abs=1e-9)
    baseline, outcome, _ = with_missing(change=change)
    assert found.delta_sd == pytest.approx(found.delta / np.nanstd(outcome - baseline, ddof=1))
    assert found.at_random == multiple_imputation(*with_missing(change=change))
    short = multiple_imputation(*with_missing(change=change), delta=0.98 * found.delta).change
    assert (short.ci_high < 0) if change < 0 else (short.ci_low > 0)


def test_what_is_not_shown_need_not_tip():
    found = tipping_point(*with_missing(change=0.0))
    assert (found.delta, found.tipped) == (0, found.at_random)


def test_with_nobody_missing_nothing_tips_it():
    baseline, outcome, _ = pilot(change=-4.0)
    assert tipping_point(baseline, outcome, np.ones(60, bool)).delta == np.inf


def test_another_margin_tips_sooner():
    far, near = (tipping_point(*with_missing(change=-4.0), no_change=least).delta for least in (0.0, -2.0))
    assert 0 < near < far


def test_the_worst_and_the_best_that_was_measured():
    baseline = np.array([10.0, 10, 10, 10, 10, 10, 10, 10])
    outcome = np.array([4.0, 5, 6, 7, 8, 11, np.nan, np.nan])
    case = worst_and_best_case(baseline, outcome, worse="higher")
    assert (case.worst_change, case.best_change, case.missing) == (1, -6, 2)
    measured = [-6.0, -5, -4, -3, -2, 1]
    assert_equal(astuple(case.worst), astuple(hodges_lehmann(np.array([*measured, 1, 1]))))
    assert_equal(astuple(case.best), astuple(hodges_lehmann(np.array([*measured, -6, -6]))))
    other = worst_and_best_case(baseline, outcome, worse="lower")
    assert (other.worst_change, other.worst.estimate) == (-6, case.best.estimate)
    with pytest.raises(ValueError, match="none of 2 outcomes"):
        worst_and_best_case(np.ones(2), np.full(2, np.nan), worse="higher")


@given(st.integers(0, 99), st.integers(-50, 50), st.sampled_from([0.25, 60.0]))
@settings(max_examples=25, deadline=None)
def test_neither_origin_nor_unit_changes_what_is_imputed(seed, shift, unit):
    baseline, outcome, at_random = with_missing(n=30, seed=seed, change=-5.0)
    moved = baseline * unit + shift, outcome * unit + shift, at_random
    one, other = (multiple_imputation(*values).change for values in ((baseline, outcome, at_random), moved))
    assert one.ci_low <= one.estimate <= one.ci_high
    assert (other.estimate, other.se) == pytest.approx((one.estimate * unit, one.se * unit))
    tips = tipping_point(baseline, outcome, at_random), tipping_point(*moved)
    assert tips[1].delta == pytest.approx(tips[0].delta * unit, rel=1e-6)
    case = worst_and_best_case(baseline, outcome, worse="higher")
    assert case.best.estimate <= hodges_lehmann((outcome - baseline)[~np.isnan(outcome)]).estimate
    assert case.worst.estimate >= case.best.estimate
