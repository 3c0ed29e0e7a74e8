"""What a difference between two groups' changes would be had those who left been measured."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from analysis.imputation import ImputedChange

FARTHEST_SD = 64.0
"""Nobody who left did so much worse than everybody who stayed."""


@dataclass(frozen=True, slots=True)
class ImputedDifference:
    """How much more one group changed than another, with its 95 % limits; NaN where either has none.

    `n` participants of both, `imputed` of them without an outcome of their own.
    """

    estimate: float
    ci_low: float
    ci_high: float
    n: int
    imputed: int


def imputed_difference(
    ours: ImputedChange, others: ImputedChange, *, confidence: float = 0.95
) -> ImputedDifference:
    """The difference of two independent imputed changes, by Welch and Satterthwaite's t."""
    first, second = ours.change, others.change
    estimate = first.estimate - second.estimate
    variances = np.array([first.se, second.se]) ** 2
    total = float(variances.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        df = total**2 / float((variances**2 / np.array([first.df, second.df])).sum())
    reach = float(scipy.special.stdtrit(df, 0.5 + confidence / 2)) * total**0.5 if total > 0 else 0.0
    reach = reach if np.isfinite(estimate) else float("nan")
    imputed = ours.imputed + others.imputed
    return ImputedDifference(estimate, estimate - reach, estimate + reach, ours.n + others.n, imputed)


def tipping_shift(shifted: Callable[[float], ImputedDifference], unit: float) -> float:
    """The shift, towards no difference and beyond, at which the interval first reaches 0.

    `shifted` tells the difference with every imputed value of the first group shifted; `unit` is a standard
    deviation to look by. 0 where the interval holds 0 anyway, infinite where no shift within reach does it,
    NaN without an interval.
    """
    plain = shifted(0.0)
    if not np.isfinite(plain.ci_low):
        return float("nan")
    if plain.ci_low <= 0 <= plain.ci_high:
        return 0.0
    direction = -1.0 if plain.estimate > 0 else 1.0

    def clear(size: float) -> float:
        there = shifted(direction * size)
        return there.ci_low if direction < 0 else -there.ci_high

    near, far = 0.0, unit
    while clear(far) > 0:
        near, far = far, 2 * far
        if far > FARTHEST_SD * unit:
            return direction * float("inf")
    return direction * float(scipy.optimize.brentq(clear, near, far))
