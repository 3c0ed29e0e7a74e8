"""Nightly weights that are not the resident's own: the last guard after tare and objects."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.level import hampel

SOMEBODY_ELSE_KG = 25.0
"""Nobody gains or loses so much: two lie in the bed, or another does."""


@dataclass(frozen=True, slots=True)
class DoubtfulNights:
    """Which nights (n,) to leave out: `outlier` stands out among its neighbours, `somebody_else` by kilos
    that no body changes by. `usual_kg` (n,) is the median of the nights around, NaN where the weight is."""

    outlier: NDArray[np.bool_]
    somebody_else: NDArray[np.bool_]
    usual_kg: NDArray[np.float64]
    window: int
    mads: float
    somebody_else_kg: float


def doubtful_nights(
    kg: NDArray[Any],
    *,
    window: int = 7,
    mads: float = 3.0,
    somebody_else_kg: float = SOMEBODY_ELSE_KG,
) -> DoubtfulNights:
    """Hold each nightly weight `kg` (n,), NaN where there is none, against the nights around it.

    An outlier is more than `mads`·1.4826·MAD from the median of a `window` of nights (Hampel 1974); of
    nights as alike as 0.1 kg this is an everyday difference, so look at the kilograms too. Exactly
    `somebody_else_kg` from it is somebody else. A second sleeper who stays for half a window becomes usual.
    """
    found = hampel(kg, window=window, mads=mads)
    with np.errstate(invalid="ignore"):
        # Rounded, so that exactly the limit reaches it whatever the floats made of it.
        far = np.round(np.abs(np.asarray(kg, np.float64) - found.median), 9) >= somebody_else_kg
    return DoubtfulNights(found.outlier, far, found.median, window, mads, somebody_else_kg)
