"""One participant's daily values of a period as one number."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.catalogue import Metric
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA, TOO_FEW_NIGHTS
from analysis.pipeline.periods import Period
from analysis.trend import theil_sen
from pilots.records import DailyValue

FEWEST_NIGHTS_FOR_TREND = 14
"""A slope through fewer nights says more about noise than about the resident."""

SLOPES = {"weight_trend_kg_per_30d": ("weight_kg", 30.0)}
"""Metrics that are a slope: through which metric's values, and per how many days."""


@dataclass(frozen=True, slots=True)
class ParticipantValue:
    """A participant's value of a period. `value` None has a `reason`; `n` counts the days or nights in it.

    `coverage` is the mean over the expected days, absent ones as 0; None when there are none, or when no
    day says how much of it was seen.
    """

    value: float | None
    ci_low: float | None
    ci_high: float | None
    n: int
    coverage: float | None
    reason: str | None


def within(days: Sequence[DailyValue], period: Period) -> Sequence[DailyValue]:
    """Those of `days`, ascending, that lie in the period."""
    first, end = (bisect_left(days, day, key=_DAY) for day in (period.first, period.end))
    return days[first:end]


_DAY = attrgetter("day")


def counts(value: DailyValue, floor: float) -> bool:
    """Whether a daily value may be used: it is there, and enough of its window was observed."""
    return value.value is not None and (value.coverage is None or value.coverage >= floor)


def participant_value(metric: Metric, days: Sequence[DailyValue], floor: float) -> ParticipantValue:
    """The period's value from one participant's daily values, ascending, one for each expected day.

    `days` hold the metric itself, or for a slope over a period the metric it is a slope of (`SLOPES`).
    Mean: the mean of those that count, with a t interval over them, too narrow where nights resemble each
    other. Last: the last that counts. Trend: the Theil-Sen slope, of at least 14.
    """
    valid = [day for day in days if counts(day, floor)]
    coverage = mean_coverage(days)
    if not valid:
        return ParticipantValue(None, None, None, 0, coverage, reason_for_none(days))
    slope = SLOPES.get(metric.name)
    if slope is not None and days[0].metric == slope[0]:
        return _slope(valid, slope[1], coverage)
    if metric.summary != "mean" or len(days) == 1:
        last = valid[-1]
        n = 1 if metric.summary == "mean" else len(valid)
        return ParticipantValue(last.value, last.ci_low, last.ci_high, n, coverage, None)
    mean, low, high = mean_with_t_interval(np.array([day.value for day in valid], dtype=np.float64))
    low, high = metric.limits(low, high)
    return ParticipantValue(mean, low, high, len(valid), coverage, None)


def reason_for_none(days: Sequence[DailyValue]) -> str:
    """Why none of the days counts: the reason that most of them give."""
    reasons = Counter(
        day.reason or LOW_COVERAGE for day in days if day.reason != NO_DATA or day.value is not None
    )
    return reasons.most_common(1)[0][0] if reasons else NO_DATA


def mean_with_t_interval(values: NDArray[np.float64]) -> tuple[float, float | None, float | None]:
    """Mean of (n,) values, n > 0, and its 95 % t interval; no interval for one value."""
    mean = float(values.mean())
    if len(values) < 2:
        return mean, None, None
    reach = (
        float(scipy.special.stdtrit(len(values) - 1, 0.975)) * float(values.std(ddof=1)) / len(values) ** 0.5
    )
    return mean, mean - reach, mean + reach


def _slope(valid: Sequence[DailyValue], per_days: float, coverage: float | None) -> ParticipantValue:
    if len(valid) < FEWEST_NIGHTS_FOR_TREND:
        return ParticipantValue(None, None, None, len(valid), coverage, TOO_FEW_NIGHTS)
    line = theil_sen(
        np.array([day.day.toordinal() for day in valid], dtype=np.float64),
        np.array([day.value for day in valid], dtype=np.float64),
    )
    low, high = (limit * per_days if np.isfinite(limit) else None for limit in (line.ci_low, line.ci_high))
    return ParticipantValue(line.slope * per_days, low, high, len(valid), coverage, None)


def mean_coverage(days: Sequence[DailyValue]) -> float | None:
    """The mean share of the expected days that was observed, as in `ParticipantValue`."""
    if not days or all(day.coverage is None and day.value is not None for day in days):
        return None
    seen = [day.coverage or 0.0 for day in days if day.coverage is not None or day.value is None]
    return float(np.mean(seen))
