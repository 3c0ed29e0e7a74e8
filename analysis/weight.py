"""Change of body weight over days and weeks, from nightly weights: screening, never diagnosis."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, isfinite, isnan, sqrt
from operator import itemgetter
from statistics import median
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

NIGHTS = 7
"""A week of nights: single nights differ by half a kilogram a third of the time."""

FEWEST_NIGHTS = 4
"""More than half of a week, so that no single night can be the median."""

DECIMALS = 9
"""A loss from 46.0 to 43.7 kg is -4.999… in floats: thresholds compare at the ninth place."""

SEM_KG = 0.35
"""Typical standard error of measurement of one night's weight."""


@dataclass(frozen=True, slots=True)
class WeightChange:
    """Change in percent of the earlier weight, negative for loss; `now_kg` and `then_kg` are medians.

    `percent` is NaN when either week has fewer nights than asked for; `n_now`, `n_then` count them.
    """

    percent: float
    now_kg: float
    then_kg: float
    n_now: int
    n_then: int


def weight_change_percent(
    day: NDArray[Any],
    kg: NDArray[Any],
    *,
    window: int = 30,
    at: int | None = None,
    nights: int = NIGHTS,
    fewest: int = FEWEST_NIGHTS,
) -> WeightChange:
    """100·(now - then)/then for nightly weights `kg` (n,) at day numbers `day` (n,); NaN nights are left out.

    `now` is the median of the last `nights` nights up to `at` (default: the last day), `then` the median
    of `nights` nights centred `window` days before `at`. Never single nights: `fewest` are needed in each.
    """
    valid = np.isfinite(kg)
    day, kg = np.asarray(day, np.int64)[valid], np.asarray(kg, np.float64)[valid]
    if at is None:
        at = int(day.max()) if len(day) else 0
    centre, half = at - window, nights // 2
    now = kg[(day > at - nights) & (day <= at)]
    then = kg[(day >= centre - half) & (day <= centre + half)]
    return change_between(now.tolist(), then.tolist(), fewest=fewest)


def change_between(
    now: Sequence[float], then: Sequence[float], *, fewest: int = FEWEST_NIGHTS
) -> WeightChange:
    """As `weight_change_percent`, from the nightly weights of one week and of the other, kg."""
    nan = float("nan")
    now_kg = median(now) if len(now) >= fewest else nan
    then_kg = median(then) if len(then) >= fewest else nan
    return WeightChange(100 * (now_kg - then_kg) / then_kg, now_kg, then_kg, len(now), len(then))


@dataclass(frozen=True, slots=True)
class MalnutritionFlags:
    """What the screening rules say of what is known; None where a rule has nothing to go by.

    `glim_stage` is the phenotypic part of GLIM 2019: 0 not met, 1 moderate, 2 severe (a diagnosis needs
    an etiologic criterion as well). `mds_loss` is CMS MDS 3.0 K0300, `loss_90d` the 7.5 % often used
    beside it, `mna_sf_item_b` the points of MNA-SF for weight loss (0-3, 1 when unknown), `investigate`
    Socialstyrelsen's three questions (SOSFS 2014:10), of which one yes is enough.
    """

    glim_stage: int | None
    mds_loss: bool | None
    loss_90d: bool | None
    mna_sf_item_b: int
    low_bmi: bool | None
    investigate: bool | None


