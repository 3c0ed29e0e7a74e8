import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.least_squares import least_squares, newey_west, prais_winsten


def four_columns(n, seed, rho=0.0):
    random = np.random.default_rng(seed)
    t = np.arange(n, dtype=float)
    design = np.column_stack([np.ones(n), t, t > n / 2, np.maximum(t - n / 2, 0)])
    noise = random.normal(size=n)
    for i in range(1, n):
        noise[i] += rho * noise[i - 1]
    return design, design @ [5.0, 0.1, -2.0, 0.05] + noise


def standard_errors(fit):
    return np.sqrt(fit.covariance.diagonal())


@pytest.mark.parametrize("seed", range(3))
def test_least_squares_agree_with_statsmodels(seed):
    sm = pytest.importorskip("statsmodels.api")
    design, y = four_columns(40, seed)
    ours, peer = least_squares(design, y), sm.OLS(y, design).fit()
    assert ours.coefficients == pytest.approx(peer.params)
    assert ours.covariance == pytest.approx(peer.cov_params())
    change, said = ours.combination([0, 0, 1, 10]), peer.t_test([0, 0, 1, 10])
    limits = said.conf_int()[0]
    assert (change.value, change.se, change.p) == pytest.approx(
        (said.effect[0], said.sd[0, 0], float(said.pvalue))
    )
    assert (change.ci_low, change.ci_high) == pytest.approx(tuple(limits))


@pytest.mark.parametrize(("seed", "lags"), [(0, 0), (1, 3), (2, 7), (3, 59)])
def test_newey_west_agrees_with_statsmodels(seed, lags):
    # statsmodels corrects for few rows only when asked to.
    sm = pytest.importorskip("statsmodels.api")
    design, y = four_columns(60, seed, rho=0.5)
    options = {"maxlags": lags, "use_correction": True}
    peer = sm.OLS(y, design).fit(cov_type="HAC", cov_kwds=options, use_t=True)
    ours = newey_west(design, y, lags=lags)
    assert ours.coefficients == pytest.approx(peer.params)
    assert ours.covariance == pytest.approx(peer.cov_params(), rel=1e-6)
    change, limits = ours.combination([0, 0, 1, 0]), peer.conf_int()[2]
    assert (change.p, change.ci_low, change.ci_high) == pytest.approx((peer.pvalues[2], *limits))


def test_a_missing_step_counts_as_a_step_when_lags_are_counted():
    design, y = four_columns(30, 5, rho=0.6)
    y[[7, 8, 20]] = np.nan
    ours = newey_west(design, y, lags=2)
    kept = np.flatnonzero(np.isfinite(y))
    residual = y[kept] - design[kept] @ ours.coefficients
    score, apart = design[kept] * residual[:, None], np.abs(kept[:, None] - kept)
    middle = score.T @ np.clip(1 - apart / 3, 0, None) @ score
    bread = np.linalg.inv(design[kept].T @ design[kept])
    assert ours.covariance == pytest.approx(bread @ middle @ bread * 27 / 23, rel=1e-6)
    by_time = newey_west(design[kept], y[kept], t=60.0 * kept, step=60.0, lags=2)
    assert by_time.covariance == pytest.approx(ours.covariance)


@pytest.mark.parametrize("missing", [[], [4, 5, 17]])
def test_prais_winsten_is_the_generalised_least_squares_of_its_rho(missing):
    # statsmodels' GLSAR drops the first row (Cochrane-Orcutt) and knows no gaps; its GLS with the whole
    # matrix of correlations keeps all.
    sm = pytest.importorskip("statsmodels.api")
    design, y = four_columns(48, 6, rho=0.5)
    y[missing] = np.nan
    ours = prais_winsten(design, y)
    assert 0.1 < ours.rho < 0.95
    kept = np.flatnonzero(np.isfinite(y))
    peer = sm.GLS(y[kept], design[kept], sigma=ours.rho ** np.abs(kept[:, None] - kept)).fit()
    assert ours.coefficients == pytest.approx(peer.params)
    assert ours.covariance == pytest.approx(peer.cov_params(), rel=1e-6)
    assert ours.n == len(kept)


