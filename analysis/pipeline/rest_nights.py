"""How a night in bed was rested: onset, unrest, absences, and turns; of the bed most of it was spent in."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import METRICS
from analysis.epochs import MOVED, NOT_KNOWN, BedEpochs
from analysis.occupancy import IN_BED, UNKNOWN
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA, Measured, absent, covered
from analysis.repositioning import turning_compliance, turning_intervals
from analysis.rest import fragmentation_index, rest_summary
from analysis.series import HOUR_US, MINUTE_US

REST_METRICS = (
    "rest_onset_min",
    "rest_efficiency_percent",
    "rest_fragmentation_index",
    "time_out_of_bed_min",
    "longest_absence_min",
)

TURNING_METRICS = ("turns_per_night", "longest_time_in_position_h", "turning_compliance_percent")

EVENING_US = 6 * HOUR_US
"""From noon to 18:00: who lies down before takes a nap."""


def rest_night(beds: Sequence[BedEpochs], start: int, end: int) -> list[Measured]:
    """Rest in the night [start, end) µs UTC, noon to noon; by stillness, not validated against sleep.

    Nothing where the participant was not in bed, beyond `rest_onset_min`'s reason; no turns where the bed
    cannot tell them.
    """
    bed = max(beds, key=_lain_us, default=None)
    if bed is None or _lain_us(bed) == 0:
        return []
    in_bed, moving = bed.in_bed, moving_share(bed)
    rest = rest_summary(bed.minute, in_bed, moving, earliest=start + EVENING_US, latest=end)
    if rest.reason is not None:
        reason = NO_DATA if rest.reason == "no_data" else LOW_COVERAGE
        return [absent(metric, reason, n=rest.n, coverage=rest.coverage) for metric in REST_METRICS]
    inside = (bed.minute >= rest.entered) & (bed.minute < rest.left)
    broken = fragmentation_index(in_bed[inside], moving[inside])
    minutes = (bed.away[:, 1] - bed.away[:, 0])[bed.away[:, 0] >= rest.entered] / MINUTE_US
    found = {
        "rest_onset_min": rest.onset_latency_min,
        "rest_efficiency_percent": rest.efficiency_percent,
        "rest_fragmentation_index": broken.index,
        "time_out_of_bed_min": float(minutes.sum()),
        "longest_absence_min": float(minutes.max(initial=0.0)),
    }
    return [_figure(metric, value, rest.n, rest.coverage) for metric, value in found.items()] + _turning(
        bed, rest.n, rest.coverage
    )


def moving_share(bed: BedEpochs) -> NDArray[np.float64]:
    """1 in minutes (m,) with movement, 0 in still ones, NaN where not known."""
    return np.where(bed.moving == NOT_KNOWN, np.nan, bed.moving == MOVED)


def _lain_us(bed: BedEpochs) -> int:
    return int((bed.until - bed.since)[bed.state == IN_BED].sum())


def _turning(bed: BedEpochs, n: int, coverage: float) -> list[Measured]:
    if not bed.turns_known:
        return []
    lying = np.flatnonzero(bed.state == IN_BED)
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
    if not np.isfinite(value):
        return absent(metric, NO_DATA, n=n, coverage=coverage)
    return covered(metric, value, n=n, coverage=coverage, floor=METRICS[metric].coverage_floor)
