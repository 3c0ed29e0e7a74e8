import numpy as np
import pytest
import scipy.stats

from analysis.imputation import multiple_imputation, tipping_point
from analysis.imputed_difference import ImputedDifference, imputed_difference, tipping_shift

RNG = np.random.default_rng(3)
BEFORE, THEIRS = RNG.normal(3, 1, 20), RNG.normal(3, 1, 10)
AFTER, THEIR_AFTER = BEFORE - 1 + RNG.normal(0, 0.4, 20), THEIRS + RNG.normal(0, 0.6, 10)


def imputed(before, after, **other):
    return multiple_imputation(before, after, np.ones(len(before), np.bool_), **other)


def test_with_nobody_missing_it_is_welchs_interval():
    found = imputed_difference(imputed(BEFORE, AFTER), imputed(THEIRS, THEIR_AFTER))
    welch = scipy.stats.ttest_ind(AFTER - BEFORE, THEIR_AFTER - THEIRS, equal_var=False).confidence_interval()
    # Barnard and Rubin take a little off the degrees of freedom.
    assert (found.ci_low, found.ci_high) == pytest.approx((welch.low, welch.high), abs=0.02)
    assert (found.n, found.imputed) == (30, 0)


def test_those_without_an_outcome_widen_it():
    some = AFTER.copy()
    some[:6] = np.nan
    theirs = imputed(THEIRS, THEIR_AFTER)
    whole, less = (imputed_difference(imputed(BEFORE, each), theirs) for each in (AFTER, some))
    assert less.imputed == 6
    assert less.ci_high - less.ci_low > whole.ci_high - whole.ci_low


def test_under_five_measured_there_is_none():
    nobody = np.full(20, np.nan)
    assert np.isnan(imputed_difference(imputed(BEFORE, nobody), imputed(THEIRS, THEIR_AFTER)).ci_low)


def test_of_one_group_the_tipping_shift_is_the_tipping_point():
    some = AFTER.copy()
    some[:6] = np.nan

    def shifted(delta):
        change = imputed(BEFORE, some, delta=delta).change
        return ImputedDifference(change.estimate, change.ci_low, change.ci_high, 20, 6)

    assert tipping_shift(shifted, 1.0) == pytest.approx(
        tipping_point(BEFORE, some, np.ones(20, np.bool_)).delta, rel=1e-6
    )


@pytest.mark.parametrize(
    ("low", "high", "shift"),
    [(-0.2, 0.3, 0.0), (float("nan"), float("nan"), float("nan")), (0.2, 0.4, -np.inf)],
)
def test_a_shift_that_is_not_needed_not_known_or_not_enough(low, high, shift):
    assert tipping_shift(
        lambda _: ImputedDifference((low + high) / 2, low, high, 20, 0), 1.0
    ) == pytest.approx(shift, nan_ok=True)
