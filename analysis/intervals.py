"""Intervals for shares, rates and anything that is pooled over residents."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

REPLICATES = 2000
SEED = 20_261_123
"""One seed for all: the same data give the same interval, to the last digit, on every run."""

CLUSTERS_FOR_BCA = 15
"""Under 15 residents the jackknife says too little about skewness: plain percentiles, and said so."""


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """An interval by resampling whole residents.

    `low` and `high` may be infinite (not reached) or NaN (fewer than two clusters, or no replicate had a
    value). `method` is "bca" or "percentile".
    """

    low: float
    high: float
    method: str
    clusters: int
    replicates: int


def wilson_ci(k: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share k / n (Newcombe 1998, method 3); NaN for n = 0."""
    if n <= 0:
        return float("nan"), float("nan")
    z = _z(confidence)
    share = k / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At 0 and n the limit is exact; rounding would leave a stray 1e-17.
    low = 0.0 if k == 0 else float(middle - half)
    high = 1.0 if k == n else float(middle + half)
    return low, high


def poisson_rate_ci(k: int, exposure: float = 1.0, confidence: float = 0.95) -> tuple[float, float]:
    """Garwood's exact interval (1936) for a rate of `k` events in `exposure` units of time."""
    tail = (1 - confidence) / 2
    low = 0.0 if k == 0 else float(scipy.special.gammaincinv(k, tail))
    high = float(scipy.special.gammaincinv(k + 1, 1 - tail))
    return low / exposure, high / exposure


def cluster_bootstrap(
    statistic: Callable[[Float64], Float64],
    clusters: int,
    *,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> tuple[BootstrapInterval, ...]:
    """Intervals of pooled figures by resampling clusters (residents) with replacement.

    `statistic` takes weights (b, clusters), how many times each cluster was drawn, and answers (b, m)
    values, one column a figure; inf says "not reached" and takes part, NaN says "no value" and is left
    out. One interval a figure: percentile under 15 clusters, else BCa (Efron 1987) with the jackknife over
    clusters; where the jackknife is not finite the percentile interval stands, and `method` says which
    it was.
    """
    every_one = np.ones((1, clusters))
    if clusters < 2:
        nothing = BootstrapInterval(float("nan"), float("nan"), "percentile", clusters, 0)
        return (nothing,) * int(statistic(every_one).shape[1])
    random = np.random.Generator(np.random.PCG64(seed))
    weights = random.multinomial(clusters, np.full(clusters, 1 / clusters), size=replicates)
    values = statistic(weights.astype(np.float64))
    estimate, left_out = values[:1], values[:0]
    if clusters >= CLUSTERS_FOR_BCA:
        estimate = statistic(every_one)
        left_out = statistic(np.ones((clusters, clusters)) - np.eye(clusters))
    return tuple(
        _interval(values[:, figure], estimate[0, figure], left_out[:, figure], clusters, confidence)
        for figure in range(values.shape[1])
    )


def _interval(
    values: Float64, estimate: float, left_out: Float64, clusters: int, confidence: float
) -> BootstrapInterval:
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return BootstrapInterval(float("nan"), float("nan"), "percentile", clusters, 0)
    tail = (1 - confidence) / 2
    levels, method = np.array([tail, 1 - tail]), "percentile"
    adjusted = _bca_levels(values, estimate, left_out, levels)
    if adjusted is not None:
        levels, method = adjusted, "bca"
    # inverted_cdf takes values as they are: between a time and "not reached" nothing can be interpolated.
    low, high = np.quantile(values, levels, method="inverted_cdf")
    return BootstrapInterval(float(low), float(high), method, clusters, len(values))


def _bca_levels(values: Float64, estimate: float, left_out: Float64, levels: Float64) -> Float64 | None:
    if len(left_out) == 0 or not np.isfinite(estimate) or not np.isfinite(left_out).all():
        return None
    below = (np.mean(values < estimate) + np.mean(values <= estimate)) / 2
    if not 0 < below < 1:
        return None
    bias = scipy.special.ndtri(below)
    pull = left_out.mean() - left_out
    spread = np.sum(pull**2)
    acceleration = np.sum(pull**3) / (6 * spread**1.5) if spread > 0 else 0.0
    shifted = bias + scipy.special.ndtri(levels)
    return np.asarray(scipy.special.ndtr(bias + shifted / (1 - acceleration * shifted)), dtype=np.float64)


def _z(confidence: float) -> float:
    return float(scipy.special.ndtri(0.5 + confidence / 2))
