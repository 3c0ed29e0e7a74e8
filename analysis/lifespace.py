"""How far and wide a person gets about: places stayed at, radius of gyration, hulls, deviational ellipse.

Exploratory figures (Fillekes 2019). Positions are metres on a plane, as `analysis.geo.local_xy` gives them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.geo import EARTH_RADIUS_M, longest_gap_s

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

STAY_M = 100.0
STAY_S = 300.0
"""Five minutes within a hundred metres are a visit; less is a red light or a chat on the way."""

SHORT_LOOK = 32
"""Fixes looked ahead to one by one."""

LONGEST_WEIGHT_S = 600.0
"""A silence counts no more than ten minutes for the fixes beside it."""


@dataclass(frozen=True, slots=True)
class StayPoints:
    """Stays in order of time, each (k,): mean position in degrees, from when to when in µs UTC, which place.

    `place` numbers the places from 0 in order of the first visit; `places` is how many there are.
    """

    lat: Float64
    lon: Float64
    arrived: Int64
    departed: Int64
    place: Int64

    @property
    def places(self) -> int:
        return int(self.place.max()) + 1 if len(self.place) else 0

    def entropy(self) -> float:
        """-sum p·ln p of the time at each place: 0 for one, ln(places) for equal times; NaN for none."""
        hours = np.bincount(self.place, weights=(self.departed - self.arrived) / 3.6e9)
        if hours.sum() == 0:
            return float("nan")
        share = hours / hours.sum()
        return float(scipy.special.entr(share).sum())


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


def stay_points(
    time: Int64,
    lat: Float64,
    lon: Float64,
    *,
    radius_m: float = STAY_M,
    at_least_s: float = STAY_S,
    interval_s: float | None = 600.0,
) -> StayPoints:
    """Stays of at least `at_least_s` within `radius_m` of the first fix of the stay (Li 2008).

    `time` (n,) µs UTC ascending, `lat`, `lon` (n,) degrees; fixes without a position are left out. A silence
    longer than `longest_gap_s(interval_s)` ends a stay. A stay within `radius_m` of the mean of an earlier
    place's first stay is the same place.
    """
    known = np.isfinite(lat) & np.isfinite(lon)
    if not known.all():
        time, lat, lon = time[known], lat[known], lon[known]
    north, east = np.radians(lat), np.radians(lon)
    opens, stops = _stays(time, north, east, radius_m, at_least_s * 1e6, longest_gap_s(interval_s) * 1e6)
    mean_north = np.array([north[a:b].mean() for a, b in zip(opens, stops, strict=True)])
    mean_east = np.array([east[a:b].mean() for a, b in zip(opens, stops, strict=True)])
    first: list[int] = []
    place = np.zeros(len(opens), np.int64)
    for stay in range(len(opens)):
        off = _metres(mean_north[first], mean_east[first], mean_north[stay], mean_east[stay])
        if len(first) and off.min() <= radius_m:
            place[stay] = int(np.argmin(off))
        else:
            place[stay] = len(first)
            first.append(stay)
    last = np.array(stops, np.int64) - 1
    return StayPoints(
        np.degrees(mean_north), np.degrees(mean_east), time[np.array(opens, np.int64)], time[last], place
    )


def radius_of_gyration(
    x: Float64, y: Float64, time: Int64 | None = None, *, longest_s: float = LONGEST_WEIGHT_S
) -> float:
    """Root mean square distance in metres from the mean position, sqrt(mean|r - mean r|²); NaN for none.

    `x`, `y` (n,) metres; NaN is left out. With `time` (n,) µs UTC ascending each fix weighs half the gaps
    beside it, every gap counted up to `longest_s`, in the mean position too; without it all weigh alike.
    """
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) == 0:
        return float("nan")
    weight = np.ones(len(x))
    if time is not None and len(x) > 1:
        gap = np.minimum(np.diff(time[known]) / 1e6, longest_s)
        weight = np.zeros(len(x))
        weight[:-1] += gap / 2
        weight[1:] += gap / 2
    if weight.sum() == 0:
        weight = np.ones(len(x))
    x0, y0 = np.average(x, weights=weight), np.average(y, weights=weight)
    return float(np.sqrt(np.average((x - x0) ** 2 + (y - y0) ** 2, weights=weight)))


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
    # Rounded before the floor: 0.95 · 20 must be 19 whatever the floats make of it.
    keep = int(np.floor(round(percent / 100 * len(positions), 9)))
    if len(positions):
        off = ((positions - positions.mean(axis=0)) ** 2).sum(axis=1)
        positions = positions[np.sort(np.argsort(off, kind="stable")[:keep])]
    return _hull(positions, percent)


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
    nothing = Hull(nan, nan, np.empty((0, 2)), n, percent)
    if n < 3:
        return nothing
    try:
        hull: Any = scipy.spatial.ConvexHull(positions)
    except scipy.spatial.QhullError:  # all on one line, or on one point
        return nothing
    return Hull(float(hull.volume), float(hull.area), positions[hull.vertices], n, percent)


def _stays(
    time: Int64, north: Float64, east: Float64, radius_m: float, at_least_us: float, gap_us: float
) -> tuple[list[int], list[int]]:
    """First fix and one past the last of every stay.

    Most looks ahead are short, for which plain numbers are faster; long ones go on in growing pieces.
    """
    bridged = np.ones(len(time), np.bool_)
    np.less_equal(np.diff(time), gap_us, out=bridged[1:])
    # Seen as plain numbers without making a list of them all.
    phi, lam, goes_on = north.data, east.data, bridged.data
    shrink = np.cos(north)
    reach = (radius_m / EARTH_RADIUS_M) ** 2
    opens, stops = [], []
    start, n = 0, len(phi)
    while start < n:
        stop, near, narrow = start + 1, min(start + SHORT_LOOK, n), float(shrink[start])
        while stop < near and goes_on[stop]:
            up, across = phi[stop] - phi[start], (lam[stop] - lam[start]) * narrow
            if up * up + across * across > reach:
                break
            stop += 1
        width = SHORT_LOOK
        while stop >= near and stop < n:
            width *= 4
            part = slice(stop, stop + width)
            ups, sideways = north[part] - phi[start], (east[part] - lam[start]) * narrow
            gone = np.flatnonzero((ups * ups + sideways * sideways > reach) | ~bridged[part])
            if len(gone):
                stop += int(gone[0])
                break
            stop = min(stop + width, n)
        if time[stop - 1] - time[start] >= at_least_us:
            opens.append(start)
            stops.append(stop)
            start = stop
        else:
            start += 1
    return opens, stops


def _metres(north: Float64, east: Float64, north0: float, east0: float) -> Float64:
    return np.asarray(EARTH_RADIUS_M * np.hypot(north - north0, (east - east0) * np.cos(north0)))
