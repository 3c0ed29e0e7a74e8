"""How many participants a pilot needs before it starts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

FEWEST = 2
"""One difference has no spread."""

MOST = 1e7
"""Beyond ten million nobody is asked."""


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How many are needed: `n` whole participants, `exact` before rounding up.

    `n` counts pairs, or participants in each arm, or participants, as `method` says. `design_effect`
    has multiplied it; `confidence` is 1 - the two-sided level, `power` NaN where none plays a part.
    """

    n: int
    exact: float
    power: float
    confidence: float
    design_effect: float
    method: str


def n_paired(
    d: float, *, power: float = 0.8, confidence: float = 0.95, design_effect: float = 1.0
) -> SampleSize:
    """Pairs for a two-sided paired t-test to see `d`, the mean difference over its SD (noncentral t).

    A rank test wants at most 16 % more in large samples (Hodges & Lehmann 1956). ValueError: d 0 or not a
    number, power not between 1 - confidence and 1.
    """
    exact = _smallest(lambda n: t_power(d * np.sqrt(n), n - 1, confidence), d, power, confidence)
    return _answer(exact, power, confidence, design_effect, "pairs, paired t-test")


def n_two_sample(
    d: float, *, power: float = 0.8, confidence: float = 0.95, design_effect: float = 1.0
) -> SampleSize:
    """Participants in each of two equal arms for a two-sided t-test to see `d`, the difference over the SD.

    ValueError as `n_paired`.
    """
    exact = _smallest(lambda n: t_power(d * np.sqrt(n / 2), 2 * n - 2, confidence), d, power, confidence)
    return _answer(exact, power, confidence, design_effect, "participants in each arm, two-sample t-test")


def n_proportion(
    half_width: float, *, p: float = 0.5, confidence: float = 0.95, design_effect: float = 1.0
) -> SampleSize:
    """Participants for Wilson's interval of a share near `p` to reach `half_width` to either side.

    p = 0.5 is the widest case. ValueError: half_width not between 0 and 0.5, or p not a share.
    """
    if not 0 < half_width < 0.5:
        raise ValueError(f"half_width is {half_width}: give a share above 0 and below 0.5")
    if not 0 <= p <= 1:
        raise ValueError(f"p is {p}: give a share from 0 to 1")
    z = float(scipy.special.ndtri(0.5 + confidence / 2))

    def too_wide(n: float) -> float:
        wide = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return float(wide - half_width)

    # Without participants the interval is 0.5 to either side, and it only narrows from there.
    exact = float(scipy.optimize.brentq(too_wide, 1e-9, _bound(too_wide), xtol=1e-9))
    nan = float("nan")
    return _answer(max(exact, 1.0), nan, confidence, design_effect, "participants, Wilson interval")


def t_power(noncentrality: float, free: float, confidence: float) -> float:
    """How likely a two-sided t-test is to see a change that is `noncentrality` standard errors from 0."""
    limit = scipy.special.stdtrit(free, 0.5 + confidence / 2)
    away = abs(noncentrality)
    # Below 1e-16 a tail comes as NaN.
    tails = np.nan_to_num(scipy.special.nctdtr(free, away, [limit, -limit]))
    return float(1 - (tails[0] - tails[1]))


def design_effect(m: float, icc: float) -> float:
    """1 + (m - 1)·icc: how many times more are needed when `m` of one ward resemble each other by `icc`.

    ValueError: m under 1, or icc outside [0, 1].
    """
    if not m >= 1:
        raise ValueError(f"m is {m}: give the number of participants in a cluster, from 1 up")
    if not 0 <= icc <= 1:
        raise ValueError(f"icc is {icc}: give a correlation from 0 to 1")
    return 1 + (m - 1) * icc


def _smallest(power_of: Callable[[float], float], d: float, power: float, confidence: float) -> float:
    if not np.isfinite(d) or d == 0:
        raise ValueError(f"d is {d}: give the change worth having over its standard deviation, not 0")
    if not 1 - confidence < power < 1:
        raise ValueError(f"power is {power}: give a chance above {1 - confidence:g} and below 1")

    def too_weak(n: float) -> float:
        return power - power_of(n)

    if too_weak(FEWEST) <= 0:
        return float(FEWEST)
    return float(scipy.optimize.brentq(too_weak, FEWEST, _bound(too_weak), xtol=1e-9))


def _bound(short_of: Callable[[float], float]) -> float:
    n = float(2 * FEWEST)
    while short_of(n) > 0:
        n *= 2
        if n > MOST:
            raise ValueError(f"more than {MOST:.0g} would be needed: ask for less")
    return n


def _answer(exact: float, power: float, confidence: float, effect: float, method: str) -> SampleSize:
    if not effect >= 1:
        raise ValueError(f"design_effect is {effect}: give 1 or more")
    needed = exact * effect
    # A root found to 1e-9 must not ask for one more participant.
    return SampleSize(int(np.ceil(round(needed, 6))), needed, power, confidence, effect, method)
