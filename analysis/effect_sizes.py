"""How large an effect is without its unit, and an interval for any other figure of residents."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.intervals import CLUSTERS_FOR_BCA, SEED

Float64 = NDArray[np.float64]

REPLICATES = 9999
# A spread this far below the difference is what rounding leaves of values that are all alike.
ROUNDING = 1e-9
FAR_OUT = 1e4


@dataclass(frozen=True, slots=True)
class EffectSize:
    """An effect without a unit, its interval, the values behind it and how it was made; NaN if undefined."""

    value: float
    ci_low: float
    ci_high: float
    n: int
    method: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ResampledEstimate:
    """A figure of residents and its interval by resampling them, in the figure's own unit.

    `method` is "bca" or "percentile"; limits NaN where they cannot be had. `n` counts residents.
    """

    value: float
    ci_low: float
    ci_high: float
    n: int
    method: str
    replicates: int
    seed: int
    confidence: float


def hedges_g(first: Float64, second: Float64, *, confidence: float = 0.95) -> EffectSize:
    """Hedges' g of two groups (n,), (m,): first minus second in pooled SDs, corrected for few values.

    J = 1 - 3 / (4 df - 1) times d, df = n + m - 2; the limits are J times those of d by the noncentral t
    (Hedges 1981, Cumming & Finch 2001). NaN is left out; NaN under two values in a group or without spread.
    """
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    n, m = len(first), len(second)
    method = "Hedges g, pooled SD, noncentral t"
    if min(n, m) < 2:
        return _no_effect(n + m, method, confidence)
    pooled = np.sqrt(((n - 1) * first.var(ddof=1) + (m - 1) * second.var(ddof=1)) / (n + m - 2))
    difference = float(first.mean() - second.mean())
    return _standardised(difference, float(pooled), 1 / n + 1 / m, n + m - 2, n + m, method, confidence)


def hedges_g_paired(differences: Float64, *, confidence: float = 0.95) -> EffectSize:
    """Hedges' g of paired differences (n,): their mean in their own SD (d_z), corrected, df = n - 1.

    NaN is left out; NaN under three differences (two give J = 0) or without spread.
    """
    differences = differences[~np.isnan(differences)]
    n, method = len(differences), "Hedges g, SD of differences, noncentral t"
    if n < 3:
        return _no_effect(n, method, confidence)
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    return _standardised(mean, spread, 1 / n, n - 1, n, method, confidence)


def cliffs_delta(first: Float64, second: Float64, *, confidence: float = 0.95) -> EffectSize:
    """Cliff's delta (1993) of two groups (n,), (m,): P(first > second) - P(first < second).

    Interval: Cliff's asymmetric one from the unbiased variance, and from the smaller group where all of
    one exceed all of the other (Feng & Cliff 2004). NaN is left out; under two in a group no interval.
    """
    first, second = np.sort(first[~np.isnan(first)]), np.sort(second[~np.isnan(second)])
    n, m, method = len(first), len(second), "Cliff's delta, asymmetric interval"
    if min(n, m) == 0:
        return _no_effect(n + m, method, confidence)
    rows, row_pairs = _dominance(first, second)
    columns, _ = _dominance(second, first)
    delta = float(rows.mean())
    if min(n, m) < 2:
        return EffectSize(delta, float("nan"), float("nan"), n + m, method, confidence)
    z = float(scipy.special.ndtri(0.5 + confidence / 2))
    if abs(delta) == 1:
        edge = (min(n, m) - z * z) / (min(n, m) + z * z)
        low, high = (edge, 1.0) if delta > 0 else (-1.0, -edge)
        return EffectSize(delta, low, high, n + m, method, confidence)
    between = m * m * np.sum((rows - delta) ** 2) + n * n * np.sum((-columns - delta) ** 2)
    within = row_pairs - n * m * delta * delta
    floor = (1 - delta * delta) / (n * m - 1)
    variance = max(float(between - within) / (n * m * (n - 1) * (m - 1)), floor)
    reach = z * np.sqrt(variance * ((1 - delta * delta) ** 2 + z * z * variance))
    width = 1 - delta * delta + z * z * variance
    low, high = (delta - delta**3 - reach) / width, (delta - delta**3 + reach) / width
    return EffectSize(delta, float(low), float(high), n + m, method, confidence)


def bca_ci(
    *groups: Float64,
    statistic: Callable[..., Any] = np.mean,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> ResampledEstimate:
    """`statistic` and its interval by resampling residents: BCa (Efron 1987), as `scipy.stats.bootstrap`.

    Each group (n,) has one value a resident and is resampled by itself; `statistic` takes as many arrays
    and an `axis`. Plain percentiles, and named so, where a group has under 15 residents or where leaving
    one out changes nothing. NaN is left out; limits are NaN under two residents in a group, and all is NaN
    where a group has none.
    """
    kept = tuple(group[~np.isnan(group)] for group in groups)
    n, fewest, nan = sum(len(group) for group in kept), min(len(group) for group in kept), float("nan")
    value = float(statistic(*kept, axis=-1)) if fewest else nan
    if fewest < 2:
        return ResampledEstimate(value, nan, nan, n, "percentile", 0, seed, confidence)
    random = np.random.Generator(np.random.PCG64(seed))
    plain = scipy.stats.bootstrap(
        kept,
        statistic,
        n_resamples=replicates,
        confidence_level=confidence,
        method="percentile",
        rng=random,
    )
    low, high = plain.confidence_interval
    method = "percentile"
    if fewest >= CLUSTERS_FOR_BCA:
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", scipy.stats.DegenerateDataWarning)
            adjusted = scipy.stats.bootstrap(
                kept,
                statistic,
                n_resamples=0,
                bootstrap_result=plain,
                confidence_level=confidence,
                method="BCa",
            ).confidence_interval
        if np.isfinite(adjusted.low) and np.isfinite(adjusted.high):
            (low, high), method = adjusted, "bca"
    return ResampledEstimate(value, float(low), float(high), n, method, replicates, seed, confidence)


def _no_effect(n: int, method: str, confidence: float) -> EffectSize:
    return EffectSize(float("nan"), float("nan"), float("nan"), n, method, confidence)


def _standardised(
    difference: float, spread: float, inverse_n: float, df: int, n: int, method: str, confidence: float
) -> EffectSize:
    if not spread > ROUNDING * abs(difference):
        return _no_effect(n, method, confidence)
    scale, correction = inverse_n**0.5, 1 - 3 / (4 * df - 1)
    t, tail = difference / spread / scale, (1 - confidence) / 2
    low, high = (_noncentrality(t, df, level) * scale * correction for level in (1 - tail, tail))
    return EffectSize(correction * difference / spread, low, high, n, method, confidence)


def _noncentrality(t: float, df: int, level: float) -> float:
    """The noncentrality under which t or less has probability `level`."""
    # Far out it is proportional to t, and SciPy has no more digits.
    far = max(abs(t) / FAR_OUT, 1.0)
    t /= far

    def surplus(shift: float) -> float:
        below = float(scipy.special.nctdtr(df, shift, t))
        # SciPy answers NaN far out, where nothing or everything lies below t.
        return (float(shift < t) if np.isnan(below) else below) - level

    reach = 10 + abs(t)
    return far * float(scipy.optimize.brentq(surplus, t - reach, t + reach))


def _dominance(values: Float64, others: Float64) -> tuple[Float64, int]:
    """For each value the share of sorted `others` below it minus the share above, and all untied pairs."""
    below = np.searchsorted(others, values, side="left")
    above = len(others) - np.searchsorted(others, values, side="right")
    return np.asarray((below - above) / len(others), dtype=np.float64), int((below + above).sum())
