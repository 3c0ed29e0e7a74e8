"""The slope of a series of nights by least squares, with three kinds of standard error."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.least_squares import WEEK, Covariance, least_squares, newey_west, prais_winsten

REGRESSORS = 2
"""Level and slope."""


@dataclass(frozen=True, slots=True)
class LinearTrend:
    """A least-squares line y = intercept + slope·t, in units of y per unit of t.

    `se` belongs to the slope, `ci_low` and `ci_high` bound it at `confidence` by t(n - 2), "prais_winsten"
    by t on as many nights as n resembling ones are worth less 2, `p` is two-sided for no slope; NaN where
    they cannot be had. `cov` is what was assumed of the residuals: "ols" independent, "hac" like each other
    up to `lags` steps apart, "prais_winsten" AR(1) with correlation `rho` a step. `rho` and `lags` are 0
    where they play no part. `n` counts finite points.
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
    if cov == "ols":
        fit = least_squares(design, y, confidence=confidence)
    elif cov == "hac":
        fit = newey_west(design, y, t=t, lags=lags, step=step, confidence=confidence)
    else:
        fit = prais_winsten(design, y, t=t, step=step, confidence=confidence)
    slope = fit.combination([0, 1])
    intercept = float(fit.coefficients[0]) - slope.value * middle
    return LinearTrend(
        slope.value,
        intercept,
        slope.se,
        slope.ci_low,
        slope.ci_high,
        slope.p,
        n,
        cov,
        fit.rho,
        lags,
        confidence,
    )
