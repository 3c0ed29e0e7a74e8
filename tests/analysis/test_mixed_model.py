import sys

import numpy as np
import pytest

from analysis.designs import mixed_model
from analysis.mixed_model import BY_RESIDENTS, NO_SPREAD


@pytest.fixture
def statsmodels():
    return pytest.importorskip("statsmodels")


RESIDENTS, NIGHTS = 30, 8


def repeated(seed, spread=1.5):
    random = np.random.default_rng(seed)
    resident = np.repeat(np.arange(RESIDENTS), NIGHTS)
    post = np.tile(np.arange(NIGHTS) >= NIGHTS // 2, RESIDENTS)
    y = spread * random.normal(size=RESIDENTS)[resident] + 0.5 * post + random.normal(size=len(post))
    return np.column_stack([np.ones(len(y)), post]), y, resident


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.usefixtures("statsmodels")
def test_balanced_measurements_have_the_variances_of_their_table(seed):
    # With as many rows each, REML is the analysis of variance: mean squares between and within residents.
    design, y, resident = repeated(seed)
    found = mixed_model(design, y, resident)
    table, post = y.reshape(RESIDENTS, NIGHTS), design[:, 1].reshape(RESIDENTS, NIGHTS) > 0
    effect = table[post].mean() - table[~post].mean()
    rest = table - table.mean(axis=1, keepdims=True) - effect * (post - 0.5)
    within = float((rest**2).sum()) / (RESIDENTS * (NIGHTS - 1) - 1)
    between = table.mean(axis=1).var(ddof=1) - within / NIGHTS
    change = found.fit.combination([0, 1])
    assert (change.value, change.se) == pytest.approx((effect, np.sqrt(within * 4 / y.size)), rel=1e-4)
    assert (found.variance_within, found.variance_between) == pytest.approx((within, between), rel=1e-3)
    assert found.icc == pytest.approx(between / (between + within), rel=1e-3)
    assert found.converged
    assert (found.residents, found.fit.df, found.fit.n) == (RESIDENTS, RESIDENTS - 1, y.size)
    assert change.ci_low < change.value < change.ci_high


@pytest.mark.usefixtures("statsmodels")
@pytest.mark.filterwarnings("error")
def test_residents_who_do_not_differ_are_said_not_to():
    design, y, resident = repeated(1)
    own_level = np.repeat(y.reshape(RESIDENTS, NIGHTS).mean(axis=1), NIGHTS)
    found = mixed_model(design, y - own_level, resident)
    assert NO_SPREAD in found.assumptions
    assert found.icc == pytest.approx(0, abs=1e-6)


@pytest.mark.usefixtures("statsmodels")
def test_missing_rows_are_left_out_and_residents_may_have_names():
    design, y, resident = repeated(3)
    y[::5] = np.nan
    kept = np.isfinite(y)
    codes = np.array([f"K{number:02}" for number in resident])
    one, other = mixed_model(design, y, codes), mixed_model(design[kept], y[kept], resident[kept])
    assert one.fit.n == kept.sum()
    assert one.fit.coefficients == pytest.approx(other.fit.coefficients)


@pytest.mark.usefixtures("statsmodels")
def test_one_resident_or_one_row_each_is_refused():
    design, y, resident = repeated(1)
    with pytest.raises(ValueError, match="1 residents with at most 240 rows each"):
        mixed_model(design, y, np.zeros(len(y)))
    with pytest.raises(ValueError, match="240 residents with at most 1 rows each"):
        mixed_model(design, y, np.arange(len(y)))
    with pytest.raises(ValueError, match="0 residents"):
        mixed_model(design[:0], y[:0], resident[:0])


@pytest.mark.usefixtures("statsmodels")
def test_what_has_no_fit_is_refused():
    design, y, resident = repeated(1)
    with pytest.raises(ValueError, match="do not fit: give a row a value"):
        mixed_model(design, y[1:], resident)
    with pytest.raises(ValueError, match="columns of the design depend on each other"):
        mixed_model(design[:, [0, 1, 1]], y, resident)
    with pytest.raises(ValueError, match="all 240 values are 0"):
        mixed_model(design, np.zeros(len(y)), resident)


def test_without_statsmodels_the_way_to_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.regression.mixed_linear_model", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pilotbed\[stats\]'"):
        mixed_model(*repeated(1))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.usefixtures("statsmodels")
def test_residents_who_change_differently_widen_the_interval_to_that_of_their_changes(seed):
    # With as many rows each, what they share is the mean of their changes, and its error that of a mean.
    design, y, resident = repeated(seed)
    y += np.random.default_rng(seed).normal(size=RESIDENTS)[resident] * design[:, 1]
    table, post = y.reshape(RESIDENTS, NIGHTS), design[:, 1].reshape(RESIDENTS, NIGHTS)[0] > 0
    changes = table[:, post].mean(axis=1) - table[:, ~post].mean(axis=1)
    found = mixed_model(design, y, resident, robust=True)
    change = found.fit.combination([0, 1])
    assert (change.value, change.se) == pytest.approx(
        (changes.mean(), changes.std(ddof=1) / np.sqrt(RESIDENTS)), rel=1e-6
    )
    assert change.se > 1.3 * mixed_model(design, y, resident).fit.combination([0, 1]).se
    assert BY_RESIDENTS in found.assumptions


@pytest.mark.usefixtures("statsmodels")
def test_the_robust_covariance_is_the_sandwich_of_its_parts_also_with_missing_rows():
    design, y, resident = repeated(4)
    y[::5] = np.nan
    found = mixed_model(design, y, resident, robust=True)
    kept = np.isfinite(y)
    bread, meat = np.zeros((2, 2)), np.zeros((2, 2))
    for each in range(RESIDENTS):
        x, rest = (part[kept & (resident == each)] for part in (design, y - design @ found.fit.coefficients))
        inverse = np.linalg.inv(found.variance_within * np.eye(len(x)) + found.variance_between)
        bread += x.T @ inverse @ x
        meat += np.outer(x.T @ inverse @ rest, x.T @ inverse @ rest)
    expected = np.linalg.inv(bread) @ meat @ np.linalg.inv(bread) * RESIDENTS / (RESIDENTS - 1)
    assert found.fit.covariance == pytest.approx(expected)