@dataclass(frozen=True, slots=True)
class FluidGain:
    """The largest rise within `days` nights, from day `start` to day `end`, and whether it is a flag.

    `flag` is None and `gain_kg` NaN when no two nights stand close enough; `limit_kg` is the rule's,
    `minimum_detectable_kg` what a rise must exceed to be more than noise. `n` counts nights.
    """

    flag: bool | None
    gain_kg: float
    start: int | None
    end: int | None
    n: int
    days: int
    limit_kg: float
    minimum_detectable_kg: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Bland-Altman: how far `measured` lies from `reference`, in their unit.

    `bias` is the mean difference measured - reference, `sd` its standard deviation, `lower` and `upper`
    the limits of agreement, each with its interval at `confidence`; NaN under two pairs. `n` counts pairs.
    """

    bias: float
    bias_ci: tuple[float, float]
    sd: float
    lower: float
    lower_ci: tuple[float, float]
    upper: float
    upper_ci: tuple[float, float]
    n: int
    confidence: float


def malnutrition_flags(
    *,
    change_30d_percent: float = float("nan"),
    change_90d_percent: float = float("nan"),
    change_180d_percent: float = float("nan"),
    change_beyond_180d_percent: float = float("nan"),
    change_90d_kg: float = float("nan"),
    bmi: float = float("nan"),
    age_years: float = float("nan"),
    unintended_loss: bool | None = None,
    eating_difficulty: bool | None = None,
) -> MalnutritionFlags:
    """Hold changes of weight (negative for loss) and BMI (kg/m²) against the screening rules.

    NaN and None mean unknown; a rule is judged by what is known. GLIM (Cederholm 2019): loss > 5 % within
    180 days or > 10 % beyond, stage 2 > 10 % or > 20 %; BMI < 20 under 70 years, < 22 from 70 on, stage 2
    < 18.5 and < 20. MDS: loss >= 5 % in 30 days or >= 10 % in 180. MNA-SF item B: loss of > 3 kg in three
    months 0 points, unknown 1, 1-3 kg 2, less 3. A BMI that is low at some ages only needs the age.
    """
    month, quarter, half_year, beyond, quarter_kg = (
        round(-change, DECIMALS)
        for change in (
            change_30d_percent,
            change_90d_percent,
            change_180d_percent,
            change_beyond_180d_percent,
            change_90d_kg,
        )
    )
    recent = [loss for loss in (month, quarter, half_year) if not isnan(loss)]
    lost = max(recent, default=float("nan"))
    low_bmi = _below(bmi, age_years, 20.0, 22.0)
    moderate = _one_of(_over(lost, 5), _over(beyond, 10), low_bmi)
    severe = _one_of(_over(lost, 10), _over(beyond, 20), _below(bmi, age_years, 18.5, 20.0))
    return MalnutritionFlags(
        glim_stage=None if moderate is None else 2 if severe else int(moderate),
        mds_loss=_one_of(_at_least(month, 5), _at_least(half_year, 10)),
        loss_90d=_at_least(quarter, 7.5),
        mna_sf_item_b=_mna_sf_item_b(quarter_kg),
        low_bmi=low_bmi,
        investigate=_one_of(unintended_loss, eating_difficulty, low_bmi),
    )


def _one_of(*answers: bool | None) -> bool | None:
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None


def _over(loss: float, limit: float) -> bool | None:
    return None if isnan(loss) else bool(loss > limit)


def _at_least(loss: float, limit: float) -> bool | None:
    return None if isnan(loss) else bool(loss >= limit)


def _below(bmi: float, age_years: float, under_70: float, from_70: float) -> bool | None:
    bmi = round(bmi, DECIMALS)
    if bmi < under_70:
        return True
    if bmi >= from_70:
        return False
    return None if isnan(bmi) or isnan(age_years) else bool(age_years >= 70)


def _mna_sf_item_b(loss_kg: float) -> int:
    if isnan(loss_kg):
        return 1
    if loss_kg > 3:
        return 0
    return 2 if loss_kg >= 1 else 3


def fluid_gain_flag(
    day: NDArray[Any],
    kg: NDArray[Any],
    *,
    days: int = 3,
    limit_kg: float = 2.0,
    sem_kg: float = SEM_KG,
) -> FluidGain:
    """Whether nightly weights `kg` (n,) at day numbers `day` (n,) rose by over `limit_kg` within `days` days.

    The largest rise between two nights at most `days` apart, anywhere in what is given, must exceed both
    the limit (ESC heart failure self-care: > 2 kg in 3 days) and the minimum detectable change of two
    single nights. NaN nights are left out. Weak evidence: 20-35 % sensitivity, so show the alert rate.
    """
    weights = zip(np.asarray(day, np.int64).tolist(), np.asarray(kg, np.float64).tolist(), strict=True)
    nights = sorted(night for night in weights if isfinite(night[1]))
    detectable = minimum_detectable_change(sem_kg)
    rises = [
        (later_kg - earlier_kg, start, end)
        for place, (start, earlier_kg) in enumerate(nights)
        for end, later_kg in nights[place + 1 : bisect_right(nights, (start + days, inf))]
        if end > start
    ]
    if not rises:
        return FluidGain(None, float("nan"), None, None, len(nights), days, limit_kg, detectable)
    largest, start, end = max(rises, key=itemgetter(0))
    flag = round(largest, DECIMALS) > max(limit_kg, round(detectable, DECIMALS))
    return FluidGain(flag, largest, start, end, len(nights), days, limit_kg, detectable)


def minimum_detectable_change(
    sem: float, k: float = 1, *, rho: float = 0.0, confidence: float = 0.95
) -> float:
    """The smallest change between two means of `k` nights that is more than noise, in the unit of `sem`.

    z·sqrt(2)·sem/sqrt(k_eff) with k_eff = k·(1-rho)/(1+rho), at least 1, where neighbouring nights
    correlate by `rho`: asymptotic and on the safe side (a week at rho 0.5 counts as 2.33 nights, exactly
    it is 2.88). ValueError: k under 1 or rho outside [0, 1).
    """
    if k < 1:
        raise ValueError(f"k is {k}: give the number of nights in each mean, from 1 up")
    if not 0 <= rho < 1:
        raise ValueError(f"rho is {rho}: give a correlation from 0 to below 1")
    nights = max(k * (1 - rho) / (1 + rho), 1.0)
    return float(_z(confidence) * sqrt(2 / nights) * sem)


@cache
def _z(confidence: float) -> float:
    return float(scipy.special.ndtri(0.5 + confidence / 2))


def bland_altman(measured: NDArray[Any], reference: NDArray[Any], *, confidence: float = 0.95) -> Agreement:
    """Agreement of `measured` (n,) with `reference` (n,) in pairs (Bland & Altman 1986), NaN left out.

    Limits bias ± 1.96·SD (n - 1); intervals by t(n - 1), of the bias with SD/sqrt(n), of each limit with
    SD·sqrt(3/n). One pair a resident: several of one resident make the intervals too narrow.
    """
    difference = np.asarray(measured, np.float64) - np.asarray(reference, np.float64)
    difference = difference[np.isfinite(difference)]
    n, nan = len(difference), float("nan")
    if n < 2:
        bias = float(difference[0]) if n else nan
        return Agreement(bias, (nan, nan), nan, nan, (nan, nan), nan, (nan, nan), n, confidence)
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    t = float(scipy.special.stdtrit(n - 1, 0.5 + confidence / 2))
    lower, upper = bias - 1.96 * sd, bias + 1.96 * sd
    around_bias, around_limit = t * sd / n**0.5, t * sd * (3 / n) ** 0.5
    return Agreement(
        bias,
        (bias - around_bias, bias + around_bias),
        sd,
        lower,
        (lower - around_limit, lower + around_limit),
        upper,
        (upper - around_limit, upper + around_limit),
        n,
        confidence,
    )
