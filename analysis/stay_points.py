"""Where a person stayed for a while, and which of those stays were at the same place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.geo import longest_gap_s
from analysis.positions import EARTH_RADIUS_M

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

STAY_M = 100.0
STAY_S = 300.0
"""Five minutes within a hundred metres are a visit; less is a red light or a chat on the way."""

SHORT_LOOK = 32
"""Fixes looked ahead to one by one."""


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
    way = _Way.of(time, lat, lon, longest_gap_s(interval_s) * 1e6)
    stays = _stays(way, 0, len(time), radius_m, at_least_s * 1e6)
    north, east, place = _places(way, stays, radius_m)
    opens, stops = np.array(stays, np.int64).reshape(-1, 2).T
    return StayPoints(
        np.degrees(np.array(north)),
        np.degrees(np.array(east)),
        time[opens],
        time[stops - 1],
        np.array(place, np.int64),
    )


def numbers_of_places(
    time: Int64, lat: Float64, lon: Float64, edges: Int64, *, interval_s: Sequence[float | None]
) -> list[int]:
    """How many `places` the `stay_points` of each of d days have, which are put end to end.

    The fixes of day i, all with a position, are [edges[i], edges[i + 1]); `interval_s` holds (d,).
    """
    longest = np.array([longest_gap_s(each) for each in interval_s]) * 1e6
    way = _Way.of(time, lat, lon, np.repeat(longest, edges[1:] - edges[:-1])[1:])
    days = [_stays(way, first, past, STAY_M, STAY_S * 1e6) for first, past in pairwise(edges.tolist())]
    return [len(set(_places(way, stays, STAY_M)[2])) for stays in days]


@dataclass(frozen=True, slots=True)
class _Way:
    """Fixes (n,) in radians, with the cosine of the latitude, and whether no gap is before each."""

    time: Int64
    north: Float64
    east: Float64
    shrink: Float64
    bridged: NDArray[np.bool_]

    @classmethod
    def of(cls, time: Int64, lat: Float64, lon: Float64, gap_us: float | Float64) -> "_Way":
        """`gap_us` is one, or (n - 1,)."""
        north = np.radians(lat)
        bridged = np.ones(len(time), np.bool_)
        np.less_equal(time[1:] - time[:-1], gap_us, out=bridged[1:])
        return cls(time, north, np.radians(lon), np.cos(north), bridged)


def _stays(way: _Way, start: int, past: int, radius_m: float, at_least_us: float) -> list[tuple[int, int]]:
    """First fix and one past the last of every stay among the fixes [start, past).

    Most looks ahead are short, for which plain numbers are faster; long ones go on in growing pieces.
    """
    time, north, east, bridged = way.time, way.north, way.east, way.bridged
    # Seen as plain numbers without making a list of them all.
    at, phi, lam, narrow, goes_on = time.data, north.data, east.data, way.shrink.data, bridged.data
    reach = (radius_m / EARTH_RADIUS_M) ** 2
    stays = []
    while start < past:
        stop, near = start + 1, min(start + SHORT_LOOK, past)
        here, there, shrink = phi[start], lam[start], narrow[start]
        while stop < near and goes_on[stop]:
            up, across = phi[stop] - here, (lam[stop] - there) * shrink
            if up * up + across * across > reach:
                break
            stop += 1
        width = SHORT_LOOK
        while stop >= near and stop < past:
            width *= 4
            part = slice(stop, min(stop + width, past))
            ups, sideways = north[part] - here, (east[part] - there) * shrink
            gone = (ups * ups + sideways * sideways > reach) | ~bridged[part]
            first = int(gone.argmax())
            if gone[first]:
                stop += first
                break
            stop = part.stop
        if at[stop - 1] - at[start] >= at_least_us:
            stays.append((start, stop))
            start = stop
        else:
            start += 1
    return stays


def _places(
    way: _Way, stays: Sequence[tuple[int, int]], radius_m: float
) -> tuple[list[float], list[float], list[int]]:
    """Of every stay its mean position in radians, and the number of its place."""
    north = [float(np.add.reduce(way.north[a:b])) / (b - a) for a, b in stays]
    east = [float(np.add.reduce(way.east[a:b])) / (b - a) for a, b in stays]
    first: list[tuple[float, float]] = []
    place = []
    for here, there in zip(north, east, strict=True):
        shrink = math.cos(here)
        off = [EARTH_RADIUS_M * math.hypot(phi - here, (lam - there) * shrink) for phi, lam in first]
        nearest = min(off, default=math.inf)
        if nearest <= radius_m:
            place.append(off.index(nearest))
        else:
            place.append(len(first))
            first.append((here, there))
    return north, east, place
