"""The slope of a series of nights, with an interval that survives outliers and neighbouring nights alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

FEWEST_FOR_AUTOCORRELATION = 10
"""Below ten nights the lag-1 correlation is mostly noise: no adjusted interval is given."""


@dataclass(frozen=True, slots=True)
class TheilSen:
    """A Theil-Sen line y = intercept + slope·t, in units of y per unit of t.

    `ci_low`, `ci_high` bound the slope at `confidence`; NaN where they cannot be had. `r1` is the
    bias-corrected lag-1 autocorrelation that widened them, 0 when not asked for. `n` counts finite points.
    """

    slope: float
    intercept: float
    ci_low: float
    ci_high: float
    n: int
    r1: float
    confidence: float


def theil_sen(
    t: NDArray[Any],
    y: NDArray[Any],
    *,
    confidence: float = 0.95,
    autocorr: bool = True,
    step: float = 1.0,
) -> TheilSen:
    """Median of all pairwise slopes of `y` (n,) over `t` (n,), with a rank interval; NaN in `y` is left out.

    Intercept is the joint one, median(y - slope·t). The interval takes the ordered slopes at ranks from
    Kendall's variance, with ties in t and in y subtracted (Sen 1968). `autocorr` widens it by
    sqrt((1+r)/(1-r)) with r from residuals of points `step` apart (Hamed and Rao 1998, Yue and Wang 2004;
    r bias-corrected for level and slope); below ten points the interval is NaN then. Fewer than two
    distinct t: all NaN.
    """
    keep = np.isfinite(t) & np.isfinite(y)
    t = np.asarray(t, np.float64)[keep]
    y = np.asarray(y, np.float64)[keep]
    order = np.argsort(t, kind="stable")
    t, y = t[order], y[order]
    n = len(t)
    nan = float("nan")
    early, late = np.triu_indices(n, 1)
    run = t[late] - t[early]
    forward = run > 0
    slopes = np.sort((y[late] - y[early])[forward] / run[forward])
    if len(slopes) == 0:
        return TheilSen(nan, nan, nan, nan, n, nan, confidence)
    slope = float(np.median(slopes))
    intercept = float(np.median(y - slope * t))
    r = _lag_one(t, y - slope * t, step) if autocorr else 0.0
    if not np.isfinite(r):
        return TheilSen(slope, intercept, nan, nan, n, r, confidence)
    variance = (n * (n - 1) * (2 * n + 5) - _ties(t) - _ties(y)) / 18
    reach = float(scipy.special.ndtri(0.5 + confidence / 2)) * np.sqrt(max(variance, 0.0) * (1 + r) / (1 - r))
    pairs = len(slopes)
    low, high = (min(max(rank, 1), pairs) for rank in _ranks(pairs, reach))
    return TheilSen(slope, intercept, float(slopes[low - 1]), float(slopes[high - 1]), n, r, confidence)


def _ranks(pairs: int, reach: float) -> tuple[int, int]:
    return round((pairs - reach) / 2), round((pairs + reach) / 2) + 1


def _ties(values: NDArray[np.float64]) -> int:
    _, size = np.unique(values, return_counts=True)
    return int((size * (size - 1) * (2 * size + 5)).sum())


def _lag_one(t: NDArray[np.float64], residual: NDArray[np.float64], step: float) -> float:
    n = len(t)
    if n < FEWEST_FOR_AUTOCORRELATION:
        return float("nan")
    e = residual - residual.mean()
    adjacent = np.isclose(np.diff(t), step)
    pairs = int(adjacent.sum())
    if pairs == 0:
        return float("nan")
    power = float((e * e).sum())
    scale = float(np.abs(residual).max()) + 1.0
    if power <= n * (1e-12 * scale) ** 2:
        return 0.0  # the points lie on a line: nothing is left that could be correlated
    r1 = float((e[:-1] * e[1:])[adjacent].sum()) / power * (n - 1) / pairs
    return float(np.clip((n * r1 + 2) / (n - 4), 0.0, 0.95))