def test_rows_that_resemble_each_other_are_worth_fewer_degrees_of_freedom():
    design, y = four_columns(48, 6, rho=0.5)
    fit = prais_winsten(design, y)
    assert fit.df == pytest.approx(48 * (1 - fit.rho) / (1 + fit.rho) - 4)
    assert prais_winsten(design, np.cos(np.arange(48) / 8)).df == 1
    independent = prais_winsten(design, np.where(np.arange(48) % 2, 1.0, -1.0))
    assert (independent.rho, independent.df) == (0, 44)


def test_rho_is_corrected_for_every_column():
    design, y = four_columns(40, 7, rho=0.4)
    e = y - design @ least_squares(design, y).coefficients
    r1 = float(e[:-1] @ e[1:]) / float(e @ e)
    assert prais_winsten(design, y).rho == pytest.approx((40 * r1 + 4) / 36)


def test_under_ten_rows_nothing_is_known_of_the_resemblance():
    design, y = four_columns(9, 8)
    fit = prais_winsten(design, y)
    assert np.isfinite(fit.coefficients).all()
    assert np.isnan([fit.rho, fit.combination([1, 0, 0, 0]).ci_low]).all()


def test_as_many_columns_as_rows_leave_nothing_to_judge_by():
    design, y = four_columns(4, 9)
    for fit in (least_squares(design, y), newey_west(design, y), prais_winsten(design, y)):
        assert np.isnan(fit.coefficients).all()
        assert np.isnan(fit.combination([1, 0, 0, 0]).ci_low)


def test_points_on_the_model_have_no_doubt():
    design, _ = four_columns(24, 0)
    fit = prais_winsten(design, design @ [5.0, 0.1, -2.0, 0.05])
    change = fit.combination([0, 0, 1, 0])
    assert (change.value, change.ci_low, change.ci_high) == pytest.approx((-2, -2, -2), abs=1e-9)


@pytest.mark.parametrize("regress", [least_squares, newey_west, prais_winsten])
def test_columns_that_say_the_same_are_refused(regress):
    design, y = four_columns(20, 1)
    with pytest.raises(ValueError, match="depend on each other"):
        regress(np.column_stack([design, design[:, 1] * 7 + 3]), y)
    with pytest.raises(ValueError, match="depend on each other"):
        regress(np.column_stack([design, np.zeros(20)]), y)
    with pytest.raises(ValueError, match="design holds NaN"):
        regress(np.where(design == 3, np.nan, design), y)


def test_rows_out_of_order_are_refused():
    design, y = four_columns(20, 1)
    t = np.arange(20.0)
    with pytest.raises(ValueError, match=r"t = 1\.0 comes after 2\.0"):
        prais_winsten(design, y, t=t[[0, 2, 1, *range(3, 20)]])
    with pytest.raises(ValueError, match="stands twice"):
        newey_west(design, y, t=np.maximum(t, 1))
    with pytest.raises(ValueError, match="not a whole number of steps"):
        newey_west(design, y, t=t * 1.5)


@given(st.integers(0, 99), st.sampled_from([1e-3, 7.0, 1e6]), st.integers(-900, 900))
@settings(max_examples=30, deadline=None)
def test_the_unit_of_a_column_and_the_origin_of_time_change_no_effect(seed, unit, shift):
    design, y = four_columns(30, seed, rho=0.3)
    other = design.copy()
    other[:, 1] = (design[:, 1] + shift) * unit
    for regress in (least_squares, newey_west, prais_winsten):
        one, same = (regress(columns, y).combination([0, 0, 1, 3]) for columns in (design, other))
        assert one.ci_low <= one.value <= one.ci_high
        assert (same.value, same.se) == pytest.approx((one.value, one.se), rel=1e-5, abs=1e-7)


def test_values_that_do_not_fit_the_design_are_refused():
    with pytest.raises(ValueError, match="3 rows of the design do not fit 2 values"):
        least_squares(np.ones((3, 1)), np.ones(2))
