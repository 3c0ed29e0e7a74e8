"""Where a person spends their time: the smallest ground that holds half, and nearly all, of the positions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

CELL_M = 20.0
BANDWIDTH_M = 30.0
"""Three times the error of a fix: a lone fix is a blur of some 100 m, not a place."""

REACH = 4
"""Bandwidths after which a Gaussian is nothing."""

MOST_CELLS = 20_000_000
"""160 MB: a country in cells of 20 m is asked for by mistake."""


@dataclass(frozen=True, slots=True)
class HomeRange:
    """The area in m² of the isopleths that hold each of the `shares`, both (k,), of `n` positions.

    `method` names the kernel, `cell_m` and `bandwidth_m` what the density was made with. NaN without a
    position. No interval: positions of one outing resemble each other.
    """

    shares: tuple[float, ...]
    area_m2: tuple[float, ...]
    n: int
    cell_m: float
    bandwidth_m: float
    method: str = "Gaussian kernel on a grid"


def kde_home_range(
    x: Float64,
    y: Float64,
    *,
    shares: tuple[float, ...] = (0.5, 0.95),
    cell_m: float = CELL_M,
    bandwidth_m: float = BANDWIDTH_M,
) -> HomeRange:
    """The densest ground that holds `shares` of the kernel density of positions (n,) in metres (Worton 1989).

    Positions are counted in cells of `cell_m` and smoothed with a Gaussian of `bandwidth_m`; NaN is left
    out. The area grows with the bandwidth: compare figures of one bandwidth only. ValueError where the
    positions spread over more than `MOST_CELLS` cells, or a share is not between 0 and 1.
    """
    if not all(0 < share < 1 for share in shares):
        raise ValueError(f"shares {shares}: give shares between 0 and 1, such as 0.5 and 0.95")
    known = np.isfinite(x) & np.isfinite(y)
    n = int(np.count_nonzero(known))
    if n == 0:
        return HomeRange(shares, (float("nan"),) * len(shares), 0, cell_m, bandwidth_m)
    column, columns = _cells(x[known], cell_m, bandwidth_m)
    row, rows = _cells(y[known], cell_m, bandwidth_m)
    if rows * columns > MOST_CELLS:
        raise ValueError(
            f"positions spread over {rows * columns:,} cells of {cell_m} m: "
            "give a larger cell_m, or leave out the journeys"
        )
    counts = np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)
    density = scipy.ndimage.gaussian_filter(
        counts.astype(np.float32), bandwidth_m / cell_m, mode="constant", truncate=REACH
    )
    densest = np.sort(density[density > 0])[::-1]
    held = np.cumsum(densest, dtype=np.float64)
    area = tuple((int(np.searchsorted(held, share * held[-1])) + 1) * cell_m**2 for share in shares)
    return HomeRange(shares, area, n, cell_m, bandwidth_m)


def _cells(metres: Float64, cell_m: float, bandwidth_m: float) -> tuple[NDArray[Any], int]:
    """The cell of each position on one axis, with room for the kernel at both ends, and their number."""
    margin = int(np.ceil(REACH * bandwidth_m / cell_m)) + 1
    # Cells lie round 0 and not round the positions, so that one more position does not move the grid.
    cell = np.floor(metres / cell_m).astype(np.int64)
    first = int(cell.min()) - margin
    return cell - first, int(cell.max()) + margin - first + 1
