"""Where a series of nights leaves its level: smoothed, in single outliers, or for good."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.autocorrelation import lag_one

Float64 = NDArray[np.float64]

MAD_TO_SD = 1.4826
"""A normal distribution's standard deviation in its median absolute deviations."""

RANGE_TO_SD = 1.128
"""The mean range of two normal values in standard deviations (d2)."""

BASELINE = 20
"""The first points that say what is usual when nobody else does."""


@dataclass(frozen=True, slots=True)
class Ewma:
    """An exponentially weighted moving average (n,) with its control limits (n,), NaN where `y` is NaN.

    `mean` and `sigma` are those of single values; `smoothing` and `width` what it was made with.
    """

    value: Float64
    lower: Float64
    upper: Float64
    mean: float
    sigma: float
    smoothing: float
    width: float
    n: int


@dataclass(frozen=True, slots=True)
class Hampel:
    """Which points (n,) stand out; `median` (n,) is that of the points around each, NaN where `y` is."""

    outlier: NDArray[np.bool_]
    median: Float64
    n: int
    window: int
    mads: float


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The place where a series most likely changed its level, once.

    `index` is the first point (in `y` as given) of the new level, None where there is none to name;
    `before` and `after` are medians, `k` is Pettitt's statistic, `p` its two-sided approximate p with
    lag-1 autocorrelation `r1` (0 when not asked for), NaN where r1 cannot be had. `n` finite points.
    """

    index: int | None
    before: float
    after: float
    k: int
    p: float
    n: int
    r1: float


def ewma(
    y: NDArray[Any],
    *,
    smoothing: float = 0.2,
    mean: float | None = None,
    sigma: float | None = None,
    width: float = 3.0,
    baseline: int = BASELINE,
) -> Ewma:
    """Smooth `y` (n,) by z = smoothing·y + (1 - smoothing)·z before, started at `mean` (Roberts 1959).

    Limits mean ± width·sigma·sqrt(smoothing/(2 - smoothing)·(1 - (1 - smoothing)^(2i))) at the i-th finite
    point. Without `mean` and `sigma` they come from the first `baseline` finite points: their mean, and
    their mean moving range / 1.128. A NaN night skips the update. No finite points: NaN.
    """
    if not 0 < smoothing <= 1:
        raise ValueError(f"smoothing is {smoothing}: give a share above 0, at most 1")
    y = np.asarray(y, np.float64)
    keep = np.isfinite(y)
    finite = y[keep]
    usual = finite[:baseline]
    if mean is None:
        mean = float(usual.mean()) if len(usual) else float("nan")
    if sigma is None:
        sigma = float(np.abs(np.diff(usual)).mean()) / RANGE_TO_SD if len(usual) > 1 else float("nan")
    value, lower, upper = (np.full(len(y), np.nan) for _ in range(3))
    if len(finite):
        start = np.array([(1 - smoothing) * mean])
        value[keep] = scipy.signal.lfilter([smoothing], [1, -(1 - smoothing)], finite, zi=start)[0]
        grown = 1 - (1 - smoothing) ** (2.0 * np.arange(1, len(finite) + 1))
        reach = width * sigma * np.sqrt(smoothing / (2 - smoothing) * grown)
        lower[keep], upper[keep] = mean - reach, mean + reach
    return Ewma(value, lower, upper, mean, sigma, smoothing, width, len(finite))


def hampel(y: NDArray[Any], *, window: int = 7, mads: float = 3.0) -> Hampel:
    """Points of `y` (n,) more than `mads`·1.4826·MAD from the median of the `window` points around them.

    A window of 7 is the point and three on either side, fewer at the ends; NaN is left out and never an
    outlier. Where more than half of a window is one and the same value (MAD 0), any other stands out.
    """
    if window < 3 or window % 2 == 0:
        raise ValueError(f"window is {window}: give an odd number of points from 3 up")
    y = np.asarray(y, np.float64)
    keep = np.isfinite(y)
    outlier, median = np.zeros(len(y), np.bool_), np.full(len(y), np.nan)
    if keep.any():
        padded = np.pad(np.where(keep, y, np.nan), window // 2, constant_values=np.nan)
        around = np.lib.stride_tricks.sliding_window_view(padded, window)[keep]
        median[keep] = np.nanmedian(around, axis=1)
        mad = np.nanmedian(np.abs(around - median[keep][:, None]), axis=1)
        outlier[keep] = np.abs(y - median)[keep] > mads * MAD_TO_SD * mad
    return Hampel(outlier, median, int(keep.sum()), window, mads)


def change_point(y: NDArray[Any], *, autocorr: bool = True) -> ChangePoint:
    """Pettitt's rank test (1979) for one change of level of evenly spaced `y` (n,); NaN is left out.

    p = 2·exp(-6k²/(n³ + n²)). Nights resemble each other, and a plain p then finds changes where there
    are none: `autocorr` divides k² by (1+r)/(1-r), r from neighbouring nights about the two levels; under
    ten points p is NaN then. A trend counts as a change too: look at both. Earliest of equal places.
    """
    y = np.asarray(y, np.float64)
    place = np.flatnonzero(np.isfinite(y))
    finite = y[place]
    n, nan = len(finite), float("nan")
    if n < 2:
        return ChangePoint(None, nan, nan, 0, nan, n, nan)
    above = np.sign(finite[:, None] - finite[None, :]).sum(axis=1)  # ranks less their mean, doubled
    path = np.abs(np.cumsum(above)[:-1])
    first = int(np.argmax(path)) + 1
    k = int(path[first - 1])
    if k == 0:
        return ChangePoint(None, nan, nan, 0, 1.0, n, 0.0)
    before, after = float(np.median(finite[:first])), float(np.median(finite[first:]))
    level = np.where(np.arange(n) < first, finite[:first].mean(), finite[first:].mean())
    r = lag_one(place.astype(np.float64), finite - level, 1.0) if autocorr else 0.0
    p = float(np.minimum(1.0, 2 * np.exp(-6 * k**2 / (n**3 + n**2) * (1 - r) / (1 + r))))
    return ChangePoint(int(place[first]), before, after, k, p, n, r)
