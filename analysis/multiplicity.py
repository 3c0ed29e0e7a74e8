"""p-values of several questions asked at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

HOLM = "Holm, family-wise error"
BENJAMINI_HOCHBERG = "Benjamini-Hochberg, false discovery rate"


@dataclass(frozen=True, slots=True)
class AdjustedP:
    """Adjusted p-values (m,) in the order given, NaN where none was; `n` counts the tests that took part.

    To compare with the level of the whole family; `method` says what that level bounds.
    """

    p: Float64
    n: int
    method: str


def holm(p: NDArray[Any]) -> AdjustedP:
    """Step-down p-values (Holm 1979) of `p` (m,) for the primary family: any dependence between tests.

    NaN is no test and counts for none. ValueError: a p outside [0, 1].
    """
    order, ascending, n = _ascending(p)
    stepped = np.maximum.accumulate(ascending * np.arange(n, 0, -1))
    return AdjustedP(_in_place(len(p), order, stepped), n, HOLM)


def benjamini_hochberg(p: NDArray[Any]) -> AdjustedP:
    """Step-up p-values (Benjamini & Hochberg 1995) of `p` (m,) for what is explored: independent tests, or
    tests that rise together.

    NaN is no test and counts for none. ValueError: a p outside [0, 1].
    """
    order, ascending, n = _ascending(p)
    stepped = np.minimum.accumulate((ascending * (n / np.arange(1, n + 1)))[::-1])[::-1]
    return AdjustedP(_in_place(len(p), order, stepped), n, BENJAMINI_HOCHBERG)


def _ascending(p: NDArray[Any]) -> tuple[NDArray[np.intp], Float64, int]:
    p = np.asarray(p, np.float64)
    wrong = np.flatnonzero((p < 0) | (p > 1))
    if len(wrong):
        raise ValueError(f"p[{wrong[0]}] is {p[wrong[0]]}: a p-value lies from 0 to 1")
    tests = np.flatnonzero(~np.isnan(p))
    order = tests[np.argsort(p[tests], kind="stable")]
    return order, p[order], len(order)


def _in_place(size: int, order: NDArray[np.intp], values: Float64) -> Float64:
    adjusted = np.full(size, np.nan)
    adjusted[order] = np.minimum(values, 1.0)
    return adjusted
