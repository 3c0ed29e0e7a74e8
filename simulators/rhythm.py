"""How alike a resident's days really were, how broken up, and how far night was from day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulators.residents import Night
from simulators.timing import MINUTE, wall_clock

Float64 = NDArray[np.float64]

DAYS = 7
DAY_MIN, HOUR_MIN = 1440, 60
LEAST_MIN, MOST_MIN = 300, 600


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Van Someren's (1999) figures of seven days: dimensionless, the last between 0 and 1."""

    interdaily_stability: float
    intradaily_variability: float
    relative_amplitude: float


def activity_by_the_clock(day: date, nights: Mapping[date, Night], zone: ZoneInfo) -> Float64:
    """How active each minute of a local day was by the clock (1440,): 1 restless, else the share out of bed.

    NaN in an hour that a clock change leaves out; of one that it repeats the first counts. `nights` hold the
    one that ends in the day's morning and the one that begins in its evening.
    """
    start = wall_clock(day, 0.0, zone)
    edges = start + np.arange(DAY_MIN * 2 + 1, dtype=np.int64) * MINUTE
    active = np.ones(len(edges) - 1)
    for night in (nights[day - timedelta(days=1)], nights[day]):
        for into, out_of in night.in_bed.tolist():
            lain = np.minimum(edges[1:], out_of) - np.maximum(edges[:-1], into)
            active -= np.clip(lain, 0, None) / MINUTE
        restless = night.restless_minutes - start // MINUTE
        active[restless[(restless >= 0) & (restless < len(active))]] = 1.0
    by_the_clock = np.full(DAY_MIN, np.nan)
    for hour in range(24):
        opens = wall_clock(day, float(hour), zone)
        # An hour that is left out ends as it begins.
        if wall_clock(day, hour + 1.0, zone) == opens:
            continue
        minute = (opens - start) // MINUTE
        by_the_clock[hour * HOUR_MIN : (hour + 1) * HOUR_MIN] = active[minute : minute + HOUR_MIN]
    return by_the_clock


def rhythm_of(days: Sequence[Float64]) -> Rhythm:
    """The rhythm of seven days of activity by the clock, each (1440,)."""
    minutes = np.array(days)
    hours = minutes.reshape(-1, HOUR_MIN).mean(axis=1)
    known = hours[~np.isnan(hours)]
    spread = float(((known - known.mean()) ** 2).mean())
    clock_hours = np.nanmean(hours.reshape(-1, 24), axis=0)
    steps = np.diff(hours)
    steps = steps[~np.isnan(steps)]
    mean_day = np.nanmean(minutes, axis=0)
    least, most = _windows(mean_day, LEAST_MIN).min(), _windows(mean_day, MOST_MIN).max()
    return Rhythm(
        float(((clock_hours - known.mean()) ** 2).mean()) / spread,
        float((steps**2).mean()) / spread,
        float((most - least) / (most + least)),
    )


def _windows(day: Float64, minutes: int) -> Float64:
    """The mean of every window of the circular day."""
    return np.convolve(np.concatenate((day, day[: minutes - 1])), np.ones(minutes), "valid") / minutes
