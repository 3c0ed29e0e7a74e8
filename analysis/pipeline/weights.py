"""Trend, change and screening of weight at a night, from the nightly weights before it."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from analysis.doubtful_nights import SOMEBODY_ELSE_KG, doubtful_nights
from analysis.pipeline.measured import TOO_FEW_NIGHTS, Measured, absent
from analysis.trend import theil_sen
from analysis.weight import (
    NIGHTS,
    WeightChange,
    change_between,
    fluid_gain_flag,
    malnutrition_flags,
)

WEIGHT_METRICS = (
    "weight_trend_kg_per_30d",
    "weight_change_percent_30d",
    "weight_change_percent_180d",
    "weight_loss_screening_percent",
    "fluid_gain_screening_percent",
)

TREND_NIGHTS = 28
"""Four whole weeks: every day of the week counts alike."""

FEWEST_FOR_TREND = 14

CHANGE_NIGHTS = 30
HALF_YEAR_NIGHTS = 180
FLUID_NIGHTS = 3

REACH_NIGHTS = HALF_YEAR_NIGHTS + NIGHTS // 2 + 1
"""How far back a night's derived values look, itself included."""

YES, NO = 100.0, 0.0
"""A flag in percent: over a group its mean is the share of residents or nights with the flag."""


def counting_weight(figures: Iterable[Measured]) -> float | None:
    """The weight in kg among a night's figures; None where there is none, or a reason against it."""
    for figure in figures:
        if figure.metric == "weight_kg" and figure.reason is None:
            return figure.value
    return None


def weight_night(night: date, day: NDArray[np.int64], kg: NDArray[np.float64]) -> list[Measured]:
    """What a night's weight says beside those before it.

    `day` ordinals (n,) ascending and `kg` (n,) are the valid nightly weights of one participant; later ones
    than `night` are left out, and so are weights 25 kg and more from those of the nights around. The
    Theil-Sen slope over the trailing 28 nights, in kg per 30 days; the change over 30 and 180 days in
    percent; whether weight loss is one of GLIM's (over 5 % in 30 or 180 days) and whether the last nights
    rose by over 2 kg in 3 days, both for screening. Absent as `too_few_nights` with fewer than 14 of the 28,
    fewer than 4 in either week of a change, or no second night within three days.
    """
    until = night.toordinal() + 1
    day, kg = _own(*_between(until - REACH_NIGHTS, until, day, kg))
    centre, half = night.toordinal(), NIGHTS // 2
    last = _between(until - NIGHTS, until, day, kg)[1].tolist()
    month, half_year = (
        change_between(last, _between(centre - back - half, centre - back + half + 1, day, kg)[1].tolist())
        for back in (CHANGE_NIGHTS, HALF_YEAR_NIGHTS)
    )
    return [
        _trend(*_between(until - TREND_NIGHTS, until, day, kg)),
        _change("weight_change_percent_30d", month),
        _change("weight_change_percent_180d", half_year),
        _loss(month, half_year),
        _fluid(*_between(until - 1 - FLUID_NIGHTS, until, day, kg)),
    ]


_Weights = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Day ordinals ascending, and the weight in kg of each, (n,)."""


def _between(first: int, past: int, day: NDArray[np.int64], kg: NDArray[np.float64]) -> _Weights:
    part = slice(bisect_left(day, first), bisect_left(day, past))
    return day[part], kg[part]


def _own(day: NDArray[np.int64], kg: NDArray[np.float64]) -> _Weights:
    """Without the nights whose weight is that of two in the bed, or of somebody else."""
    if len(kg) == 0 or kg.max() - kg.min() < SOMEBODY_ELSE_KG:
        return day, kg
    own = ~doubtful_nights(kg).somebody_else
    return day[own], kg[own]


def _trend(day: NDArray[np.int64], kg: NDArray[np.float64]) -> Measured:
    n = len(day)
    coverage = n / TREND_NIGHTS
    if n < FEWEST_FOR_TREND:
        return absent("weight_trend_kg_per_30d", TOO_FEW_NIGHTS, n=n, coverage=coverage)
    # From the first of them: large day numbers would cost digits in the intercept.
    line = theil_sen((day - day[0]).astype(np.float64), kg)
    low, high = (30 * limit if isfinite(limit) else None for limit in (line.ci_low, line.ci_high))
    return Measured("weight_trend_kg_per_30d", 30 * line.slope, n, coverage, None, low, high)


def _change(metric: str, change: WeightChange) -> Measured:
    n = change.n_now + change.n_then
    coverage = n / (2 * NIGHTS)
    if not isfinite(change.percent):
        return absent(metric, TOO_FEW_NIGHTS, n=n, coverage=coverage)
    return Measured(metric, change.percent, n, coverage)


def _loss(month: WeightChange, half_year: WeightChange) -> Measured:
    metric = "weight_loss_screening_percent"
    n = max(change.n_now + change.n_then for change in (month, half_year))
    flags = malnutrition_flags(change_30d_percent=month.percent, change_180d_percent=half_year.percent)
    if flags.glim_stage is None:
        return absent(metric, TOO_FEW_NIGHTS, n=n, coverage=n / (2 * NIGHTS))
    return Measured(metric, YES if flags.glim_stage else NO, n, n / (2 * NIGHTS))


def _fluid(day: NDArray[np.int64], kg: NDArray[np.float64]) -> Measured:
    metric = "fluid_gain_screening_percent"
    gain = fluid_gain_flag(day, kg, days=FLUID_NIGHTS)
    coverage = gain.n / (FLUID_NIGHTS + 1)
    if gain.flag is None:
        return absent(metric, TOO_FEW_NIGHTS, n=gain.n, coverage=coverage)
    return Measured(metric, YES if gain.flag else NO, gain.n, coverage)
