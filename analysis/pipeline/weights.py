"""Trend and change of weight at a night, from the nightly weights before it."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.measured import TOO_FEW_NIGHTS, Measured, absent
from analysis.trend import theil_sen
from analysis.weight import NIGHTS, weight_change_percent
from pilots.records import DailyValue

WEIGHT_METRICS = ("weight_trend_kg_per_30d", "weight_change_percent_30d")

TREND_NIGHTS = 28
"""Four whole weeks: every day of the week counts alike."""

FEWEST_FOR_TREND = 14

CHANGE_NIGHTS = 30

REACH_NIGHTS = CHANGE_NIGHTS + NIGHTS // 2
"""How far back a night's derived values look."""


def valid_weights(nights: Sequence[DailyValue]) -> list[DailyValue]:
    """The nightly weights that count: there, and with enough of the night observed."""
    return [night for night in nights if night.value is not None and night.reason is None]


def weight_night(night: date, weights: Sequence[DailyValue]) -> list[Measured]:
    """Theil-Sen slope over the trailing 28 nights, in kg per 30 days, and the change over 30 days in percent.

    `weights` are the valid nightly weights of one participant up to `night`. Absent as `too_few_nights`
    with fewer than 14 of the 28, or fewer than 4 in either week of the change.
    """
    day = np.array([weight.day.toordinal() for weight in weights], dtype=np.int64)
    kg = np.array([weight.value for weight in weights], dtype=np.float64)
    return [_trend(night, day, kg), _change(night, day, kg)]


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
