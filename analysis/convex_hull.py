"""The smallest convex polygon around positions, found without walking past most of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Position = Sequence[float]

ROUNDING = 1e-15
"""Of an area, in squares of how far out its positions lie: no more than floats make of a line."""

MARGIN = 1e-12
"""A position so near an edge, in the same measure, is looked at: it may lie beyond it."""

_BEARING = np.arange(16) * (np.pi / 8)
_TOWARDS = np.column_stack([np.cos(_BEARING), np.sin(_BEARING)])


def convex_corners(positions: Float64) -> list[Position]:
    """Corners (x, y) counter-clockwise of the hull of finite `positions` (n, 2); none on a line.

    Monotone chain (Andrew 1979) of the positions that are not well within those farthest out in 16 directions
    (Akl & Toussaint 1978). A position on an edge is no corner.
    """
    if len(positions) < 3:
        return []
    scale = float(np.abs(positions).max()) ** 2
    ordered = sorted(_outer(positions, MARGIN * scale).tolist())
    corners = [*_chain(ordered), *_chain(ordered[::-1])]
    return corners if polygon_area(corners) > ROUNDING * scale else []


def polygon_area(corners: Sequence[Position]) -> float:
    """Of a polygon with `corners` (x, y) counter-clockwise, in their unit squared; 0 under three."""
    if len(corners) < 3:
        return 0.0
    # About a corner, so that being far from the origin takes no digits.
    (x0, y0), *others = corners
    east = north = twice = 0.0
    for x, y in others:
        before, below = east, north
        east, north = x - x0, y - y0
        twice += before * north - east * below
    return twice / 2


def _outer(positions: Float64, margin: float) -> Float64:
    """Those not farther than `margin` within the polygon of the ones farthest out."""
    across = positions.T
    farthest = positions[(_TOWARDS @ across).argmax(axis=1)]
    edge = np.concatenate((farthest[1:], farthest[:1])) - farthest
    real = edge.any(axis=1)
    outward = np.column_stack([edge[:, 1], -edge[:, 0]])[real]
    beyond = (outward * farthest[real]).sum(axis=1) - margin
    outer: Float64 = positions[(outward @ across >= beyond[:, None]).any(axis=0)]
    return outer


def _chain(ordered: Sequence[Position]) -> list[Position]:
    """The corners of the hull from the first position to the last, on their right, the last left out."""
    chain: list[Position] = []
    for position in ordered:
        x, y = position
        while len(chain) > 1:
            xa, ya = chain[-2]
            xb, yb = chain[-1]
            if (xb - xa) * (y - ya) > (x - xa) * (yb - ya):
                break
            chain.pop()
        chain.append(position)
    return chain[:-1]
