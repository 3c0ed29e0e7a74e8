"""The change of a figure pooled over residents, from one time to another."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.intervals import REPLICATES, SEED, cluster_bootstrap, poisson_rate_ci, wilson_ci
from analysis.pooled import BOOTSTRAP

Float64 = NDArray[np.float64]

Kind = Literal["share", "rate"]

COMBINED_LIMITS = {
    "share": "Difference of shares, limits from Wilson's (Newcombe 10)",
    "rate": "Difference of rates, limits from Garwood's (MOVER)",
}
RESAMPLED = "Difference of pooled figures, {how}"


@dataclass(frozen=True, slots=True)
class PooledChange:
    """`estimate` is `after` - `before`, each a pooled share or rate of the same `residents`.

    NaN where either has nothing to go by. `method` says how the limits were made.
    """

    estimate: float
    ci_low: float
    ci_high: float
    before: float
    after: float
    residents: int
    method: str
    confidence: float


def pooled_change(
    before: tuple[ArrayLike, ArrayLike],
    after: tuple[ArrayLike, ArrayLike],
    *,
    kind: Kind,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> PooledChange:
    """The change of sum(numerator) / sum(denominator) between two times.

    `before` and `after` are (numerator, denominator): numbers of one resident, or (g,) of the same residents
    in the same order, each with a denominator above 0 at both times. Several residents are resampled, each
    with both times; of one, or of residents who do not differ, the limits combine Wilson's of the two shares,
    or Garwood's of the two rates (Newcombe 1998, Zou & Donner 2008). NaN for nobody. ValueError: residents
    who differ in number.
    """
    k0, n0, k1, n1 = (np.atleast_1d(np.asarray(each, np.float64)) for each in (*before, *after))
    if len(n0) != len(n1):
        raise ValueError(f"{len(n0)} residents before and {len(n1)} after: give the same at both times")
    residents = len(n0)
    then, (then_low, then_high) = _figure(kind, k0, n0, confidence)
    now, (now_low, now_high) = _figure(kind, k1, n1, confidence)
    estimate = now - then
    if residents > 1:

        def change(weights: Float64) -> Float64:
            return ((weights @ k1) / (weights @ n1) - (weights @ k0) / (weights @ n0))[:, None]

        (found,) = cluster_bootstrap(
            change, residents, confidence=confidence, replicates=replicates, seed=seed
        )
        if found.low != found.high:
            method = RESAMPLED.format(how=BOOTSTRAP[found.method])
            return PooledChange(estimate, found.low, found.high, then, now, residents, method, confidence)
    low = estimate - float(np.hypot(now - now_low, then_high - then))
    high = estimate + float(np.hypot(now_high - now, then - then_low))
    return PooledChange(estimate, low, high, then, now, residents, COMBINED_LIMITS[kind], confidence)


def _figure(kind: Kind, k: Float64, n: Float64, confidence: float) -> tuple[float, tuple[float, float]]:
    total, of = float(k.sum()), float(n.sum())
    limits = wilson_ci if kind == "share" else poisson_rate_ci
    return total / of if of > 0 else float("nan"), limits(total, of, confidence)
