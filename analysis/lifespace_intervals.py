"""How far and wide a person gets about over weeks, with intervals, days as what varies.

Fixes of one outing resemble each other, so that their number says nothing of what is known: days do. Of
hulls and largest distances there is no such interval, since one day alone makes them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.day_jackknife import DayInterval, jackknife_over_days
from analysis.lifespace import (
    LONGEST_WEIGHT_S,
    Float64,
    Int64,
    radius_of_gyration,
    standard_deviational_ellipse,
)

FEWEST_DAYS = 7
"""A week holds every weekday once."""


def radius_of_gyration_interval(
    x: Float64,
    y: Float64,
    day: NDArray[Any],
    time: Int64 | None = None,
    *,
    longest_s: float = LONGEST_WEIGHT_S,
    confidence: float = 0.95,
    fewest_days: int = FEWEST_DAYS,
) -> DayInterval:
    """`radius_of_gyration` in metres of all positions (n,), and its interval over the days they are of.

    `x`, `y`, `time` as there; `day` (n,) labels. Positions with NaN are left out, and so are days without a
    position. NaN with "too_few_days" under `fewest_days`. On simulated outings 95 % intervals of 7 to 56
    days held the long run 94 to 95 times in 100, on the log scale on which they are made.
    """

    def figure(kept: NDArray[np.bool_]) -> float:
        return radius_of_gyration(x[kept], y[kept], None if time is None else time[kept], longest_s=longest_s)

    return _over_days(x, y, day, figure, confidence, fewest_days)


def deviational_ellipse_interval(
    x: Float64,
    y: Float64,
    day: NDArray[Any],
    *,
    share: float = 0.95,
    confidence: float = 0.95,
    fewest_days: int = FEWEST_DAYS,
) -> DayInterval:
    """Area of the `standard_deviational_ellipse` in m² and its interval; as `radius_of_gyration_interval`."""

    def figure(kept: NDArray[np.bool_]) -> float:
        return standard_deviational_ellipse(x[kept], y[kept], share=share).area_m2

    return _over_days(x, y, day, figure, confidence, fewest_days)


def _over_days(
    x: Float64,
    y: Float64,
    day: NDArray[Any],
    figure: Callable[[NDArray[np.bool_]], float],
    confidence: float,
    fewest_days: int,
) -> DayInterval:
    known = np.isfinite(x) & np.isfinite(y)
    days = np.unique(day[known])
    enough = len(days) >= max(fewest_days, 1)
    return jackknife_over_days(
        figure(known) if enough else float("nan"),
        lambda number: figure(known & (day != days[number])),
        len(days),
        confidence=confidence,
        scale="log",
        reason=None if enough else "too_few_days" if len(days) else "no_data",
    )
