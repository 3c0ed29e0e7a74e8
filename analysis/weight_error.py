"""How far a bed's weight may be from a scale's: the larger of the limits of agreement."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import REPLICATES, SEED, cluster_bootstrap
from analysis.weight import Agreement, bland_altman

LIMIT = 1.96
"""95 % of differences lie within as many standard deviations of the bias."""


@dataclass(frozen=True, slots=True)
class WeightError:
    """At least 95 % of differences are within `kg` of the scale, were they normal: |bias| + 1.96·SD.

    Limits by t where each resident gave one pair (those of the limits of agreement), else by resampling
    residents: pairs of one resident resemble each other, and `agreement`'s own intervals are then too narrow.
    """

    kg: float
    ci_low: float
    ci_high: float
    residents: int
    agreement: Agreement


def weight_error(
    measured: NDArray[Any],
    reference: NDArray[Any],
    resident: NDArray[Any],
    *,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> WeightError:
    """The error of `measured` (n,) kg against `reference` (n,) kg; `resident` (n,) are labels that sort.

    No NaN. Fewer than two pairs: NaN.
    """
    found = bland_altman(measured, reference)
    _, who = np.unique(resident, return_inverse=True)
    residents = int(who.max()) + 1 if len(who) else 0
    kg = max(abs(found.lower), abs(found.upper))
    if residents == found.n:
        low = max(found.upper_ci[0], -found.lower_ci[1], 0.0)
        return WeightError(kg, low, max(found.upper_ci[1], -found.lower_ci[0]), residents, found)
    difference = np.asarray(measured, np.float64) - np.asarray(reference, np.float64)
    # Around the bias, or squares of like numbers would cancel to nothing but rounding.
    around = difference - difference.mean()
    pairs, sums, squares = (
        np.bincount(who, weights=values) for values in (np.ones(len(who)), around, around**2)
    )

    def error(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        n, mean = weights @ pairs, (weights @ sums) / (weights @ pairs)
        with np.errstate(invalid="ignore", divide="ignore"):  # one resident drawn throughout, with one pair
            sd = np.sqrt(np.maximum(weights @ squares - n * mean**2, 0.0) / (n - 1))
        return np.asarray(np.abs(difference.mean() + mean) + LIMIT * sd)[:, None]

    (interval,) = cluster_bootstrap(error, residents, replicates=replicates, seed=seed)
    return WeightError(kg, interval.low, interval.high, residents, found)
