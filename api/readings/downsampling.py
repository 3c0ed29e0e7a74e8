"""Fewer readings for a chart, with every spike kept."""

import numpy as np
from numpy.typing import NDArray

from store import Readings


def minmax_rows(readings: Readings, max_points: int) -> NDArray[np.int64]:
    """Indices, ascending, of at most `max_points` rows that look like all of them in a chart.

    The time span is cut into equal bins. Of each bin stand the rows where a numeric column has its
    minimum and its maximum; where readings carry no numbers, the first and the last row of each bin.
    """
    numeric = [
        values
        for name, values in readings.columns.items()
        if readings.stream.column(name).kind in ("float32", "float64", "bool") and np.isfinite(values).any()
    ]
    bins = max(1, max_points // (2 * max(1, len(numeric))))
    elapsed = readings.time - readings.time[0]
    span = max(1, int(elapsed[-1]) + 1)
    bin_of = (elapsed.astype(np.float64) / span * bins).astype(np.int64)
    firsts = np.flatnonzero(np.diff(bin_of, prepend=-1))
    if not numeric:
        lasts = np.append(firsts[1:], len(bin_of)) - 1
        return np.unique(np.concatenate([firsts, lasts]))[:max_points]
    chosen = [index for values in numeric for index in _extremes(values, bin_of)]
    return np.unique(np.concatenate(chosen))[:max_points]


def _extremes(values: NDArray[np.float64], bin_of: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The row of the minimum and of the maximum in each bin, absent values left out."""
    known = np.flatnonzero(np.isfinite(values))
    by_value = known[np.lexsort((values[known], bin_of[known]))]
    starts = np.flatnonzero(np.diff(bin_of[by_value], prepend=-1))
    ends = np.append(starts[1:], len(by_value)) - 1
    return [by_value[starts], by_value[ends]]
