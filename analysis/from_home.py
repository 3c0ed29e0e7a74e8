"""Days against the home: hours out of it, the farthest from it, and how much of the day was observed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.geo import INSIDE, OUTSIDE, UNKNOWN, WORST_ACCURACY_M, geofence_states, longest_gap_s
from analysis.positions import haversine

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Int8 = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class GpsDay:
    """One figure of one day: `value` (NaN without a usable fix), fixes used, share of the day observed."""

    value: float
    n: int
    coverage: float


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
    gap is neither in nor out. A single fix out between two at home counts as at home (`single_fixes_out`).
    Coverage is the time not in gaps over the length of the day (23, 24 or 25 h). Nothing is extrapolated:
    hours outside in gaps are missing from the value.
    """
    tracks = Tracks(time, lat, lon, accuracy_m, np.array([0, len(time)]), [interval_s])
    return days_from_home(
        tracks,
        home_lat=home_lat,
        home_lon=home_lon,
        radius_m=radius_m,
        start=np.array([start]),
        end=np.array([end]),
    ).out(0)


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

    A single fix far off between two at home counts as near as the farther of them (`single_fixes_out`).
    Arrays, dropped fixes, gaps and coverage as in `time_out_of_home`.
    """
    tracks = Tracks(time, lat, lon, accuracy_m, np.array([0, len(time)]), [interval_s])
    return days_from_home(
        tracks, home_lat=home_lat, home_lon=home_lon, start=np.array([start]), end=np.array([end])
    ).far(0)


@dataclass(frozen=True, slots=True)
class Tracks:
    """Fixes of several days put end to end: `time` (n,) µs UTC, `lat`, `lon` in degrees, `accuracy_m`.

    Those of day i are [edges[i], edges[i + 1]), ascending in time, those just before and after the day among
    them; `interval_s` of each day is what its tracker reports at.
    """

    time: Int64
    lat: Float64
    lon: Float64
    accuracy_m: Float64
    edges: Int64
    interval_s: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class DaysFromHome:
    """What days' fixes say of the home. Of each day (d,): hours `out_h` and `farthest_m` (NaN where nothing
    tells), the shares of the day of which in or out is known (`known`) and that fixes cover (`covered`).

    Of the fixes of the days that can be used, those of day i being [edges[i], edges[i + 1]), each (n,): which
    of those given they are, how far from home they say they are, and whether in its circle or out.
    """

    out_h: Float64
    farthest_m: Float64
    known: Float64
    covered: Float64
    edges: Int64
    used: Int64
    distance_m: Float64
    state: Int8

    def out(self, day: int) -> GpsDay:
        """`time_out_of_home` of one of the days."""
        return GpsDay(float(self.out_h[day]), self._fixes(day), float(self.known[day]))

    def far(self, day: int) -> GpsDay:
        """`max_distance_from_home` of one of the days."""
        return GpsDay(float(self.farthest_m[day]), self._fixes(day), float(self.covered[day]))

    def _fixes(self, day: int) -> int:
        return int(self.edges[day + 1] - self.edges[day])


def days_from_home(
    tracks: Tracks,
    *,
    home_lat: float,
    home_lon: float,
    radius_m: float = 100.0,
    start: Int64,
    end: Int64,
) -> DaysFromHome:
    """`time_out_of_home` and `max_distance_from_home` of the days [start, end) (d,) in one pass, with what
    they rest on. No fix of one day's track bears on another day."""
    accuracy = np.asarray(tracks.accuracy_m, dtype=np.float64)
    lat, lon, days = tracks.lat, tracks.lon, len(start)
    kept = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon) & ~(accuracy > WORST_ACCURACY_M))
    edges = np.searchsorted(kept, tracks.edges)
    day = np.repeat(np.arange(days), edges[1:] - edges[:-1])
    anew = np.zeros(len(kept), np.bool_)
    anew[edges[:-1][edges[:-1] < edges[1:]]] = True
    time, opens, closes = tracks.time[kept], start[day], end[day]
    distance = haversine(lat[kept], lon[kept], home_lat, home_lon)
    state = geofence_states(distance, accuracy[kept], radius_m, anew=anew)
    longest = np.array([round(longest_gap_s(each) * 1e6) for each in tracks.interval_s], np.int64)[day]
    bridged = (time[1:] - time[:-1] <= longest[1:]) & ~anew[1:]
    stray = single_fixes_out(state, bridged)
    state[stray] = INSIDE
    reached = distance.copy()
    reached[stray] = np.minimum(distance[stray], np.maximum(distance[stray - 1], distance[stray + 1]))
    within = np.minimum(np.maximum(time, opens), closes)
    gaps = np.where(bridged, within[1:] - within[:-1], 0)
    held, of = state[:-1], day[1:]
    # Whole microseconds of a day are exact in the floats that they are summed in.
    seen = np.bincount(of, gaps, days)
    observed = np.bincount(of, np.where(held != UNKNOWN, gaps, 0), days)
    outside = np.bincount(of, np.where(held == OUTSIDE, gaps, 0), days)
    used = np.flatnonzero((time >= opens) & (time < closes))
    farthest = np.full(days, np.nan)
    np.fmax.at(farthest, day[used], reached[used])
    return DaysFromHome(
        np.where(observed > 0, outside / 3.6e9, np.nan),
        farthest,
        observed / (end - start),
        seen / (end - start),
        np.searchsorted(used, edges),
        kept[used],
        distance[used],
        state[used],
    )


def single_fixes_out(state: Int8, bridged: NDArray[np.bool_]) -> Int64:
    """The fixes (k,) that stand alone between two that are `INSIDE`, no gap apart from either.

    Walls throw a fix far off that claims to be as good as the others. By design an outing that one fix alone
    saw is lost too: two would have shown it. `state` (n,) as `geofence_states` gives it; `bridged` (n - 1,)
    where there is no gap between a fix and the next.
    """
    home = state == INSIDE
    return np.flatnonzero(bridged[:-1] & bridged[1:] & home[:-2] & home[2:]) + 1
