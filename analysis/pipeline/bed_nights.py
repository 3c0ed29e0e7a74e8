"""A night in bed, noon to noon, from the epochs of the bed or beds the participant lay in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.bed_reduction import ALREADY_NET
from analysis.catalogue import METRICS, WINDOW_FLOOR
from analysis.epochs import MOVED, NOT_KNOWN, BedEpochs
from analysis.loadcell import NightlyWeight, StaticWindows, nightly_weight
from analysis.occupancy import IN_BED, UNKNOWN
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA, Measured, absent, covered
from analysis.series import HOUR_US

BED_METRICS = ("weight_kg", "bed_exits_per_night", "restlessness_percent", "time_in_bed_h")

OCCUPIED_AT_LEAST_H = 4.0
"""Shorter stays are naps: their weight and restlessness do not stand for a night."""


@dataclass(frozen=True, slots=True)
class _BedNight:
    """What one bed says of one night, or of the part of it [start, end) in which it stood there."""

    start: int
    end: int
    observed_us: int
    samples: int
    in_bed_h: float
    exits: int
    minutes: int
    moved: int
    weighed: bool
    weight: NightlyWeight


def bed_night(beds: Sequence[BedEpochs], start: int, end: int) -> list[Measured]:
    """The four bed metrics of the night [start, end) µs UTC, from the parts of it in each bed.

    A participant who changed beds in the night has the parts added up; of two beds at the same time the
    one seen longer counts. A night in which nobody lay in bed has no exits to count, and one in which nothing
    told who was in it no time in bed. Weight and restlessness need four hours in bed, and weight a tare and
    still stretches most of which are the resident's own.
    """
    nights = _one_at_a_time([_one_bed(bed) for bed in beds])
    share = sum(night.observed_us for night in nights) / (end - start)
    samples = sum(night.samples for night in nights)
    in_bed = sum(night.in_bed_h for night in nights)
    minutes = sum(night.minutes for night in nights)
    moved = sum(night.moved for night in nights)
    weight = max((night.weight for night in nights), key=lambda weight: weight.n, default=None)

    def figure(
        metric: str, value: float, n: int, low: float | None = None, high: float | None = None
    ) -> Measured:
        floor = METRICS[metric].coverage_floor
        return covered(metric, value, n=n, coverage=share, floor=floor, ci_low=low, ci_high=high)

    def missing(metric: str) -> Measured:
        nap = samples > 0 and 0 < in_bed < OCCUPIED_AT_LEAST_H
        partly = samples > 0 and share < WINDOW_FLOOR
        not_own = metric == "weight_kg" and any(night.weighed for night in nights)
        return absent(metric, LOW_COVERAGE if nap or partly or not_own else NO_DATA, coverage=share)

    long_enough = in_bed >= OCCUPIED_AT_LEAST_H
    return [
        figure("weight_kg", weight.kg, weight.n, weight.ci_low, weight.ci_high)
        if long_enough and weight is not None and np.isfinite(weight.kg)
        else missing("weight_kg"),
        figure("bed_exits_per_night", sum(night.exits for night in nights), samples)
        if in_bed > 0
        else missing("bed_exits_per_night"),
        figure("restlessness_percent", 100 * moved / minutes, minutes)
        if long_enough and minutes
        else missing("restlessness_percent"),
        figure("time_in_bed_h", in_bed, samples) if share > 0 else missing("time_in_bed_h"),
    ]


def _one_at_a_time(nights: list[_BedNight]) -> list[_BedNight]:
    kept: list[_BedNight] = []
    for night in sorted(nights, key=lambda night: -night.observed_us):
        if all(night.end <= other.start or other.end <= night.start for other in kept):
            kept.append(night)
    return kept


def _one_bed(bed: BedEpochs) -> _BedNight:
    lasts = bed.until - bed.since
    lying, known = lasts[bed.state == IN_BED].sum(), lasts[bed.state != UNKNOWN].sum()
    heard = (bed.seen[:, 1] - bed.seen[:, 0]).sum()
    return _BedNight(
        bed.start,
        bed.end,
        int(min(heard, known)),
        int(bed.samples.sum()),
        float(lying) / HOUR_US,
        len(bed.away),
        int(np.count_nonzero(bed.moving != NOT_KNOWN)),
        int(np.count_nonzero(bed.moving == MOVED)),
        len(bed.still_at) > 0,
        nightly_weight(
            StaticWindows(bed.still_at, bed.still_us, bed.still_kg.astype(np.float64)), ALREADY_NET
        ),
    )
