"""A GPS alarm that its resident carries: walks, their exact truth, and the fixes that report them."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulators.draws import Purpose, draws
from simulators.residents import Traits
from simulators.timing import HOUR, SECOND, wall_clock

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

INTERVAL_S = 600
WALKING_INTERVAL_S = 60
"""A tracker that moves reports more often than one that lies still: so do those on the market."""

EARTH_RADIUS_M = 6_371_008.8
HOME_RADIUS_M = 100.0

NEAREST_TURN_M, FARTHEST_TURN_M = 220.0, 1500.0
"""Walks pass well through the zone's hysteresis (150 m and the fix's own uncertainty)."""

NOISE_SD_HOME_M, NOISE_SD_OUT_M = 4.0, 5.0
BEST_ACCURACY_M, WORST_ACCURACY_M = 6.0, 18.0

REST_AT_TURN_S = 180


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk from home and back: corners (k,) in µs UTC and metres east and north, straight between."""

    at: Int64
    east_m: Float64
    north_m: Float64

    @property
    def start(self) -> int:
        return int(self.at[0])

    @property
    def end(self) -> int:
        return int(self.at[-1])

    @property
    def max_distance_m(self) -> float:
        """The farthest corner: between two corners the distance is never larger."""
        return float(np.hypot(self.east_m, self.north_m).max())

    @property
    def out_of_home(self) -> tuple[int, int]:
        """When the home's circle was left and entered again, µs UTC."""
        distance = np.hypot(self.east_m, self.north_m)
        leaving = self.start + (self.at[1] - self.start) * HOME_RADIUS_M / distance[1]
        entering = self.end - (self.end - self.at[-2]) * HOME_RADIUS_M / distance[-2]
        return round(leaving), round(entering)

    def position(self, time: Int64) -> tuple[Float64, Float64]:
        """Metres east and north of home at `time` (n,) µs UTC; home before and after."""
        return np.interp(time, self.at, self.east_m), np.interp(time, self.at, self.north_m)


@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes of one day, ascending: `time` (n,) µs UTC, position in degrees, accuracy in metres."""

    time: Int64
    lat: Float64
    lon: Float64
    accuracy_m: Float64


def walks_of(seed: int, resident: int, traits: Traits, day: date, zone: ZoneInfo) -> tuple[Walk, ...]:
    """The walks of one local day, by daylight and one after the other; most days have none or one."""
    rng = draws(seed, Purpose.WALKS, resident, day)
    goes_out, goes_again = rng.random(2)
    if goes_out > traits.walk_share:
        return ()
    starts = [rng.uniform(9.5, 10.5), rng.uniform(13.2, 16.0)]
    if goes_again > 0.25:
        starts = [starts[rng.integers(2)]]
    return tuple(_walk(rng, wall_clock(day, start, zone)) for start in starts)


def _walk(rng: np.random.Generator, start: int) -> Walk:
    lasts_s = int(rng.uniform(20 * 60, 120 * 60))
    pace_mps = rng.uniform(1.0, 1.4)
    turn_m = min(rng.uniform(NEAREST_TURN_M, FARTHEST_TURN_M), 0.42 * lasts_s * pace_mps)
    out_s = round(turn_m / pace_mps)
    around_s = lasts_s - 2 * out_s
    rests_s = min(REST_AT_TURN_S, around_s)
    stops = int((around_s - rests_s) // 600)
    bearing = rng.uniform(0.0, 2.0 * np.pi)
    seconds = [0, out_s, out_s + rests_s]
    away = [0.0, turn_m, turn_m]
    towards = [bearing, bearing, bearing]
    for stop in range(1, stops + 1):
        seconds.append(out_s + rests_s + round((around_s - rests_s) * stop / (stops + 1)))
        away.append(turn_m * rng.uniform(0.8, 0.97))
        towards.append(bearing + rng.uniform(-0.3, 0.3))
    # Home from the last stop in the time that the way out took, so that the zone is crossed briskly.
    seconds += [lasts_s - out_s, lasts_s]
    away += [away[-1], 0.0]
    towards += [towards[-1], bearing]
    return Walk(
        start + np.array(seconds, dtype=np.int64) * SECOND,
        np.array(away) * np.sin(towards),
        np.array(away) * np.cos(towards),
    )


def fix_times(walks: tuple[Walk, ...], start: int, end: int, *, phase_s: int) -> Int64:
    """When a tracker takes its fixes in [start, end) µs UTC (n,); `phase_s` is when in its interval."""
    step = INTERVAL_S * SECOND
    time = np.arange(start + (phase_s * SECOND - start) % step, end, step)
    for walk in walks:
        # One fix before it moves and one when it is back: the tracker notices motion after the fact.
        walking = np.arange(
            walk.start, walk.end + 2 * WALKING_INTERVAL_S * SECOND, WALKING_INTERVAL_S * SECOND
        )
        still = (time < walking[0]) | (time > walking[-1])
        time = np.sort(np.concatenate((time[still], walking)))
    return time


def fixes_of(
    rng: np.random.Generator,
    walks: tuple[Walk, ...],
    start: int,
    end: int,
    *,
    phase_s: int,
    home: tuple[float, float],
) -> Fixes:
    """Fixes in [start, end) µs UTC around `home` (lat, lon); `phase_s` is when in its interval it reports."""
    time = fix_times(walks, start, end, phase_s=phase_s)
    east, north = np.zeros(len(time)), np.zeros(len(time))
    out = np.zeros(len(time), dtype=np.bool_)
    for walk in walks:
        walk_east, walk_north = walk.position(time)
        east += walk_east
        north += walk_north
        out |= (time >= walk.start) & (time <= walk.end)
    noise = np.where(out, NOISE_SD_OUT_M, NOISE_SD_HOME_M)
    east += noise * rng.standard_normal(len(time))
    north += noise * rng.standard_normal(len(time))
    lat, lon = home
    metres_a_degree = EARTH_RADIUS_M * np.pi / 180.0
    return Fixes(
        time,
        lat + north / metres_a_degree,
        lon + east / (metres_a_degree * np.cos(np.radians(lat))),
        rng.uniform(BEST_ACCURACY_M, WORST_ACCURACY_M, len(time)),
    )


def hours_out_of_home(walks: tuple[Walk, ...]) -> float:
    """Hours beyond the home's circle on the day of these walks."""
    return sum(entering - leaving for leaving, entering in (walk.out_of_home for walk in walks)) / HOUR
