"""A smooth curve through a series of nights that follows no line."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

FEWEST = 5
"""Points of a neighbourhood: with fewer the curve runs through the points themselves and smooths nothing."""


@dataclass(frozen=True, slots=True)
class Lowess:
    """The smooth `value` (n,) at each point as given, in the unit of y; NaN where t or y is, and for few.

    `n` counts finite points, `neighbours` those that each local line was fitted to.
    """

    value: Float64
    n: int
    neighbours: int
    frac: float
    it: int


def lowess(t: NDArray[Any], y: NDArray[Any], *, frac: float = 0.3, it: int = 3) -> Lowess:
    """Smooth `y` (n,) over `t` (n,) by local lines, robust against single outliers (Cleveland 1979).

    Each line is fitted to the `frac` of all points that are nearest, by tricube weights, and anew `it` times
    with less weight for what lies far from it. NaN is left out. No interval: the curve is for the eye. A
    neighbourhood of fewer than five points: NaN. ModuleNotFoundError: statsmodels is not installed.
    ValueError: `frac` or `it` that cannot be, or one t that fills a neighbourhood.
    """
    try:
        from statsmodels.nonparametric.smoothers_lowess import lowess as smoothed
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "lowess needs statsmodels: pip install 'pilotbed[stats]'", name=error.name
        ) from error
    if not 0 < frac <= 1:
        raise ValueError(f"frac is {frac}: give a share of the points above 0, at most 1")
    if it < 0:
        raise ValueError(f"it is {it}: give how often to fit again, from 0 up")
    t, y = np.asarray(t, np.float64), np.asarray(y, np.float64)
    keep = np.isfinite(t) & np.isfinite(y)
    n = int(np.count_nonzero(keep))
    neighbours = int(frac * n + 1e-10)  # as statsmodels counts them
    value = np.full(len(y), np.nan)
    if neighbours >= FEWEST:
        distinct, times = np.unique(t[keep], return_counts=True)
        # statsmodels answers 0 there.
        if times.max() >= neighbours:
            raise ValueError(
                f"t = {distinct[times.argmax()]:g} stands {times.max()} times and fills a neighbourhood of "
                f"{neighbours} points: give a larger frac, or one point for each t"
            )
        value[keep] = smoothed(y[keep], t[keep], frac=frac, it=it, return_sorted=False)
    return Lowess(value, n, neighbours, frac, it)
