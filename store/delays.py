"""Delays of readings, received - time, as counts in bins.

A bin is so narrow that its middle lies within 1.7 % of everything in it (delays under a millisecond count as
none), and counts of two hours are added bin by bin.
"""

import numpy as np
from numpy.typing import NDArray

from store.batch import Int64

LIVE_US = 3_600_000_000
"""A reading received within the hour tells of the device's clock; a later one tells of the network."""

IMPORTED_US = 7 * 24 * 3_600_000_000
"""What comes later than a week after it was measured was brought in afterwards: no network is so slow."""

_LEAST_US = 1_000
_WIDTH = 1.034
"""The end of a bin over its start."""


def _edges() -> Int64:
    steps = np.arange(np.log(IMPORTED_US / _LEAST_US) / np.log(_WIDTH))
    ahead = np.unique(np.append(np.rint(_LEAST_US * _WIDTH**steps), [LIVE_US, IMPORTED_US])).astype(np.int64)
    return np.concatenate([-ahead[::-1], ahead])


EDGES = _edges()
"""Bin b holds delays from EDGES[b - 1] to under EDGES[b], µs; the first and the last are open. What is stored
depends on them."""

BINS = len(EDGES) + 1


def _middles() -> NDArray[np.float64]:
    inner = np.sqrt(np.abs(EDGES[:-1].astype(float) * EDGES[1:])) * np.sign(EDGES[1:] + EDGES[:-1])
    return np.concatenate([EDGES[:1], inner, EDGES[-1:]])


_MIDDLES = _middles()


def bins_of(delays: Int64) -> NDArray[np.int16]:
    """The bin of each delay (n,), µs; a negative one is of a clock that is ahead."""
    return np.searchsorted(EDGES, delays, side="right").astype(np.int16)


def percentile_s(counts: Int64, share: float, below_us: int) -> NDArray[np.float64]:
    """The percentile of delays under `below_us` (one of `EDGES`), s, of each row of counts (n, BINS).

    The least delay that at least `share` of them do not exceed; NaN of a row that has none.
    """
    running = np.cumsum(counts[:, : np.searchsorted(EDGES, below_us) + 1], axis=1)
    total = running[:, -1:]
    place = np.argmax(running >= np.ceil(share * total), axis=1)
    return np.where(total[:, 0] > 0, _MIDDLES[place] / 1e6, np.nan)
