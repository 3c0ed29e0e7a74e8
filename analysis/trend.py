"""The trend of a series of nights by ranks and medians, and the way to least squares and levels."""

from dataclasses import dataclass
from math import isnan, sqrt
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.autocorrelation import MOST_AUTOCORRELATION, lag_one
from analysis.level import change_point, ewma, hampel
from analysis.linear_trend import ols_trend
from analysis.local_trend import local_linear_trend
from analysis.lowess import lowess
from analysis.pairwise_slopes import ordered_slopes
from analysis.reduction import median
from analysis.series import run_lengths

__all__ = [
    "change_point",
    "ewma",
    "hampel",
    "local_linear_trend",
    "lowess",
    "mann_kendall",
    "ols_trend",
    "siegel_slope",
    "theil_sen",
]

WIDEST = float(np.sqrt((1 + MOST_AUTOCORRELATION) / (1 - MOST_AUTOCORRELATION)))
"""The most by which autocorrelation widens an interval."""


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


@dataclass(frozen=True, slots=True)
class Siegel:
    """A line of repeated medians y = intercept + slope·t, in units of y per unit of t; `n` finite points."""

    slope: float
    intercept: float
    n: int


@dataclass(frozen=True, slots=True)
class MannKendall:
    """Whether a series rises or falls at all.

    `s` counts rising less falling pairs, `tau` is s over all pairs, `variance` that of s with no trend,
    widened by the lag-1 autocorrelation `r1` (0 when not asked for). `z` is continuity-corrected, `p`
    two-sided; both NaN where r1 cannot be had. `n` counts finite points.
    """

    s: int
    tau: float
    variance: float
    z: float
    p: float
    n: int
    r1: float


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
    t, y = _ascending(t, y)
    n = len(t)
    nan = float("nan")
    variance = max((n * (n - 1) * (2 * n + 5) - _ties(t) - _ties(y)) / 18, 0.0)
    plain_reach = float(scipy.special.ndtri(0.5 + confidence / 2)) * sqrt(variance)
    slopes = ordered_slopes(t, y, reach=plain_reach / 2 * (WIDEST if autocorr else 1.0) + 1)
    pairs = slopes.number
    if pairs == 0:
        return TheilSen(nan, nan, nan, nan, n, nan, confidence)
    slope = slopes.median()
    above = y - slope * t
    intercept = median(above)
    r = lag_one(t, above, step) if autocorr else 0.0
    if isnan(r):
        return TheilSen(slope, intercept, nan, nan, n, r, confidence)
    reach = plain_reach * sqrt((1 + r) / (1 - r))
    low, high = (min(max(rank, 1), pairs) for rank in _ranks(pairs, reach))
    return TheilSen(slope, intercept, slopes.at(low), slopes.at(high), n, r, confidence)


def siegel_slope(t: NDArray[Any], y: NDArray[Any]) -> Siegel:
    """Repeated medians (Siegel 1982) of `y` (n,) over `t` (n,): half of it may be wild. NaN is left out.

    The slope is the median over points of the median slope from that point to all others; the intercept
    the hierarchical one, median(y - slope·t). Fewer than two distinct t: NaN.
    """
    t, y = _ascending(t, y)
    if len(np.unique(t)) < 2:
        return Siegel(float("nan"), float("nan"), len(t))
    slopes = [np.median((y - level)[t != at] / (t - at)[t != at]) for at, level in zip(t, y, strict=True)]
    slope = float(np.median(slopes))
    return Siegel(slope, float(np.median(y - slope * t)), len(t))


def mann_kendall(
    t: NDArray[Any], y: NDArray[Any], *, autocorr: bool = True, step: float = 1.0
) -> MannKendall:
    """Mann-Kendall's test for a monotone trend of `y` (n,) over `t` (n,); NaN in `y` is left out.

    Variance with ties in t and in y (Kendall 1970). `autocorr` multiplies it by (1+r)/(1-r), r as in
    `theil_sen` from residuals about the Theil-Sen line; under ten points z and p are NaN then. A bend
    in a steady rise counts as resemblance and weakens the test. Fewer than two distinct t: s is 0 and the
    rest NaN.
    """
    t, y = _ascending(t, y)
    n, nan = len(t), float("nan")
    if len(np.unique(t)) < 2:
        return MannKendall(0, nan, nan, nan, nan, n, nan)
    s = int(sum((np.sign(t[i + 1 :] - t[i]) * np.sign(y[i + 1 :] - y[i])).sum() for i in range(n - 1)))
    tau = s / (n * (n - 1) / 2)
    r = lag_one(t, y - theil_sen(t, y, autocorr=False).slope * t, step) if autocorr else 0.0
    variance = _kendall_variance(t, y) * (1 + r) / (1 - r)
    if not np.isfinite(variance):
        return MannKendall(s, tau, variance, nan, nan, n, r)
    z = (s - np.sign(s)) / np.sqrt(variance) if variance > 0 else 0.0
    return MannKendall(s, tau, variance, float(z), float(2 * scipy.special.ndtr(-abs(z))), n, r)


def _ascending(t: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    keep = np.isfinite(t) & np.isfinite(y)
    t = np.asarray(t, np.float64)[keep]
    y = np.asarray(y, np.float64)[keep]
    if (t[1:] >= t[:-1]).all():
        return t, y
    order = np.argsort(t, kind="stable")
    return t[order], y[order]


def _kendall_variance(t: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    n = len(t)
    variance = (n * (n - 1) * (2 * n + 5) - _ties(t) - _ties(y)) / 18
    (pairs_t, triples_t), (pairs_y, triples_y) = _tied_groups(t), _tied_groups(y)
    variance += pairs_t * pairs_y / (2 * n * (n - 1))
    if n > 2:
        variance += triples_t * triples_y / (9 * n * (n - 1) * (n - 2))
    return max(variance, 0.0)


def _tied_groups(values: NDArray[np.float64]) -> tuple[int, int]:
    _, size = np.unique(values, return_counts=True)
    return int((size * (size - 1)).sum()), int((size * (size - 1) * (size - 2)).sum())


def _ranks(pairs: int, reach: float) -> tuple[int, int]:
    return round((pairs - reach) / 2), round((pairs + reach) / 2) + 1


def _ties(values: NDArray[np.float64]) -> int:
    ordered = np.sort(values)
    if (ordered[1:] != ordered[:-1]).all():
        return 0
    size = run_lengths(ordered).length
    return int((size * (size - 1) * (2 * size + 5)).sum())
