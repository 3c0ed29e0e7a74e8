"""How a night was rested hour by hour of the local clock, from nine in the evening to seven."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import HOURS, REST_HOURS, WINDOW_FLOOR
from analysis.epochs import BedEpochs
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA, Measured, absent, covered
from analysis.rest import FEWEST_COVERAGE, FEWEST_IN_BED_H, RestSummary, rest_by_hour
from analysis.series import HOUR_US, MINUTE_US
from pilots.civil_time import local_hour

_FROM_NOON_US, _BEFORE_NOON_US = 9 * HOUR_US, 5 * HOUR_US
"""From noon to 21:00, and from 07:00 to noon: clocks change in between."""

_A_NIGHT = tuple(range(len(HOURS)))
_MINUTE_OF_A_NIGHT = np.repeat(_A_NIGHT, 60)
"""Which of `HOURS` each minute lies in."""


def hours_at_rest(
    bed: BedEpochs, moving: NDArray[np.float64], rest: RestSummary, start: int, end: int, zone: ZoneInfo
) -> list[Measured]:
    """The percentage of each clock hour in bed and still, of the night [start, end) µs UTC, noon to noon.

    `moving` (m,) and `rest` are those of the `bed`. Each hour stands by itself, also where the rest of the
    night was not heard; a night with less than four hours in bed, or with most of its movement not known,
    tells of none. The hour that a clock change repeats counts both times, and the one that it leaves out is
    not there.
    """
    of = clock_hours(start, end, zone)
    minute_of = _MINUTE_OF_A_NIGHT if of is _A_NIGHT else np.repeat(of, 60)
    first = (start + _FROM_NOON_US - bed.first_minute) // MINUTE_US
    here = slice(max(first, 0), max(first + len(minute_of), 0))
    in_bed, moving_here = bed.in_bed[here], moving[here]
    opens = max(-first, 0)
    hour = minute_of[opens : opens + len(in_bed)]
    found = rest_by_hour(in_bed, moving_here, hour, hours=len(HOURS))
    why_none = _why_none(bed, moving, rest)
    figures = []
    told = zip(REST_HOURS, found.percent.tolist(), found.known.tolist(), strict=True)
    for place, (metric, percent, known) in enumerate(told):
        times = of.count(place)
        if not times:
            continue
        coverage = known / (60 * times)
        if why_none is not None or not known:
            figures.append(absent(metric, why_none or NO_DATA, n=known, coverage=coverage))
        else:
            figures.append(covered(metric, percent, n=known, coverage=coverage, floor=WINDOW_FLOOR))
    return figures


def clock_hours(start: int, end: int, zone: ZoneInfo) -> Sequence[int]:
    """Which of `HOURS`, by place, each hour is that passed in the night [start, end) µs UTC, noon to noon."""
    if end - start == 24 * HOUR_US:
        return _A_NIGHT
    passed = range(start + _FROM_NOON_US, end - _BEFORE_NOON_US, HOUR_US)
    return tuple(HOURS.index(local_hour(at, zone)) for at in passed)


def _why_none(bed: BedEpochs, moving: NDArray[np.float64], rest: RestSummary) -> str | None:
    if rest.n < 60 * FEWEST_IN_BED_H:
        return NO_DATA if rest.reason == "no_data" else LOW_COVERAGE
    inside = slice(*((at - bed.first_minute) // MINUTE_US for at in (rest.entered, rest.left)))
    measured = int(np.count_nonzero(np.isfinite(moving[inside])))
    if measured < FEWEST_COVERAGE * rest.n:
        return LOW_COVERAGE if measured else NO_DATA
    return None
