"""A day's life-space: how far it reached, and how the way out was walked. Exploratory."""

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import METRICS
from analysis.geo import OUTSIDE, DayFromHome
from analysis.lifespace import minimum_convex_polygon, radius_of_gyration, stay_points
from analysis.pipeline.measured import NO_DATA, ON_A_LINE, Measured, absent, covered
from analysis.series import run_lengths
from analysis.wandering import sinuosity, straightness

LIFESPACE_METRICS = ("radius_of_gyration_m", "activity_area_km2", "places_per_day")
OUTING_METRICS = ("outing_straightness", "outing_sinuosity_per_sqrt_m")

_ABSENT_BY = {"activity_area_km2": ON_A_LINE}
"""Why a figure is not there although there are positions."""

FEWEST_STEPS = 5
"""A way of fewer steps has no shape."""

Floats = NDArray[np.float64]


def lifespace_day(
    time: NDArray[np.int64],
    lat: Floats,
    lon: Floats,
    x: Floats,
    y: Floats,
    day: DayFromHome,
    *,
    interval_s: float | None,
) -> list[Measured]:
    """Life-space from the day's usable fixes (n,) ascending, in degrees and in metres about the home; figures
    that cannot be told are left out.

    The hull holds the 95 % of fixes nearest their mean; where they lie on a line there is none. An outing's
    shape is that of the longest time out, from leaving the home's circle to the fix farthest from home, of
    `FEWEST_STEPS` steps or more.
    """
    n, coverage = len(time), day.far.coverage
    if not n:
        return [absent(metric, NO_DATA, coverage=coverage) for metric in LIFESPACE_METRICS]
    figures: list[tuple[str, float]] = [
        ("radius_of_gyration_m", radius_of_gyration(x, y, time)),
        ("activity_area_km2", minimum_convex_polygon(x, y).area_m2 / 1e6),
        ("places_per_day", float(stay_points(time, lat, lon, interval_s=interval_s).places)),
    ]
    out = _longest_way_out(time, day)
    if out is not None and out.stop - out.start > FEWEST_STEPS:
        figures.append(("outing_straightness", straightness(x[out], y[out]).value))
        figures.append(("outing_sinuosity_per_sqrt_m", sinuosity(x[out], y[out]).value))
    return [
        covered(metric, value, n=n, coverage=coverage, floor=METRICS[metric].coverage_floor)
        if np.isfinite(value)
        else absent(metric, _ABSENT_BY.get(metric, NO_DATA), n=n, coverage=coverage)
        for metric, value in figures
    ]


def _longest_way_out(time: NDArray[np.int64], day: DayFromHome) -> slice | None:
    """From the last fix at home to the one farthest away, of the outing that lasted longest."""
    runs = run_lengths(day.state == OUTSIDE)
    outings = np.flatnonzero(runs.value)
    if not len(outings):
        return None
    lasted = time[runs.first[outings] + runs.length[outings] - 1] - time[runs.first[outings]]
    outing = outings[int(np.argmax(lasted))]
    first, past = int(runs.first[outing]), int(runs.first[outing] + runs.length[outing])
    farthest = first + int(np.argmax(day.distance_m[first:past]))
    return slice(max(first - 1, 0), farthest + 1)
