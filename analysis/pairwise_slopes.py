"""The slopes between all pairs of points in order, without keeping them all.

Ten years of nights have 6.7 million pairs. An estimate by ranks asks for a few of their slopes near the
middle: those far from it are counted and let go.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROWS_AT_A_TIME = 64
"""A block of so many rows stays in the processor's cache up to ten years of nights."""

ALL_KEPT_UP_TO = 600
"""Points; their 180,000 slopes are sorted in less time than it takes to choose among them."""

SAMPLED = 32_768
SAMPLING_ERROR = 0.015
"""Five standard errors of a share estimated from so many pairs."""


@dataclass(frozen=True, slots=True)
class OrderedSlopes:
    """Slopes of `number` pairs, of which `values` are known in order; `below` of the others are smaller."""

    values: Floats
    below: int
    number: int

    def holds(self, first: int, last: int) -> bool:
        """Whether the slopes of ranks `first` to `last`, from 1, are known."""
        return self.below < first and last <= self.below + len(self.values)

    def at(self, rank: int) -> float:
        """The slope of a rank, from 1."""
        return float(self.values[rank - 1 - self.below])

    def median(self) -> float:
        """The middle slope, or the mean of the two in the middle."""
        return (self.at((self.number + 1) // 2) + self.at(self.number // 2 + 1)) / 2


def ordered_slopes(t: Floats, y: Floats, *, reach: float) -> OrderedSlopes:
    """The slopes of `y` (n,) over `t` (n,) ascending, of the pairs with different t.

    Known in order are at least those of ranks up to `reach` from the middle.
    """
    n = len(t)
    number = n * (n - 1) // 2 - _pairs_at_once(t)
    if n <= ALL_KEPT_UP_TO:
        return _kept(t, y, number, -np.inf, np.inf)
    half = reach / number + SAMPLING_ERROR if number else 0.5
    if half < 0.5:
        low, high = np.quantile(_sample(t, y), [0.5 - half, 0.5 + half])
        slopes = _kept(t, y, number, float(low), float(high))
        middle = number // 2
        if slopes.holds(max(middle - int(reach), 1), min(middle + 1 + int(reach), number)):
            return slopes
    return _kept(t, y, number, -np.inf, np.inf)


def _kept(t: Floats, y: Floats, number: int, low: float, high: float) -> OrderedSlopes:
    below, kept = 0, [np.empty(0)]
    for slopes in _blocks(t, y):
        if low > -np.inf:
            inside = slopes >= low
            below += len(slopes) - int(np.count_nonzero(inside))
            inside &= slopes <= high
            slopes = slopes[inside]
        kept.append(slopes)
    return OrderedSlopes(np.sort(np.concatenate(kept)), below, number)


def _blocks(t: Floats, y: Floats) -> Iterator[Floats]:
    n = len(t)
    at_once = _pairs_at_once(t) > 0
    for first in range(0, n, ROWS_AT_A_TIME):
        past = min(first + ROWS_AT_A_TIME, n)
        early, late = _pairs_of(past - first)
        rows_t, rows_y = t[first:past], y[first:past]
        pieces = [(rows_y[late] - rows_y[early], rows_t[late] - rows_t[early])]
        if past < n:
            pieces.append(((y[past:] - rows_y[:, None]).ravel(), (t[past:] - rows_t[:, None]).ravel()))
        for rise, run in pieces:
            if at_once:
                forward = run > 0
                yield rise[forward] / run[forward]
            else:
                rise /= run
                yield rise


@cache
def _pairs_of(rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The earlier and the later row of each pair of up to `ROWS_AT_A_TIME` rows."""
    early, late = np.triu_indices(rows, 1)
    return early, late


def _pairs_at_once(t: Floats) -> int:
    """How many pairs of points share their t; `t` ascending."""
    if (t[1:] != t[:-1]).all():
        return 0
    _, size = np.unique(t, return_counts=True)
    return int((size * (size - 1) // 2).sum())


def _sample(t: Floats, y: Floats) -> Floats:
    """Slopes of pairs drawn with a fixed seed: they choose where to look, not what is found there."""
    drawn = np.random.default_rng(1).integers(0, len(t), (2, SAMPLED))
    rise, run = y[drawn[1]] - y[drawn[0]], t[drawn[1]] - t[drawn[0]]
    apart = run != 0
    return np.asarray(rise[apart] / run[apart])
