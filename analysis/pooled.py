"""Shares and rates pooled over residents: one figure, and the interval that knows residents differ."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from analysis.intervals import (
    CLUSTERS_FOR_BCA,
    REPLICATES,
    SEED,
    clopper_pearson_ci,
    cluster_bootstrap,
    poisson_rate_ci,
    wilson_ci,
)

Float64 = NDArray[np.float64]

ShareInterval = Literal["wilson", "clopper_pearson"]

WILSON, CLOPPER_PEARSON, GARWOOD = "Wilson", "Clopper-Pearson", "Garwood exact Poisson"
BOOTSTRAP = {
    "bca": "resident-cluster bootstrap, expanded BCa",
    "percentile": "resident-cluster bootstrap, expanded percentile",
}
"""By what `cluster_bootstrap` says of itself; expanded as it says there (Hesterberg 2015)."""

LOG_T = "log rate, Student's t and a jackknife over residents"

OVERDISPERSED_ABOVE = 1.5
"""Residents then differ by more than half again what chance makes of one rate."""


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n`, `value` their ratio (0 to 1, NaN for n = 0), pooled over `residents`.

    `ci_low` and `ci_high` are by resampling residents, or with one resident the independent limits; `method`
    says which (also where residents do not differ at all, so that resampling them would promise certainty).
    `independent_low` and `independent_high` take all `n` as independent, which pooled is always
    too narrow. `residents` counts those with any of the `n`.
    """

    value: float
    ci_low: float
    ci_high: float
    independent_low: float
    independent_high: float
    k: float
    n: float
    residents: int
    method: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How far residents' counts scatter around one rate for all; `phi` is 1 on average when that holds.

    `overdispersed` where phi is above `limit`: limits that take events as independent are then not to be
    used. `phi` is NaN, and nothing is said, under two residents or without events.
    """

    phi: float
    overdispersed: bool
    limit: float
    residents: int


@dataclass(frozen=True, slots=True)
class PooledRate:
    """`events` per unit of `exposure`, NaN without exposure. Limits and `residents` as in `Share`; the
    independent ones are Garwood's, and `dispersion` says how wrong they are.
    """

    value: float
    ci_low: float
    ci_high: float
    independent_low: float
    independent_high: float
    events: int
    exposure: float
    residents: int
    dispersion: Dispersion
    method: str
    confidence: float


def pooled_share(
    k: ArrayLike,
    n: ArrayLike,
    *,
    interval: ShareInterval = "wilson",
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> Share:
    """The share sum(k) / sum(n): `k` and `n` numbers of one resident, or (g,) with a place a resident.

    `interval` makes the independent limits: Wilson's, or Clopper and Pearson's, which never cover less than
    they say. ValueError: k outside 0 to n, shapes that differ, or an interval that does not exist.
    """
    if interval not in ("wilson", "clopper_pearson"):
        raise ValueError(f"interval is {interval!r}: take wilson or clopper_pearson")
    if isinstance(k, int) and isinstance(n, int) and 0 <= k <= n and interval == "wilson":
        # Of single counts, as of a resident's night, arrays would take ten times as long.
        low, high = wilson_ci(k, n, confidence)
        value = k / n if n else float("nan")
        return Share(value, low, high, low, high, float(k), float(n), min(n, 1), WILSON, confidence)
    hits, tries = _by_resident(k, n)
    if ((hits < 0) | (hits > tries)).any():
        place = int(np.argmax((hits < 0) | (hits > tries)))
        raise ValueError(f"resident {place}: k = {hits[place]:g} is not among n = {tries[place]:g}")
    all_hits, all_tries = float(hits.sum()), float(tries.sum())
    if interval == "wilson":
        independent, method = wilson_ci(all_hits, all_tries, confidence), WILSON
    else:
        independent, method = clopper_pearson_ci(all_hits, all_tries, confidence), CLOPPER_PEARSON
    return share_with(independent, method, hits, tries, confidence, replicates, seed)


def share_with(
    independent: tuple[float, float],
    method: str,
    k: Float64,
    n: Float64,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> Share:
    """The share sum(k) / sum(n) of residents (g,), with independent limits that somebody else made."""
    low, high, how, residents = _resampled(k, n, independent, method, confidence, replicates, seed)
    return Share(_ratio(k, n), low, high, *independent, k.sum(), n.sum(), residents, how, confidence)


def pooled_rate(
    events: ArrayLike,
    exposure: ArrayLike,
    *,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> PooledRate:
    """The rate sum(events) / sum(exposure): numbers of one resident, or (g,) with a place a resident.

    Exposure in any unit of time, such as device-days; a resident without any has no events. Under
    `CLUSTERS_FOR_BCA` residents the limits are those of the logarithm by Student's t and a jackknife over
    residents: percentiles hold 91 % where 12 residents differ as much as their mean, these 94 to 95 %
    (`pilotbed bench coverage`). ValueError: negative numbers, shapes that differ, or events without exposure.
    """
    counts, time = _by_resident(events, exposure)
    wrong = (counts < 0) | (time < 0) | ((counts > 0) & (time == 0))
    if wrong.any():
        place = int(np.argmax(wrong))
        raise ValueError(f"resident {place}: {counts[place]:g} events in an exposure of {time[place]:g}")
    independent = poisson_rate_ci(float(counts.sum()), float(time.sum()), confidence)
    low, high, how, residents = _resampled(counts, time, independent, GARWOOD, confidence, replicates, seed)
    if residents < CLUSTERS_FOR_BCA:
        low, high, how = _log_limits(counts, time, confidence) or (low, high, how)
    return PooledRate(
        _ratio(counts, time),
        low,
        high,
        *independent,
        int(counts.sum()),
        float(time.sum()),
        residents,
        dispersion(counts, time),
        how,
        confidence,
    )


def _log_limits(counts: Float64, time: Float64, confidence: float) -> tuple[float, float, str] | None:
    """log(rate) ± t · jackknife SE; None where it has no logarithm, or residents do not differ."""
    here = time > 0
    counts, time = counts[here], time[here]
    m = len(counts)
    rest = counts.sum() - counts
    if m < 2 or not (rest > 0).all():
        return None
    without = np.log(rest / (time.sum() - time))
    se = float(np.sqrt((m - 1) / m * np.sum((without - without.mean()) ** 2)))
    if se == 0:
        return None
    reach = float(scipy.special.stdtrit(m - 1, 0.5 + confidence / 2)) * se
    rate = _ratio(counts, time)
    return rate * float(np.exp(-reach)), rate * float(np.exp(reach)), LOG_T


def dispersion(
    events: NDArray[Any], exposure: NDArray[Any], *, limit: float = OVERDISPERSED_ABOVE
) -> Dispersion:
    """phi = sum over residents of (k - mu)^2 / mu, by m - 1, with mu the pooled rate times the exposure.

    `events` and `exposure` (g,); residents without exposure are left out.
    """
    counts, time = _by_resident(events, exposure)
    here = time > 0
    counts, time = counts[here], time[here]
    residents = len(counts)
    if residents < 2 or counts.sum() == 0:
        return Dispersion(float("nan"), False, limit, residents)
    expected = counts.sum() / time.sum() * time
    phi = float(np.sum((counts - expected) ** 2 / expected) / (residents - 1))
    return Dispersion(phi, round(phi, 9) > limit, limit, residents)


def _by_resident(first: ArrayLike, second: ArrayLike) -> tuple[Float64, Float64]:
    one, other = (np.atleast_1d(np.asarray(each, np.float64)) for each in (first, second))
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f"shapes {one.shape} and {other.shape} do not fit: give both a place a resident")
    return one, other


def _ratio(numerator: Float64, denominator: Float64) -> float:
    return float(numerator.sum() / denominator.sum()) if denominator.sum() > 0 else float("nan")


def _resampled(
    numerator: Float64,
    denominator: Float64,
    independent: tuple[float, float],
    method: str,
    confidence: float,
    replicates: int,
    seed: int,
) -> tuple[float, float, str, int]:
    """Limits, how they were made, and of how many residents."""
    here = denominator > 0
    numerator, denominator = numerator[here], denominator[here]
    residents = len(denominator)
    if residents < 2:
        return *independent, method, residents

    def ratio(weights: Float64) -> Float64:
        return ((weights @ numerator) / (weights @ denominator))[:, None]

    (found,) = cluster_bootstrap(ratio, residents, confidence=confidence, replicates=replicates, seed=seed)
    if found.low == found.high:
        return *independent, method, residents
    return found.low, found.high, BOOTSTRAP[found.method], residents
