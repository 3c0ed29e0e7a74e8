"""Least squares on a few columns, and what may be assumed of its residuals."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from analysis.autocorrelation import lag_one

Float64 = NDArray[np.float64]
Covariance = Literal["ols", "hac", "prais_winsten"]

WEEK = 7
"""Nights up to a week apart may resemble each other."""

LARGEST_INFLATION = 1e12
"""Beyond this a column says nothing the others have not said, to the precision of a float."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient, or a sum of several, with its standard error, interval and two-sided p for none."""

    value: float
    se: float
    ci_low: float
    ci_high: float
    p: float


@dataclass(frozen=True, slots=True)
class LinearFit:
    """y = design @ `coefficients` (k,), with their `covariance` (k, k), NaN where it cannot be had.

    `cov` is what was assumed of the residuals: "ols" independent, "hac" like each other up to `lags` steps
    apart, "prais_winsten" AR(1) with correlation `rho` a step; "reml" a level of its own for each resident.
    `rho` and `lags` are 0 where they play no part. Intervals are by t on `df`, n - k or, with `rho`, fewer;
    `n` counts the rows used.
    """

    coefficients: Float64
    covariance: Float64
    n: int
    df: float
    cov: Covariance | Literal["reml"]
    rho: float
    lags: int
    confidence: float

    def combination(self, weights: ArrayLike) -> Coefficient:
        """The sum of the coefficients times `weights` (k,), such as an effect at a horizon."""
        weight = np.asarray(weights, np.float64)
        value, variance = float(weight @ self.coefficients), float(weight @ self.covariance @ weight)
        # Of a line without residuals rounding may leave a variance below 0.
        se = float(np.sqrt(max(variance, 0.0)))
        reach = float(scipy.special.stdtrit(self.df, 0.5 + self.confidence / 2)) * se
        p = 2 * float(scipy.special.stdtr(self.df, -abs(value) / se)) if se > 0 else float("nan")
        return Coefficient(value, se, value - reach, value + reach, p)


def least_squares(design: Float64, y: Float64, *, confidence: float = 0.95) -> LinearFit:
    """Regress `y` (n,) on the columns of `design` (n, k), taking residuals for independent.

    Rows with NaN in `y` are left out; with no more rows than columns all is NaN. ValueError: NaN in
    `design`, another number of rows than values, or columns that depend on each other.
    """
    rows = _rows(design, y)
    design, y = design[rows], y[rows]
    if len(y) <= design.shape[1]:
        return _unknown(design, "ols", 0, confidence)
    bread = _bread(design)
    beta, residual = _solve(bread, design, y)
    return _fit(beta, _plain(bread, residual), len(y), "ols", 0.0, 0, confidence)


def newey_west(
    design: Float64,
    y: Float64,
    *,
    t: NDArray[Any] | None = None,
    lags: int = WEEK,
    step: float = 1.0,
    confidence: float = 0.95,
) -> LinearFit:
    """Regress `y` (n,) on `design` (n, k); residuals may resemble each other up to `lags` steps apart.

    Newey & West (1987): Bartlett weights, times n/(n - k), t(n - k). `t` (n,) ascending says when each row
    was, else rows are a step apart; a missing step scores 0, so that lags count steps and not rows. In
    short series its intervals are much too narrow: for trends and interruptions take `prais_winsten`.
    ValueError as `least_squares`, and a t that does not ascend or is off the grid of `step`.
    """
    rows = _rows(design, y)
    design, y = design[rows], y[rows]
    n, columns = design.shape
    if n <= columns:
        return _unknown(design, "hac", lags, confidence)
    bread = _bread(design)
    beta, residual = _solve(bread, design, y)
    score = design * residual[:, None]
    if t is not None or len(rows) > n:
        place = np.flatnonzero(rows) if t is None else _grid(np.asarray(t, np.float64)[rows], step)
        on_grid = np.zeros((int(place[-1]) + 1, columns))
        on_grid[place] = score
        score = on_grid
    # Bartlett's weights are how many windows of lags + 1 steps hold both of two scores.
    window = np.ones(lags + 1)
    sums = np.array([np.convolve(column, window) for column in score.T])
    covariance = bread @ (sums @ sums.T) @ bread * (n / ((lags + 1) * (n - columns)))
    return _fit(beta, covariance, n, "hac", 0.0, lags, confidence)


