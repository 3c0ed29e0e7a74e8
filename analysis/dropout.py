"""Who left a pilot, when and why, and whether they were like those who stayed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.imputation import multiple_imputation, rubins_rules, tipping_point, worst_and_best_case
from analysis.intervals import wilson_ci
from analysis.survival import IncidenceCurve, kaplan_meier

__all__ = [
    "flow",
    "leaver_smd",
    "missing_at_random",
    "multiple_imputation",
    "retention_curve",
    "rubins_rules",
    "tipping_point",
    "worst_and_best_case",
]

Float64 = NDArray[np.float64]

INVITED, CONSENTED, STARTED, COMPLETED = range(4)
STAGES = ("invited", "consented", "started", "completed")

DIED, HOSPITAL = "died", "moved to hospital"
NOT_AT_RANDOM = frozenset({DIED, HOSPITAL})
"""Whoever leaves so leaves because of their health, which is what the pilot measures."""

NOT_STATED = "not stated"

LARGEST_ALIKE = 0.2
"""A fifth of a standard deviation: Cohen's small difference."""

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Loss:
    """How many came no further than `stage`, and how many of them for each reason, most frequent first."""

    stage: str
    n: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class Flow:
    """How many came as far as each stage, with what was lost on the way.

    `completed_share` is that of the started, with Wilson's interval; NaN where nobody started.
    """

    invited: int
    consented: int
    started: int
    completed: int
    losses: tuple[Loss, Loss, Loss]
    completed_share: float
    ci_low: float
    ci_high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class StandardisedDifference:
    """Leavers less stayers in a baseline value, in standard deviations; `flagged` beyond the limit.

    Infinite where neither group has a spread and they differ, NaN with fewer than two in a group; limits
    NaN in both cases.
    """

    value: float
    ci_low: float
    ci_high: float
    leavers_mean: float
    stayers_mean: float
    leavers: int
    stayers: int
    limit: float
    flagged: bool
    confidence: float


def flow(stage: NDArray[np.integer[Any]], reason: Sequence[str], *, confidence: float = 0.95) -> Flow:
    """Count the invited (n,) by the furthest `stage` each came to and the `reason` they came no further.

    `stage` holds INVITED, CONSENTED, STARTED or COMPLETED; an empty reason counts as not stated.
    ValueError: another stage, or a reason with one who completed. Groups are small: suppress cells before
    showing reasons.
    """
    wrong = np.flatnonzero((stage < INVITED) | (stage > COMPLETED))
    if len(wrong):
        raise ValueError(f"stage[{wrong[0]}] is {stage[wrong[0]]}: give {INVITED} to {COMPLETED}")
    reasons: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
    for place, (reached, why) in enumerate(zip(stage.tolist(), reason, strict=True)):
        if reached < COMPLETED:
            reasons[reached][why or NOT_STATED] += 1
        elif why:
            raise ValueError(f'reason[{place}] is "{why}", but that participant completed: leave it empty')
    invited, consented, started, completed = (int(np.count_nonzero(stage >= at)) for at in range(4))
    low, high = wilson_ci(completed, started, confidence)
    lost = [
        Loss(STAGES[at], why.total(), dict(sorted(why.items(), key=lambda item: (-item[1], item[0]))))
        for at, why in enumerate(reasons)
    ]
    return Flow(
        invited=invited,
        consented=consented,
        started=started,
        completed=completed,
        losses=(lost[0], lost[1], lost[2]),
        completed_share=completed / started if started else float("nan"),
        ci_low=low,
        ci_high=high,
        confidence=confidence,
    )


def missing_at_random(
    reason: Sequence[str], *, not_at_random: frozenset[str] = NOT_AT_RANDOM
) -> NDArray[np.bool_]:
    """Which values missing for a `reason` (n,) may be imputed: none after death or a move to hospital."""
    return np.array([why not in not_at_random for why in reason], np.bool_)


def retention_curve(
    started_us: NDArray[np.int64],
    ended_us: NDArray[np.int64],
    left: NDArray[np.bool_],
    *,
    confidence: float = 0.95,
) -> IncidenceCurve:
    """The share still in the pilot by days since each one's start: `survival` of Kaplan-Meier's curve.

    `started_us` and `ended_us` (n,) are UTC microseconds; `left` (n,) False where the end is that of the
    pilot, or of the data. Leaving counts whatever the reason. ValueError: an end before its start.
    """
    wrong = np.flatnonzero(ended_us < started_us)
    if len(wrong):
        at = wrong[0]
        raise ValueError(
            f"participant {at} ends at {ended_us[at]} us, before the start at {started_us[at]} us"
        )
    return kaplan_meier((ended_us - started_us) / DAY_US, left, confidence)


def leaver_smd(
    baseline: NDArray[Any],
    left: NDArray[np.bool_],
    *,
    limit: float = LARGEST_ALIKE,
    confidence: float = 0.95,
) -> StandardisedDifference:
    """How leavers differ from stayers in one `baseline` value (n,), which may be a share's 0 and 1.

    The difference of means over the root of the mean of both variances (Austin 2009), so that the smaller
    group does not set the unit; interval by the normal approximation of Hedges & Olkin (1985). NaN is
    left out. Flagged where beyond `limit` in either direction, whatever its interval.
    """
    values = np.asarray(baseline, np.float64)
    known = ~np.isnan(values)
    gone, here = values[known & left], values[known & ~left]
    n, m, nan = len(gone), len(here), float("nan")
    means = float(gone.mean()) if n else nan, float(here.mean()) if m else nan
    if min(n, m) < 2:
        return StandardisedDifference(nan, nan, nan, *means, n, m, limit, False, confidence)
    spread = float(np.sqrt((gone.var(ddof=1) + here.var(ddof=1)) / 2))
    difference = means[0] - means[1]
    if spread == 0:
        smd = float(np.copysign(np.inf, difference)) if difference else 0.0
        return StandardisedDifference(smd, nan, nan, *means, n, m, limit, difference != 0, confidence)
    smd = difference / spread
    error = np.sqrt((n + m) / (n * m) + smd * smd / (2 * (n + m)))
    reach = float(scipy.special.ndtri(0.5 + confidence / 2) * error)
    flagged = round(abs(smd) - limit, 9) > 0
    return StandardisedDifference(smd, smd - reach, smd + reach, *means, n, m, limit, flagged, confidence)
