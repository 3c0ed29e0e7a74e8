"""Shares of alarms: answered in time, false, or right but unneeded."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.alarms import CENSORED, REACHED
from analysis.incidence_bootstrap import incidence_intervals
from analysis.intervals import REPLICATES, SEED, clopper_pearson_ci, wilson_ci
from analysis.pooled import (
    BOOTSTRAP,
    CLOPPER_PEARSON,
    WILSON,
    PooledRate,
    Share,
    ShareInterval,
    pooled_rate,
    pooled_share,
)
from analysis.survival import cumulative_incidence, incidence_at

Float64 = NDArray[np.float64]

ACKNOWLEDGE_WITHIN_S = 60.0
ARRIVE_WITHIN_S = 600.0

INCIDENCE = "cumulative incidence, log-log limits"

REAL, NUISANCE, FALSE, TEST = "real", "nuisance", "false", "test"
"""What an alarm turned out to be: nuisance is technically right but unneeded."""


@dataclass(frozen=True, slots=True)
class TargetShare:
    """The share (0 to 1) of `n` alarms that reached a stage within `target_s`; NaN without alarms.

    `ci_low` and `ci_high` are by resampling residents, or with one resident (or none named) the independent
    limits; `method` says which. `independent_low`, `independent_high` take alarms as independent, by
    `estimator`. `censored` alarms were still open, before the target, when the data end.
    """

    value: float
    ci_low: float
    ci_high: float
    independent_low: float
    independent_high: float
    n: int
    censored: int
    residents: int
    target_s: float
    estimator: str
    method: str
    confidence: float


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """What alarms turned out to be: shares of those whose outcome is known, and rates per device-day.

    `false`: nothing had happened; `nuisance`: technically right but unneeded; `non_actionable`: either.
    `known` alarms have an outcome and `unknown` have none: the rates count the known only, and are lower
    bounds where outcomes are missing. `tests` are left out of everything.
    """

    false: Share
    nuisance: Share
    non_actionable: Share
    false_per_device_day: PooledRate
    nuisance_per_device_day: PooledRate
    non_actionable_per_device_day: PooledRate
    known: int
    unknown: int
    tests: int


def sla_share(
    seconds: Float64,
    code: NDArray[np.int8],
    *,
    target_s: float = ACKNOWLEDGE_WITHIN_S,
    resident: NDArray[np.int64] | None = None,
    interval: ShareInterval = "wilson",
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> TargetShare:
    """The share of alarms that reached the stage within the target, from raised (a time equal to it counts).

    `seconds` and `code` (n,) as in `analysis.alarms.ResponseIntervals`, `resident` (n,) any label. Where
    every alarm's fate at the target is known the share is k / n, an alarm that ended without the stage
    counting as not in time. Where some were censored before the target it is the cumulative incidence
    there. ValueError: a target that is not above 0, or an interval that does not exist.
    """
    if not target_s > 0:
        raise ValueError(f"target_s is {target_s}: give the seconds, above 0, that the stage may take")
    if interval not in ("wilson", "clopper_pearson"):
        raise ValueError(f"interval is {interval!r}: take wilson or clopper_pearson")
    n = len(seconds)
    censored = int(np.count_nonzero((code == CENSORED) & (seconds < target_s)))
    if censored:
        estimate = incidence_at(cumulative_incidence(seconds, code, confidence), target_s, confidence)
        value, low, high, estimator = estimate.value, estimate.ci_low, estimate.ci_high, INCIDENCE
    else:
        k = int(np.count_nonzero((code == REACHED) & (seconds <= target_s)))
        value = k / n if n else float("nan")
        if interval == "wilson":
            (low, high), estimator = wilson_ci(k, n, confidence), WILSON
        else:
            (low, high), estimator = clopper_pearson_ci(k, n, confidence), CLOPPER_PEARSON
    residents = min(n, 1) if resident is None else len(np.unique(resident))
    outer_low, outer_high, method = low, high, estimator
    if resident is not None and residents > 1:
        by_resident = incidence_intervals(
            seconds, code, resident, target_s, confidence=confidence, replicates=replicates, seed=seed
        ).share
        if by_resident.low != by_resident.high:
            outer_low, outer_high = by_resident.low, by_resident.high
            method = BOOTSTRAP[by_resident.method]
    return TargetShare(
        value,
        outer_low,
        outer_high,
        low,
        high,
        n,
        censored,
        residents,
        target_s,
        estimator,
        method,
        confidence,
    )


def false_alarm_rate(
    outcome: NDArray[np.object_],
    device_days: float | NDArray[Any],
    *,
    resident: NDArray[np.int64] | None = None,
    interval: ShareInterval = "wilson",
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> FalseAlarms:
    """False and nuisance alarms as shares of the alarms whose outcome is known, and per device-day.

    `outcome` (n,) one word an alarm: real, nuisance, false, test, or None where nobody said. `device_days`
    a number; or with `resident` (n,) int64 pointing into it, (g,) the device-days of each resident, and all
    limits resample residents. ValueError: another word, or shapes that do not fit.
    """
    wrong = [word for word in outcome if word not in (REAL, NUISANCE, FALSE, TEST, None)]
    if wrong:
        raise ValueError(f"outcome {wrong[0]!r}: take {REAL}, {NUISANCE}, {FALSE}, {TEST} or None")
    days = np.atleast_1d(np.asarray(device_days, np.float64))
    place = np.zeros(len(outcome), np.int64) if resident is None else resident
    if len(place) != len(outcome) or (len(place) and not 0 <= place.min() <= place.max() < len(days)):
        raise ValueError(
            f"{len(outcome)} outcomes of residents {place} do not fit {len(days)} residents' device-days"
        )

    def by_resident(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(place[chosen], minlength=len(days))

    is_false, is_nuisance = outcome == FALSE, outcome == NUISANCE
    known = by_resident(is_false | is_nuisance | (outcome == REAL))
    false, nuisance, either = (
        by_resident(chosen) for chosen in (is_false, is_nuisance, is_false | is_nuisance)
    )

    def share(count: NDArray[np.int64]) -> Share:
        return pooled_share(
            count, known, interval=interval, confidence=confidence, replicates=replicates, seed=seed
        )

    def rate(count: NDArray[np.int64]) -> PooledRate:
        return pooled_rate(count, days, confidence=confidence, replicates=replicates, seed=seed)

    tests, told = int(np.count_nonzero(outcome == TEST)), int(known.sum())
    return FalseAlarms(
        share(false),
        share(nuisance),
        share(either),
        rate(false),
        rate(nuisance),
        rate(either),
        told,
        len(outcome) - told - tests,
        tests,
    )
