"""Repeated measures: each resident has a level of their own, and the effect is what they share."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.least_squares import LinearFit

Float64 = NDArray[np.float64]

NORMAL = "residents' levels and the rest are normal, and rows of a resident otherwise independent"
CONSERVATIVE = "intervals by t(residents - 1), wider than Kenward and Roger's"
BY_RESIDENTS = "standard errors by how residents' own rows depart (sandwich): they may change differently"
NO_SPREAD = "residents' levels differ no more than the rest would make them"

NO_SHARE = 1e-6
"""The optimiser stops a little short of the boundary."""


@dataclass(frozen=True, slots=True)
class MixedModel:
    """`fit` holds the coefficients all share; `variance_between` is that of residents' levels.

    `variance_within` is the rest, `icc` the share of variance that lies between. `converged` False: do not
    report it.
    """

    fit: LinearFit
    variance_between: float
    variance_within: float
    icc: float
    residents: int
    converged: bool
    assumptions: tuple[str, ...]


def mixed_model(
    design: Float64,
    y: NDArray[Any],
    resident: NDArray[Any],
    *,
    confidence: float = 0.95,
    robust: bool = False,
) -> MixedModel:
    """Regress `y` (n,) on `design` (n, k) with a random intercept for each `resident` (n,), by REML.

    `design` needs its column of ones. NaN in `y` is left out, which takes it for missing at random.
    Intervals by t(residents - 1). `robust` takes the covariance from how residents' own rows depart, times
    G / (G - 1): without it residents who change differently are taken for rows that differ by chance, and
    the interval of a change is too narrow. ModuleNotFoundError: statsmodels is not installed. ValueError:
    shapes that do not fit, NaN in `design`, columns that depend on each other, `y` all the same, fewer than
    two residents, or no resident with two rows.
    """
    try:
        from statsmodels.regression.mixed_linear_model import MixedLM
        from statsmodels.tools.sm_exceptions import ModelWarning
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "mixed_model needs statsmodels: pip install 'pilotbed[stats]'", name=error.name
        ) from error
    y = np.asarray(y, np.float64)
    if design.ndim != 2 or not len(design) == len(y) == len(resident):
        raise ValueError(
            f"design {design.shape}, y {y.shape} and resident {resident.shape} do not fit: give a row a value"
        )
    if np.isnan(design).any():
        raise ValueError("the design holds NaN: leave out rows whose time or group is not known")
    known = np.isfinite(y)
    y, design = y[known], design[known]
    _, place, rows = np.unique(resident[known], return_inverse=True, return_counts=True)
    if len(rows) < 2 or rows.max() < 2:
        raise ValueError(
            f"{len(rows)} residents with at most {rows.max(initial=0)} rows each: give two residents and "
            "two rows of one, or regress without levels of their own"
        )
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("columns of the design depend on each other: leave one out, or take more rows")
    if np.ptp(y) == 0:
        raise ValueError(f"all {len(y)} values are {y[0]:g}: there is no variance to share out")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        # Its gradient methods gave up on 64 of 600 simulated pilots, where the variance between is near 0.
        result = MixedLM(y, design, groups=place).fit(reml=True, method=["powell"])
    columns = design.shape[1]
    coefficients = np.asarray(result.fe_params, np.float64)
    between, within = float(result.cov_re[0, 0]), float(result.scale)
    covariance = np.asarray(result.cov_params(), np.float64)[:columns, :columns]
    if robust:
        covariance = _by_residents(design, y - design @ coefficients, place, rows, between / within)
    fit = LinearFit(
        coefficients=coefficients,
        covariance=covariance,
        n=len(y),
        df=len(rows) - 1,
        cov="reml",
        rho=0.0,
        lags=0,
        confidence=confidence,
    )
    icc = between / (between + within)
    assumptions: tuple[str, ...] = (NORMAL, BY_RESIDENTS if robust else CONSERVATIVE)
    if icc <= NO_SHARE:
        assumptions = (*assumptions, NO_SPREAD)
    return MixedModel(fit, between, within, icc, len(rows), bool(result.converged), assumptions)


def _by_residents(
    design: Float64, rest: Float64, place: NDArray[np.intp], rows: NDArray[np.intp], ratio: float
) -> Float64:
    """The sandwich covariance (k, k) over residents, with `ratio` the variance between over that within."""
    sums = np.zeros((len(rows), design.shape[1]))
    np.add.at(sums, place, design)
    share = ratio / (1 + rows * ratio)
    bread = np.linalg.inv(design.T @ design - sums.T @ (share[:, None] * sums))
    scores = np.zeros_like(sums)
    np.add.at(scores, place, design * rest[:, None])
    scores -= (share * np.bincount(place, rest))[:, None] * sums
    found: Float64 = bread @ (scores.T @ scores) @ bread * len(rows) / (len(rows) - 1)
    return found
