"""Trend and change of weight at a night, from the nightly weights before it."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.measured import TOO_FEW_NIGHTS, Measured, absent
from analysis.trend import theil_sen
from analysis.weight import NIGHTS, weight_change_percent

WEIGHT_METRICS = ("weight_trend_kg_per_30d", "weight_change_percent_30d")

TREND_NIGHTS = 28
"""Four whole weeks: every day of the week counts alike."""

FEWEST_FOR_TREND = 14

CHANGE_NIGHTS = 30

REACH_NIGHTS = CHANGE_NIGHTS + NIGHTS // 2 + 1
"""How far back a night's derived values look, itself included."""


def weight_night(night: date, day: NDArray[np.int64], kg: NDArray[np.float64]) -> list[Measured]:
    """Theil-Sen slope over the trailing 28 nights, in kg per 30 days, and the change over 30 days in percent.

    `day` ordinals (n,) ascending and `kg` (n,) are the valid nightly weights of one participant; later ones
    than `night` are left out. Absent as `too_few_nights` with fewer than 14 of the 28, or fewer than 4 in
    either week of the change.
    """
    reach = slice(
        *np.searchsorted(day, (night.toordinal() - REACH_NIGHTS + 1, night.toordinal() + 1)).tolist()
    )
    return [_trend(night, day[reach], kg[reach]), _change(night, day[reach], kg[reach])]


def _trend(night: date, day: NDArray[np.int64], kg: NDArray[np.float64]) -> Measured:
    trailing = (day > night.toordinal() - TREND_NIGHTS) & (day <= night.toordinal())
    n = int(np.count_nonzero(trailing))
    coverage = n / TREND_NIGHTS
    if n < FEWEST_FOR_TREND:
        return absent("weight_trend_kg_per_30d", TOO_FEW_NIGHTS, n=n, coverage=coverage)
    # From the first of them: large day numbers would cost digits in the intercept.
    line = theil_sen((day[trailing] - day[trailing][0]).astype(np.float64), kg[trailing])
    low, high = (30 * limit if np.isfinite(limit) else None for limit in (line.ci_low, line.ci_high))
    return Measured("weight_trend_kg_per_30d", 30 * line.slope, n, coverage, None, low, high)


def _change(night: date, day: NDArray[np.int64], kg: NDArray[np.float64]) -> Measured:
    change = weight_change_percent(day, kg, window=CHANGE_NIGHTS, at=night.toordinal())
    n = change.n_now + change.n_then
    coverage = n / (2 * NIGHTS)
    if not np.isfinite(change.percent):
        return absent("weight_change_percent_30d", TOO_FEW_NIGHTS, n=n, coverage=coverage)
    return Measured("weight_change_percent_30d", change.percent, n, coverage)
