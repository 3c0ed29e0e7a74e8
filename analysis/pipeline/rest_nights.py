"""How a night in bed was rested: onset, unrest, absences, and turns; of the bed most of it was spent in."""

from collections.abc import Sequence
from math import isfinite
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import METRICS
from analysis.epochs import BedEpochs
from analysis.occupancy import IN_BED, OUT, UNKNOWN
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA, NOT_REACHED, Measured, absent, covered
from analysis.pipeline.rest_hours import hours_at_rest
from analysis.repositioning import turning_compliance, turning_intervals
from analysis.rest import RestSummary, fragmentation_index, rest_summary
from analysis.series import HOUR_US, MINUTE_US

STILLNESS_METRICS = ("rest_onset_min", "rest_efficiency_percent", "rest_fragmentation_index")
REST_METRICS = (*STILLNESS_METRICS, "time_out_of_bed_min", "longest_absence_min")

TURNING_METRICS = ("turns_per_night", "longest_time_in_position_h", "turning_compliance_percent")

EVENING_US = 6 * HOUR_US
"""From noon to 18:00: who lies down before takes a nap."""


def rest_night(beds: Sequence[BedEpochs], start: int, end: int, zone: ZoneInfo) -> list[Measured]:
    """Rest in the night [start, end) µs UTC, noon to noon, and in the hours of the `zone`'s clock in it; by
    stillness, not validated against sleep.

    Nothing where the bed tells that nobody lay in it; no turns where it cannot tell them. A bed that does not
    tell movement still tells absences.
    """
    bed = max(beds, key=_lain_us, default=None)
    if bed is None:
        return []
    moving = moving_share(bed)
    rest = rest_summary(bed.minute, bed.in_bed, moving, earliest=start + EVENING_US, latest=end)
    if rest.reason == "not_in_bed" and _lain_us(bed) == 0:
        return []
    hours = hours_at_rest(bed, moving, rest, start, end, zone)
    if rest.reason not in (None, "movement_not_known"):
        reason = NO_DATA if rest.reason == "no_data" else LOW_COVERAGE
        lacking = (*REST_METRICS, *TURNING_METRICS) if bed.turns_known else REST_METRICS
        return [*(absent(metric, reason, n=rest.n, coverage=rest.coverage) for metric in lacking), *hours]
    away = _out_min(bed)[bed.away[:, 0] >= rest.entered]
    found = {"time_out_of_bed_min": float(away.sum()), "longest_absence_min": float(away.max(initial=0.0))}
    return [
        *_stillness(bed, rest, moving),
        *(_figure(metric, value, rest.n, rest.coverage) for metric, value in found.items()),
        *_turning(bed, rest.n, rest.coverage),
        *hours,
    ]


def _stillness(bed: BedEpochs, rest: RestSummary, moving: NDArray[np.float64]) -> list[Measured]:
    """What movement in bed tells of rest; `moving` (m,) as `moving_share` gives it."""
    inside = slice(*((at - bed.first_minute) // MINUTE_US for at in (rest.entered, rest.left)))
    moving = moving[inside]
    if rest.reason is not None:
        reason = NO_DATA if np.isnan(moving).all() else LOW_COVERAGE
        return [absent(metric, reason, n=rest.n, coverage=rest.coverage) for metric in STILLNESS_METRICS]
    onset = _figure("rest_onset_min", rest.onset_latency_min, rest.n, rest.coverage)
    if onset.value is None:
        never = np.isnan(rest.unrest_min)
        onset = onset._replace(reason=NOT_REACHED if never else LOW_COVERAGE)
    broken = fragmentation_index(bed.in_bed[inside], moving)
    return [
        onset,
        _figure("rest_efficiency_percent", rest.efficiency_percent, rest.n, rest.coverage),
        _figure("rest_fragmentation_index", broken.index, rest.n, rest.coverage),
    ]


def _out_min(bed: BedEpochs) -> NDArray[np.float64]:
    """The minutes out of bed of each absence (e,), without those in which nothing told."""
    out = np.where(bed.state == OUT, bed.until - bed.since, 0)
    sums = np.concatenate(((0,), out.cumsum()))
    until = np.interp(bed.away, np.concatenate((bed.since, (bed.end,))), sums)
    return np.asarray(until[:, 1] - until[:, 0], np.float64) / MINUTE_US


_SHARES = np.array([0.0, 1.0, np.nan])
"""By `STILL`, `MOVED` and, last, `NOT_KNOWN`."""


def moving_share(bed: BedEpochs) -> NDArray[np.float64]:
    """1 in minutes (m,) with movement, 0 in still ones, NaN where not known."""
    return _SHARES[bed.moving]


def _lain_us(bed: BedEpochs) -> int:
    return int((bed.until - bed.since)[bed.state == IN_BED].sum())


def _turning(bed: BedEpochs, n: int, coverage: float) -> list[Measured]:
    if not bed.turns_known:
        return []
    lying = (bed.state == IN_BED).nonzero()[0]
    entered, left = bed.since[lying], bed.until[lying]
    known = np.concatenate(([False], bed.state != UNKNOWN, [False]))
    kept = turning_intervals(
        bed.turned_at, entered, left, entry_seen=known[lying], exit_seen=known[lying + 2]
    )
    judged = turning_compliance(kept)
    found = {
        "turns_per_night": float(len(bed.turned_at)),
        "longest_time_in_position_h": judged.longest_min / 60,
        "turning_compliance_percent": 100 * judged.share,
    }
    return [_figure(metric, value, n, coverage) for metric, value in found.items()]


def _figure(metric: str, value: float, n: int, coverage: float) -> Measured:
    if not isfinite(value):
        return absent(metric, NO_DATA, n=n, coverage=coverage)
    return covered(metric, value, n=n, coverage=coverage, floor=METRICS[metric].coverage_floor)
