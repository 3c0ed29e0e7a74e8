"""Rhythm figures of one person with intervals, days as what varies."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.day_jackknife import DayInterval, jackknife_over_days
from analysis.rhythm import (
    DAY_MIN,
    FEWEST_COVERAGE,
    FEWEST_DAYS,
    HOURS,
    Float64,
    Normalization,
    interdaily_stability,
    intradaily_variability,
    l5_m10,
    relative_amplitude,
)


def interdaily_stability_interval(
    hourly: NDArray[Any],
    *,
    confidence: float = 0.95,
    normalization: Normalization = "van_someren",
    fewest_days: int = FEWEST_DAYS,
    fewest_coverage: float = FEWEST_COVERAGE,
) -> DayInterval:
    """`interdaily_stability` of `hourly` (24 · days,) and its interval, within 0 and 1 by Van Someren.

    Short records are more stable than the person: the corrected value is lower, the more the fewer days. On
    simulated records of 10 to 56 days 95 % intervals held the long run 93 to 97 times in 100.
    """
    found = interdaily_stability(
        hourly, normalization=normalization, fewest_days=fewest_days, fewest_coverage=fewest_coverage
    )
    days = _Days(hourly, HOURS)
    return jackknife_over_days(
        found.value,
        lambda day: (
            interdaily_stability(
                days.without(day), normalization=normalization, fewest_days=0, fewest_coverage=0
            ).value
        ),
        len(days),
        confidence=confidence,
        lowest=0.0,
        # Hours with unequal numbers of days can put the figure itself a little above 1.
        highest=max(1.0, found.value) if normalization == "van_someren" else np.inf,
        reason=found.reason,
    )


def intradaily_variability_interval(
    hourly: NDArray[Any],
    *,
    confidence: float = 0.95,
    normalization: Normalization = "van_someren",
    fewest_days: int = FEWEST_DAYS,
    fewest_coverage: float = FEWEST_COVERAGE,
) -> DayInterval:
    """`intradaily_variability` of `hourly` (24 · days,) and its interval, not under 0."""
    found = intradaily_variability(
        hourly, normalization=normalization, fewest_days=fewest_days, fewest_coverage=fewest_coverage
    )
    days = _Days(hourly, HOURS)
    return jackknife_over_days(
        found.value,
        lambda day: (
            intradaily_variability(
                days.without(day), normalization=normalization, fewest_days=0, fewest_coverage=0
            ).value
        ),
        len(days),
        confidence=confidence,
        lowest=0.0,
        reason=found.reason,
    )


def relative_amplitude_interval(
    activity: NDArray[Any],
    *,
    epoch_min: int = 1,
    least_min: int = 300,
    most_min: int = 600,
    confidence: float = 0.95,
    fewest_days: int = FEWEST_DAYS,
    fewest_coverage: float = FEWEST_COVERAGE,
) -> DayInterval:
    """`relative_amplitude` of the `l5_m10` of `activity` (days · 1440 / epoch_min,) and its interval, in 0-1.

    Where nights are equally quiet from end to end the least active hours are a choice among equals, which
    no number of days makes smooth: 95 % intervals then held the long run 85 to 91 times in 100, else 94.
    """
    found = l5_m10(
        activity,
        epoch_min=epoch_min,
        least_min=least_min,
        most_min=most_min,
        fewest_days=fewest_days,
        fewest_coverage=fewest_coverage,
    )
    days = _Days(activity, DAY_MIN // epoch_min)

    def without(day: int) -> float:
        return relative_amplitude(
            l5_m10(
                days.without(day),
                epoch_min=epoch_min,
                least_min=least_min,
                most_min=most_min,
                fewest_days=0,
                fewest_coverage=0,
            )
        )

    return jackknife_over_days(
        relative_amplitude(found),
        without,
        len(days),
        confidence=confidence,
        lowest=0.0,
        highest=1.0,
        reason=found.reason,
    )


class _Days:
    """A record of whole days, of which those with data can be left out by their number."""

    def __init__(self, record: NDArray[Any], per_day: int) -> None:
        self._days = np.array(record, np.float64).reshape(-1, per_day)
        self._with_data = np.flatnonzero(np.isfinite(self._days).any(axis=1))

    def __len__(self) -> int:
        return len(self._with_data)

    def without(self, day: int) -> Float64:
        """The record with one day missing, so that no step leads from the day before to the day after."""
        rest = self._days.copy()
        rest[self._with_data[day]] = np.nan
        return rest.ravel()
