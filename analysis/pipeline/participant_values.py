"""One participant's daily values of a period as one number."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.catalogue import Metric
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA, TOO_FEW_NIGHTS
from analysis.pipeline.metric_days import Days
from analysis.trend import TheilSen, theil_sen

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


def participant_value(metric: Metric, days: Days, floor: float) -> ParticipantValue:
    """The period's value from one participant's daily values, ascending, one for each expected day.

    `days` hold the metric itself, or for a slope over a period the metric it is a slope of (`SLOPES`).
    Mean: the mean of those that count, with a t interval over them, too narrow where nights resemble each
    other. Last: the last that counts. Trend: the Theil-Sen slope, of at least 14.
    """
    valid = np.flatnonzero(days.counting(floor))
    coverage = mean_coverage(days)
    if len(valid) == 0:
        return ParticipantValue(None, None, None, 0, coverage, reason_for_none(days))
    slope = SLOPES.get(metric.name)
    if slope is not None and days.metric == slope[0]:
        return _slope(days[valid], slope[1], coverage)
    if metric.summary != "mean" or len(days) == 1:
        last = valid[-1]
        n = 1 if metric.summary == "mean" else len(valid)
        value, low, high = (_told(column[last]) for column in (days.value, days.ci_low, days.ci_high))
        return ParticipantValue(value, low, high, n, coverage, None)
    mean, low, high = mean_with_t_interval(days.value[valid])
    low, high = metric.limits(low, high)
    return ParticipantValue(mean, low, high, len(valid), coverage, None)


def reason_for_none(days: Days) -> str:
    """Why none of the days counts: the reason that most of them give, the first said of several."""
    words = (LOW_COVERAGE, *days.reasons)
    has_value = ~np.isnan(days.value)
    reasons = Counter(
        words[code]
        for code, there in zip(days.reason.tolist(), has_value.tolist(), strict=True)
        if words[code] != NO_DATA or there
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


def _slope(valid: Days, per_days: float, coverage: float | None) -> ParticipantValue:
    if len(valid) < FEWEST_NIGHTS_FOR_TREND:
        return ParticipantValue(None, None, None, len(valid), coverage, TOO_FEW_NIGHTS)
    line = _line(valid.day.astype(np.float64).tobytes(), valid.value.tobytes())
    low, high = (limit * per_days if np.isfinite(limit) else None for limit in (line.ci_low, line.ci_high))
    return ParticipantValue(line.slope * per_days, low, high, len(valid), coverage, None)


@lru_cache(maxsize=2048)
def _line(day: bytes, value: bytes) -> TheilSen:
    """Remembered, since a new night changes those of one phase, and of one participant."""
    return theil_sen(np.frombuffer(day), np.frombuffer(value))


def mean_coverage(days: Days) -> float | None:
    """The mean share of the expected days that was observed, as in `ParticipantValue`."""
    unsaid = np.isnan(days.coverage)
    told = ~unsaid | np.isnan(days.value)
    return float(np.where(unsaid, 0.0, days.coverage)[told].mean()) if told.any() else None


def _told(number: np.float64) -> float | None:
    return None if np.isnan(number) else float(number)