def prais_winsten(
    design: Float64,
    y: Float64,
    *,
    t: NDArray[Any] | None = None,
    step: float = 1.0,
    confidence: float = 0.95,
) -> LinearFit:
    """Regress `y` (n,) on `design` (n, k); a residual resembles the one a step before by rho (AR(1)).

    rho is estimated once from the least-squares residuals and corrected for all k columns (`lag_one`), then
    the generalised least squares are solved with the first row kept (Prais & Winsten 1954). Limits are by
    t(n_eff - k), at least t(1), with n_eff = n (1 - rho) / (1 + rho) what so many rows are worth: t(n - k)
    takes rho for known, and held a slope over 30 rows 91 % of the time at a rho of 0.6. `t` (n,) ascending
    says when each row was, else rows are a step apart: a gap of g steps weakens the resemblance to rho^g,
    nothing is filled in. Under ten rows, or with no two a step apart, the coefficients are plain and the
    covariance NaN. ValueError as `least_squares`, and a t that does not ascend.
    """
    rows = _rows(design, y)
    when = np.arange(len(y), dtype=np.float64) if t is None else np.asarray(t, np.float64)
    design, y, when = design[rows], y[rows], when[rows]
    _refuse_disorder(when)
    n, columns = design.shape
    if n <= columns:
        return _unknown(design, "prais_winsten", 0, confidence)
    bread = _bread(design)
    beta, residual = _solve(bread, design, y)
    rho = lag_one(when, residual, step, regressors=columns)
    if not np.isfinite(rho):
        nothing = np.full((columns, columns), np.nan)
        return _fit(beta, nothing, n, "prais_winsten", rho, 0, confidence)
    kept = rho ** (np.diff(when) / step)
    design, y = _without_ar1(design, kept[:, None]), _without_ar1(y, kept)
    bread = _bread(design)
    beta, residual = _solve(bread, design, y)
    fit = _fit(beta, _plain(bread, residual), n, "prais_winsten", rho, 0, confidence)
    return replace(fit, df=max(n * (1 - rho) / (1 + rho) - columns, 1.0))


def _rows(design: Float64, y: Float64) -> NDArray[np.bool_]:
    if np.isnan(design).any():
        raise ValueError("the design holds NaN: leave out rows whose time or group is not known")
    if len(design) != len(y):
        raise ValueError(f"{len(design)} rows of the design do not fit {len(y)} values: give one for each")
    return np.isfinite(y)


def _unknown(design: Float64, cov: Covariance, lags: int, confidence: float) -> LinearFit:
    n, columns = design.shape
    nothing = np.full((columns, columns), np.nan)
    return LinearFit(nothing[0], nothing, n, n - columns, cov, float("nan"), lags, confidence)


def _fit(
    beta: Float64, covariance: Float64, n: int, cov: Covariance, rho: float, lags: int, confidence: float
) -> LinearFit:
    return LinearFit(beta, covariance, n, n - len(beta), cov, rho, lags, confidence)


def _bread(design: Float64) -> Float64:
    """The inverse of design.T @ design, by columns of length 1 so that their units do not matter."""
    gram = design.T @ design
    length = np.sqrt(gram.diagonal())
    length[length == 0] = 1.0
    units = length[:, None] * length
    try:
        inverse = np.linalg.inv(gram / units)
    except np.linalg.LinAlgError:
        inverse = np.full_like(gram, np.inf)
    if not np.abs(inverse.diagonal()).max() < LARGEST_INFLATION:
        raise ValueError("columns of the design depend on each other: leave one out, or take more rows")
    return np.asarray(inverse / units)


def _solve(bread: Float64, design: Float64, y: Float64) -> tuple[Float64, Float64]:
    beta = bread @ (design.T @ y)
    residual = y - design @ beta
    # One step of refinement takes away what the inverse has rounded.
    step = bread @ (design.T @ residual)
    return np.asarray(beta + step), np.asarray(residual - design @ step)


def _plain(bread: Float64, residual: Float64) -> Float64:
    return np.asarray(bread * (float(residual @ residual) / (len(residual) - len(bread))))


def _without_ar1(rows: Float64, kept: Float64) -> Float64:
    """Rows less what the row before says of them, on the scale of the first row."""
    rest = (rows[1:] - kept * rows[:-1]) / np.sqrt(1 - kept**2)
    return np.concatenate([rows[:1], rest])


def _grid(t: Float64, step: float) -> NDArray[np.int64]:
    _refuse_disorder(t)
    place = np.rint((t - t[0]) / step)
    on_grid = t[0] + place * step
    if (t != on_grid).any():
        off = np.flatnonzero(~np.isclose(t, on_grid))
        if len(off):
            raise ValueError(
                f"t = {t[off[0]]} is not a whole number of steps of {step} after {t[0]}: "
                'give the right step, or take Prais-Winsten ("prais_winsten")'
            )
    return np.asarray(place, np.int64)


def _refuse_disorder(t: Float64) -> None:
    ahead = np.diff(t)
    wrong = np.flatnonzero(ahead <= 0)
    if len(wrong) and ahead[wrong[0]] == 0:
        raise ValueError(f"t = {t[wrong[0]]} stands twice: give one value a time")
    if len(wrong):
        raise ValueError(f"t = {t[wrong[0] + 1]} comes after {t[wrong[0]]}: sort the rows by time")
