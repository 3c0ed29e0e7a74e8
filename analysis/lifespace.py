"""How far and wide a person gets about: radius of gyration, hulls, deviational ellipse.

Exploratory figures (Fillekes 2019). Positions are metres on a plane, as `analysis.geo.local_xy` gives them.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.convex_hull import convex_corners, polygon_area

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

LONGEST_WEIGHT_S = 600.0
"""A silence counts no more than ten minutes for the fixes beside it."""


@dataclass(frozen=True, slots=True)
class Hull:
    """A convex hull of `n` positions: square metres, metres round it, its corners (m, 2) counter-clockwise.

    NaN and no corners where fewer than three positions do not lie on one line.
    """

    area_m2: float
    perimeter_m: float
    corners: Float64
    n: int
    percent: float

    @property
    def gravelius(self) -> float:
        """P / (2·sqrt(pi·A)): 1 for a circle, 1.13 for a square, the longer the more drawn out."""
        return self.perimeter_m / (2 * float(np.sqrt(np.pi * self.area_m2)))


@dataclass(frozen=True, slots=True)
class DeviationalEllipse:
    """The ellipse that would hold `share` of positions if they were normal in the plane.

    Square metres, half axes in metres, and the direction of the longer one, degrees clockwise from north
    (0 to 180). NaN under three positions; area 0 when they lie on a line.
    """

    area_m2: float
    half_major_m: float
    half_minor_m: float
    direction_deg: float
    n: int
    share: float
    method: str = "95 % Gaussian ellipse, covariance with ddof 1"


def radius_of_gyration(
    x: Float64, y: Float64, time: Int64 | None = None, *, longest_s: float = LONGEST_WEIGHT_S
) -> float:
    """Root mean square distance in metres from the mean position, sqrt(mean|r - mean r|²); NaN for none.

    `x`, `y` (n,) metres; NaN is left out. With `time` (n,) µs UTC ascending each fix weighs half the gaps
    beside it, every gap counted up to `longest_s`, in the mean position too; without it all weigh alike.
    """
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    edges = np.array([0, len(x)])
    weight = np.zeros(len(x)) if time is None else _half_gaps(time[known], edges, longest_s)
    return float(_radii(x, y, weight, edges)[0])


def radii_of_gyration(
    x: Float64, y: Float64, time: Int64, edges: Int64, *, longest_s: float = LONGEST_WEIGHT_S
) -> Float64:
    """`radius_of_gyration` of days (d,) put end to end.

    The positions of day i, none of them NaN, are [edges[i], edges[i + 1]).
    """
    return _radii(x, y, _half_gaps(time, edges, longest_s), edges)


def _half_gaps(time: Int64, edges: Int64, longest_s: float) -> Float64:
    """Seconds (n,): half of the gap before each fix and half of that after it, within its day."""
    weight = np.zeros(len(time))
    gap = np.minimum((time[1:] - time[:-1]) / 1e6, longest_s) / 2
    gap[edges[(edges > 0) & (edges < len(time))] - 1] = 0.0
    weight[:-1] += gap
    weight[1:] += gap
    return weight


def _radii(x: Float64, y: Float64, weight: Float64, edges: Int64) -> Float64:
    """Weighted days (d,) put end to end; where all weights are 0 all weigh alike."""
    of = np.repeat(np.arange(len(edges) - 1), edges[1:] - edges[:-1])
    total = _sums(weight, edges)
    weight = np.where(total[of] == 0, 1.0, weight)
    total = np.where(total == 0, edges[1:] - edges[:-1], total)
    with np.errstate(invalid="ignore"):  # days without a position
        x0, y0 = _sums(x * weight, edges) / total, _sums(y * weight, edges) / total
        off = (x - x0[of]) ** 2 + (y - y0[of]) ** 2
        return np.asarray(np.sqrt(_sums(off * weight, edges) / total), np.float64)


def _sums(values: Float64, edges: Int64) -> Float64:
    """Day by day, as each day alone would be summed: not by reduceat, which rounds otherwise."""
    return np.array([np.add.reduce(values[a:b]) for a, b in pairwise(edges.tolist())])


def convex_hull_area(x: Float64, y: Float64) -> Hull:
    """The smallest convex polygon around all positions (n,) in metres; NaN is left out."""
    return _hull(_positions(x, y), 100.0)


def minimum_convex_polygon(x: Float64, y: Float64, *, percent: float = 95.0) -> Hull:
    """The hull of the floor(percent · n) positions nearest their mean, so that stray fixes do not stretch it.

    Positions (n,) in metres, NaN left out; of those equally near the earlier is kept. `n` counts those kept.
    """
    if not 0 < percent <= 100:
        raise ValueError(f"percent {percent} keeps no positions: use a number above 0, up to 100")
    positions = _positions(x, y)
    return _hull(nearest_their_mean(positions, percent), percent)


def nearest_their_mean(positions: Float64, percent: float) -> Float64:
    """The floor(percent · n) of finite `positions` (n, 2) that are nearest their mean.

    Of those equally near the earlier is kept.
    """
    n = len(positions)
    # Rounded before the floor: 0.95 · 20 must be 19 whatever the floats make of it.
    keep = math.floor(round(percent / 100 * n, 9))
    if not n:
        return positions
    x, y = (positions - np.add.reduce(positions, axis=0) / n).T
    nearest: Float64 = positions[(x * x + y * y).argsort(kind="stable")[:keep]]
    return nearest


def standard_deviational_ellipse(x: Float64, y: Float64, *, share: float = 0.95) -> DeviationalEllipse:
    """The Gaussian ellipse pi · chi2(share, 2) · sqrt(det S) of positions (n,) in metres; NaN is left out."""
    positions = _positions(x, y)
    n, nan = len(positions), float("nan")
    if n < 3:
        return DeviationalEllipse(nan, nan, nan, nan, n, share)
    stretch = -2 * np.log(1 - share)  # the quantile of chi square with two degrees of freedom
    variance, axes = np.linalg.eigh(np.cov(positions.T, ddof=1))
    minor, major = (float(half) for half in np.sqrt(stretch * np.maximum(variance, 0.0)))
    east, north = axes[:, 1]
    direction = float(np.degrees(np.arctan2(east, north)) % 180)
    return DeviationalEllipse(np.pi * major * minor, major, minor, direction, n, share)


def _positions(x: Float64, y: Float64) -> Float64:
    both = np.column_stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
    return both[np.isfinite(both).all(axis=1)]


def _hull(positions: Float64, percent: float) -> Hull:
    n, nan = len(positions), float("nan")
    corners = convex_corners(positions)
    if not corners:
        return Hull(nan, nan, np.empty((0, 2)), n, percent)
    around = zip(corners, [*corners[1:], corners[0]], strict=True)
    return Hull(
        polygon_area(corners),
        sum(math.dist(one, next_) for one, next_ in around),
        np.array(corners),
        n,
        percent,
    )
