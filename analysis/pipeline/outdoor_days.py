"""A day's life-space: how far it reached, and how the way out was walked. Exploratory."""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import METRICS
from analysis.convex_hull import convex_corners, polygon_area
from analysis.from_home import DaysFromHome, Tracks
from analysis.geo import OUTSIDE, local_xy
from analysis.lifespace import nearest_their_mean, radii_of_gyration
from analysis.pipeline.measured import NO_DATA, ON_A_LINE, Measured, absent, covered
from analysis.series import run_lengths
from analysis.stay_points import numbers_of_places
from analysis.wandering import shape
from pilots.records import Home

LIFESPACE_METRICS = ("radius_of_gyration_m", "activity_area_km2", "places_per_day")
OUTING_METRICS = ("outing_straightness", "outing_sinuosity_per_sqrt_m")

_ABSENT_BY = {"activity_area_km2": ON_A_LINE}
"""Why a figure is not there although there are positions."""

FEWEST_STEPS = 5
"""A way of fewer steps has no shape."""

Floats = NDArray[np.float64]


def lifespace_days(tracks: Tracks, days: DaysFromHome, home: Home) -> list[list[Measured]]:
    """Life-space of each of the days from its usable fixes; figures that cannot be told are left out.

    The hull holds the 95 % of fixes nearest their mean; where they lie on a line there is none. An outing's
    shape is that of the longest time out, from leaving the home's circle to the fix farthest from home, of
    `FEWEST_STEPS` steps or more.
    """
    time, lat, lon = tracks.time[days.used], tracks.lat[days.used], tracks.lon[days.used]
    x, y = local_xy(lat, lon, home.lat, home.lon)
    positions = np.column_stack([x, y])
    radii = radii_of_gyration(x, y, time, days.edges).tolist()
    places = numbers_of_places(time, lat, lon, days.edges, interval_s=tracks.interval_s)
    ways_out = _longest_ways_out(time, days)
    found = []
    for day, (first, past) in enumerate(pairwise(days.edges.tolist())):
        n, coverage = past - first, float(days.covered[day])
        if not n:
            found.append([absent(metric, NO_DATA, coverage=coverage) for metric in LIFESPACE_METRICS])
            continue
        figures = [
            ("radius_of_gyration_m", radii[day]),
            ("activity_area_km2", _activity_area_km2(positions[first:past])),
            ("places_per_day", float(places[day])),
        ]
        out = ways_out.get(day)
        if out is not None and out.stop - out.start > FEWEST_STEPS:
            straight, winding = shape(x[out], y[out])
            figures += zip(OUTING_METRICS, (straight.value, winding.value), strict=True)
        found.append(
            [
                covered(metric, value, n=n, coverage=coverage, floor=METRICS[metric].coverage_floor)
                if math.isfinite(value)
                else absent(metric, _ABSENT_BY.get(metric, NO_DATA), n=n, coverage=coverage)
                for metric, value in figures
            ]
        )
    return found


def _activity_area_km2(positions: Floats) -> float:
    corners = convex_corners(nearest_their_mean(positions, 95.0))
    return polygon_area(corners) / 1e6 if corners else float("nan")


def _longest_ways_out(time: NDArray[np.int64], days: DaysFromHome) -> dict[int, slice]:
    """By day, from the last fix at home to the one farthest away, of the outing that lasted longest."""
    day = np.repeat(np.arange(len(days.edges) - 1), days.edges[1:] - days.edges[:-1])
    runs = run_lengths(2 * day + (days.state == OUTSIDE))
    outing = runs.value % 2 == 1
    first, past = runs.first[outing], (runs.first + runs.length)[outing]
    lasted = time[past - 1] - time[first]
    longest: dict[int, int] = {}
    for place, of in enumerate((runs.value[outing] // 2).tolist()):
        if of not in longest or lasted[place] > lasted[longest[of]]:
            longest[of] = place
    found = {}
    for of, place in longest.items():
        left, back = int(first[place]), int(past[place])
        farthest = left + int(days.distance_m[left:back].argmax())
        found[of] = slice(max(left - 1, int(days.edges[of])), farthest + 1)
    return found
