"""The slope of a series of nights by least squares, with three kinds of standard error."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.autocorrelation import lag_one

Float64 = NDArray[np.float64]
Covariance = Literal["ols", "hac", "prais_winsten"]

REGRESSORS = 2
"""Level and slope."""

WEEK = 7
"""Nights up to a week apart may resemble each other."""


@dataclass(frozen=True, slots=True)
class LinearTrend:
    """A least-squares line y = intercept + slope·t, in units of y per unit of t.

    `se` belongs to the slope, `ci_low` and `ci_high` bound it at `confidence` by t(n - 2), `p` is
    two-sided for no slope; NaN where they cannot be had. `cov` is what was assumed of the residuals:
    "ols" independent, "hac" like each other up to `lags` steps apart, "prais_winsten" AR(1) with
    correlation `rho` a step. `rho` and `lags` are 0 where they play no part. `n` counts finite points.
    """

    slope: float
    intercept: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    n: int
    cov: Covariance
    rho: float
    lags: int
    confidence: float


def ols_trend(
    t: NDArray[Any],
    y: NDArray[Any],
    *,
    cov: Covariance = "prais_winsten",
    confidence: float = 0.95,
    lags: int = WEEK,
    step: float = 1.0,
) -> LinearTrend:
    """Regress `y` (n,) on `t` (n,), points `step` apart where none is missing; NaN in `y` is left out.

    "prais_winsten" estimates the correlation once from the least-squares residuals (`lag_one`) and solves
    the generalised least squares of an AR(1); a gap of g steps weakens it to rho^g, nothing is filled in.
    Under ten points it has a plain slope and no interval. "hac" is Newey and West (1987), Bartlett weights
    over `lags` steps of time, times n/(n - 2); short series of nights are held only three times in four at
    95 %. Fewer than three points or one distinct t: NaN. ValueError: an unknown `cov`, or with "hac" and
    "prais_winsten" a t that stands twice or, with "hac", off the grid of `step`.
    """
    if cov not in ("ols", "hac", "prais_winsten"):
        raise ValueError(f'cov is "{cov}": choose "ols", "hac" or "prais_winsten"')
    keep = np.isfinite(t) & np.isfinite(y)
    t, y = np.asarray(t, np.float64)[keep], np.asarray(y, np.float64)[keep]
    order = np.argsort(t, kind="stable")
    t, y = t[order], y[order]
    n, nan = len(t), float("nan")
    lags = lags if cov == "hac" else 0
    if n <= REGRESSORS or t[0] == t[-1]:
        return LinearTrend(nan, nan, nan, nan, nan, nan, n, cov, nan, lags, confidence)
    middle = float(t.mean())  # centred, the two columns do not drown each other when t is a day number
    design = np.column_stack([np.ones(n), t - middle])
    (level, slope), residual = _solve(design, y)
    rho = 0.0
    if cov == "ols":
        se = _plain_se(design, residual)
    elif cov == "hac":
        se = _newey_west_se(design, residual, _grid(t, step), lags)
    else:
        _refuse_repeats(t)
        rho = lag_one(t, residual, step)
        se = nan
        if np.isfinite(rho):
            design, y = _without_ar1(design, t, rho, step), _without_ar1(y[:, None], t, rho, step)[:, 0]
            (level, slope), residual = _solve(design, y)
            se = _plain_se(design, residual)
    free = n - REGRESSORS
    reach = float(scipy.special.stdtrit(free, 0.5 + confidence / 2)) * se
    p = float(2 * scipy.special.stdtr(free, -abs(slope) / se)) if se > 0 else nan
    return LinearTrend(
        slope, level - slope * middle, se, slope - reach, slope + reach, p, n, cov, rho, lags, confidence
    )


def _solve(design: Float64, y: Float64) -> tuple[tuple[float, float], Float64]:
    beta = np.linalg.solve(design.T @ design, design.T @ y)
    return (float(beta[0]), float(beta[1])), np.asarray(y - design @ beta)


def _plain_se(design: Float64, residual: Float64) -> float:
    spread = float(residual @ residual) / (len(residual) - REGRESSORS)
    return float(np.sqrt(spread * np.linalg.inv(design.T @ design)[1, 1]))


def _newey_west_se(design: Float64, residual: Float64, place: NDArray[np.int64], lags: int) -> float:
    n = len(residual)
    # A missing night scores 0, so that lags count nights and not rows.
    score = np.zeros((int(place[-1]) + 1, REGRESSORS))
    score[place] = design * residual[:, None]
    middle = score.T @ score
    for lag in range(1, min(lags, len(score) - 1) + 1):
        pairs = score[lag:].T @ score[:-lag]
        middle += (1 - lag / (lags + 1)) * (pairs + pairs.T)
    bread = np.linalg.inv(design.T @ design)
    return float(np.sqrt((bread @ middle @ bread)[1, 1] * n / (n - REGRESSORS)))


def _without_ar1(columns: Float64, t: Float64, rho: float, step: float) -> Float64:
    """Rows (n, k) less what the row before says of them, on the scale of the first row."""
    kept = rho ** (np.diff(t) / step)[:, None]
    rest = (columns[1:] - kept * columns[:-1]) / np.sqrt(1 - kept**2)
    return np.asarray(np.vstack([columns[:1], rest]))


def _grid(t: Float64, step: float) -> NDArray[np.int64]:
    _refuse_repeats(t)
    place = np.rint((t - t[0]) / step)
    off = np.flatnonzero(~np.isclose(t, t[0] + place * step))
    if len(off):
        raise ValueError(
            f"t = {t[off[0]]} is not a whole number of steps of {step} after {t[0]}: "
            'give the right step, or take cov="prais_winsten"'
        )
    return np.asarray(place, np.int64)


def _refuse_repeats(t: Float64) -> None:
    twice = np.flatnonzero(np.diff(t) == 0)
    if len(twice):
        raise ValueError(f"t = {t[twice[0]]} stands twice: give one value a time")
