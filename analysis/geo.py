"""Positions against the home: distances, in or out, and how much of the day was observed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Int8 = NDArray[np.int8]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the WGS 84 ellipsoid; the sphere differs from it by 0.56 % at most."""

WORST_ACCURACY_M = 100.0
"""A fix less certain than this may be in another street: it is dropped."""

HYSTERESIS_M = 50.0
"""How much farther out than in the fence stands, so that a fix that jitters is not a walk."""

LONGEST_GAP_S = 600.0
"""Nothing is assumed about a longer silence of a tracker that reports often."""

GAP_INTERVALS = 2.5
"""A tracker that reports seldom may miss one fix before its silence is a gap."""

UNKNOWN, INSIDE, OUTSIDE = -1, 0, 1


@dataclass(frozen=True, slots=True)
class GpsDay:
    """One figure of one day: `value` (NaN without a usable fix), fixes used, share of the day observed."""

    value: float
    n: int
    coverage: float


def haversine(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Float64:
    """Great-circle distance in metres between points in degrees, on a sphere of `EARTH_RADIUS_M`.

    Arrays broadcast; NaN in gives NaN out. Within 0.56 % of the WGS 84 ellipsoid.
    """
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_lat = (phi2 - phi1) / 2
    half_lon = (np.radians(lon2) - np.radians(lon1)) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))), dtype=np.float64)


def longest_gap_s(interval_s: float | None) -> float:
    """The longest silence bridged, in seconds, for a tracker that reports every `interval_s`."""
    return max(LONGEST_GAP_S, GAP_INTERVALS * (interval_s or 0.0))


def geofence_states(
    distance_m: Float64, accuracy_m: Float64, r_in: float, r_out: float | None = None, k: float = 1.0
) -> Int8:
    """In or out at each fix (n,), int8: `INSIDE`, `OUTSIDE`, or `UNKNOWN` before the first certain fix.

    A fix is inside when distance + k·accuracy <= r_in, outside when distance - k·accuracy >= r_out
    (default r_in + 50 m); between them the state before it stands. Accuracy NaN counts as 0 m.
    """
    r_out = r_in + HYSTERESIS_M if r_out is None else r_out
    slack = k * np.nan_to_num(accuracy_m, nan=0.0)
    certain = np.where(
        distance_m + slack <= r_in, INSIDE, np.where(distance_m - slack >= r_out, OUTSIDE, UNKNOWN)
    )
    source = np.where(certain == UNKNOWN, -1, np.arange(len(certain)))
    np.maximum.accumulate(source, out=source)
    return np.where(source < 0, UNKNOWN, certain[source]).astype(np.int8)


def time_out_of_home(
    time: Int64,
    lat: Float64,
    lon: Float64,
    accuracy_m: Float64,
    *,
    home_lat: float,
    home_lon: float,
    radius_m: float = 100.0,
    start: int,
    end: int,
    interval_s: float | None = 600.0,
) -> GpsDay:
    """Hours outside the home's circle in [start, end), the local day in integer microseconds UTC.

    Fixes (n,) ascending in time; those just before `start` and after `end` may be given and close the
    edges of the day. Fixes without a position, or with an accuracy above 100 m, are dropped. The state
    of a fix holds until the next one, unless that is more than `longest_gap_s(interval_s)` away: such a
    gap is neither in nor out. Coverage is the time not in gaps over the length of the day (23, 24 or
    25 h). Nothing is extrapolated: hours outside in gaps are missing from the value.
    """
    time, distance, accuracy = _usable(time, lat, lon, accuracy_m, home_lat, home_lon)
    state = geofence_states(distance, accuracy, radius_m)
    known = state[:-1] != UNKNOWN
    held = np.where(known, _observed_us(time, start, end, interval_s), 0)
    n = _fixes_within(time, start, end)
    observed = int(held.sum())
    outside = int(held[state[:-1] == OUTSIDE].sum())
    value = outside / 3.6e9 if observed else float("nan")
    return GpsDay(value, n, observed / (end - start))


def max_distance_from_home(
    time: Int64,
    lat: Float64,
    lon: Float64,
    accuracy_m: Float64,
    *,
    home_lat: float,
    home_lon: float,
    start: int,
    end: int,
    interval_s: float | None = 600.0,
) -> GpsDay:
    """The largest distance from home in metres among the fixes in [start, end); NaN when there is none.

    Arrays, dropped fixes, gaps and coverage as in `time_out_of_home`.
    """
    time, distance, _ = _usable(time, lat, lon, accuracy_m, home_lat, home_lon)
    within = (time >= start) & (time < end)
    value = float(distance[within].max()) if within.any() else float("nan")
    observed = int(_observed_us(time, start, end, interval_s).sum())
    return GpsDay(value, int(within.sum()), observed / (end - start))


def _usable(
    time: Int64, lat: Float64, lon: Float64, accuracy_m: Float64, home_lat: float, home_lon: float
) -> tuple[Int64, Float64, Float64]:
    accuracy = np.asarray(accuracy_m, dtype=np.float64)
    keep = np.isfinite(lat) & np.isfinite(lon) & ~(accuracy > WORST_ACCURACY_M)
    return time[keep], haversine(lat[keep], lon[keep], home_lat, home_lon), accuracy[keep]


def _observed_us(time: Int64, start: int, end: int, interval_s: float | None) -> Int64:
    """Microseconds of [start, end) between each fix and the next (n - 1,), 0 where that is a gap."""
    if len(time) < 2:
        return np.zeros(0, dtype=np.int64)
    bridged = np.diff(time) <= round(longest_gap_s(interval_s) * 1e6)
    inside = np.clip(time[1:], start, end) - np.clip(time[:-1], start, end)
    return np.where(bridged, inside, 0).astype(np.int64)


def _fixes_within(time: Int64, start: int, end: int) -> int:
    return int(np.count_nonzero((time >= start) & (time < end)))
