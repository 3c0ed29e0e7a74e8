"""How far a resident's day really reached: where the walks led, how wide, and how straight."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.timing import MINUTE, SECOND
from simulators.trackers import Walk

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Point = tuple[float, float]

EVERY = 10 * SECOND
NEAREST_SHARE = 0.95
STAY_M, STAY = 100.0, 5 * MINUTE
FEWEST_STEPS = 5


@dataclass(frozen=True, slots=True)
class Ways:
    """One day: root mean square distance from its mean place, area of the hull, places stayed at.

    `straightness` (1 for a straight line) and `sinuosity_per_sqrt_m` (0 for one) of the way out of the
    longest walk; None without a walk whose way out shows `FEWEST_STEPS` steps.
    """

    radius_of_gyration_m: float
    area_km2: float
    places: int
    straightness: float | None
    sinuosity_per_sqrt_m: float | None


def ways_of(walks: Sequence[Walk], start: int, end: int, shown: Int64) -> Ways:
    """The ways of the day [start, end) µs UTC.

    `shown` (n,) are the times of the tracker's fixes: the hull is that of the 95 % of them nearest their mean
    and so depends on them, by definition. Everything else is that of the way itself.
    """
    time = np.arange(start, end, EVERY)
    east, north = _position(walks, time)
    spread = float(np.sqrt(((east - east.mean()) ** 2 + (north - north.mean()) ** 2).mean()))
    longest = max(walks, key=lambda walk: walk.out_of_home[1] - walk.out_of_home[0], default=None)
    way_out = longest is not None and _steps(longest, shown) >= FEWEST_STEPS
    return Ways(
        spread,
        _area_m2(np.column_stack(_position(walks, shown))) / 1e6,
        _places(walks, start, end),
        # A walk goes straight out to the corner that is farthest from home.
        1.0 if way_out else None,
        0.0 if way_out else None,
    )


def _position(walks: Sequence[Walk], time: Int64) -> tuple[Float64, Float64]:
    """Metres east and north of home."""
    places = [walk.position(time) for walk in walks]
    nowhere = np.zeros(len(time))
    return sum((east for east, _ in places), nowhere), sum((north for _, north in places), nowhere)


def _area_m2(places: Float64) -> float:
    off = ((places - places.mean(axis=0)) ** 2).sum(axis=1)
    nearest = places[np.argsort(off, kind="stable")[: math.floor(NEAREST_SHARE * len(places) + 1e-9)]]
    corners = _hull(sorted({(float(east), float(north)) for east, north in nearest}))
    around = zip(corners, corners[1:] + corners[:1], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in around)) / 2


def _hull(points: list[Point]) -> list[Point]:
    """Corners of the convex hull of sorted points (Andrew's monotone chain)."""
    if len(points) < 3:
        return points
    sides = []
    for ordered in (points, points[::-1]):
        side: list[Point] = []
        for point in ordered:
            while len(side) > 1 and _turn(side[-2], side[-1], point) <= 0:
                side.pop()
            side.append(point)
        sides += side[:-1]
    return sides


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _places(walks: Sequence[Walk], start: int, end: int) -> int:
    """Home, and where the way stayed within 100 m for five minutes, each place once (Li 2008)."""
    places: list[Point] = [(0.0, 0.0)]
    for walk in walks:
        time = np.arange(max(walk.start, start), min(walk.end, end), EVERY)
        east, north = walk.position(time)
        here = 0
        while here < len(time):
            left = np.flatnonzero(np.hypot(east[here:] - east[here], north[here:] - north[here]) > STAY_M)
            until = here + int(left[0]) if len(left) else len(time)
            if time[until - 1] - time[here] < STAY:
                here += 1
                continue
            stay = float(east[here:until].mean()), float(north[here:until].mean())
            if all(math.dist(stay, place) > STAY_M for place in places):
                places.append(stay)
            here = until
    return len(places)


def _steps(walk: Walk, shown: Int64) -> int:
    """How many fixes the tracker takes on the way out, from leaving home to the farthest corner."""
    leaving, farthest = walk.out_of_home[0], int(walk.at[_farthest(walk)])
    return int(np.count_nonzero((shown > leaving) & (shown <= farthest)))


def _farthest(walk: Walk) -> int:
    return int(np.argmax(np.hypot(walk.east_m, walk.north_m)))
