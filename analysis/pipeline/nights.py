"""A night in bed, noon to noon, from the readings of the bed or beds the participant lay in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import METRICS, WINDOW_FLOOR
from analysis.loadcell import (
    LEGS,
    NightlyWeight,
    ZeroTrack,
    block_width_us,
    detect_occupancy,
    nightly_weight,
    occupancy_as_reported,
    occupancy_from_load,
    static_windows,
    total_load,
    with_objects_placed,
)
from analysis.movement import (
    Restlessness,
    bed_exits,
    exits_within,
    restlessness,
    restlessness_from_load,
    time_in_bed_h,
)
from analysis.occupancy import IN_BED, Occupancy
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA, NO_LOG, Measured, absent, covered
from analysis.pipeline.stays import StayReadings, in_time_order
from analysis.series import HOUR_US, MINUTE_US, SECOND_US, Times, blocks, coverage
from analysis.visits import NightVisits, visits_per_night

BED_COLUMNS = ("weight_kg", "load_kg", *LEGS, "movement", "occupied")

BED_METRICS = ("weight_kg", "bed_exits_per_night", "restlessness_percent", "time_in_bed_h")

VISIT_COLUMNS = ("visit", "mode")

VISIT_METRICS = ("physical_visits_per_night", "camera_visits_per_night")

BED_INTERVAL_S = 10.0
"""Taken where a bed was registered without an interval: what is assumed of any bed."""

BED_MARGIN_US = 6 * HOUR_US
"""Read around a night, so that a bed occupied at noon has been seen empty before and after."""

OCCUPIED_AT_LEAST_H = 4.0
"""Shorter stays are naps: their weight and restlessness do not stand for a night."""


ALREADY_NET = ZeroTrack(np.zeros(1, np.int64), np.zeros(1), 0.0)
"""The tare of a weight that the device has tared itself."""

NOT_WEIGHED = NightlyWeight(float("nan"), float("nan"), float("nan"), 0, 0)


@dataclass(frozen=True, slots=True)
class _BedNight:
    """What one bed says of one night; `span` is the part of the night in which it stood there."""

    span: tuple[int, int]
    observed_us: float
    samples: int
    in_bed_h: float
    exits: int
    rest: Restlessness
    weight: NightlyWeight


def bed_night(beds: Sequence[StayReadings], start: int, end: int) -> list[Measured]:
    """The four bed metrics of the night [start, end) µs UTC; `beds` hold it and up to
    `BED_MARGIN_US` around it.

    A participant who changed beds in the night has the parts added up; of two beds at the same time the
    one seen longer counts. A night in which nobody lay in bed has no exits to count. Weight and
    restlessness need four hours in bed.
    """
    nights = _one_at_a_time([_one_bed(bed, start, end) for bed in beds])
    share = sum(night.observed_us for night in nights) / (end - start)
    samples = sum(night.samples for night in nights)
    in_bed = sum(night.in_bed_h for night in nights)
    minutes = sum(night.rest.minutes for night in nights)
    moved = sum(night.rest.percent * night.rest.minutes for night in nights if night.rest.minutes)
    weight = max((night.weight for night in nights), key=lambda weight: weight.n, default=None)

    def figure(
        metric: str, value: float, n: int, low: float | None = None, high: float | None = None
    ) -> Measured:
        floor = METRICS[metric].coverage_floor
        return covered(metric, value, n=n, coverage=share, floor=floor, ci_low=low, ci_high=high)

    def missing(metric: str) -> Measured:
        nap = samples > 0 and 0 < in_bed < OCCUPIED_AT_LEAST_H
        return absent(metric, LOW_COVERAGE if nap or 0 < share < WINDOW_FLOOR else NO_DATA, coverage=share)

    long_enough = in_bed >= OCCUPIED_AT_LEAST_H
    return [
        figure("weight_kg", weight.kg, weight.n, weight.ci_low, weight.ci_high)
        if long_enough and weight is not None and np.isfinite(weight.kg)
        else missing("weight_kg"),
        figure("bed_exits_per_night", sum(night.exits for night in nights), samples)
        if in_bed > 0
        else missing("bed_exits_per_night"),
        figure("restlessness_percent", moved / minutes, minutes)
        if long_enough and minutes
        else missing("restlessness_percent"),
        figure("time_in_bed_h", in_bed, samples) if samples else missing("time_in_bed_h"),
    ]


def visit_night(logs: Sequence[StayReadings], start: int, end: int) -> list[Measured]:
    """Visits by person and by camera in the night [start, end) µs UTC, from the logs of the rooms lived in.

    Visits are counted log by log: two rooms may number theirs alike. A log without its `shift_closed` may
    have been kept elsewhere and does not count; without any closed one both are absent, `no_log`.
    """
    closed: list[NightVisits] = []
    stood = 0.0
    for log in logs:
        time, columns = in_time_order([log], VISIT_COLUMNS)
        night = visits_per_night(time, columns["visit"], columns["mode"], start=start, end=end)
        if night.complete:
            closed.append(night)
            stood += max(min(log.end, end) - max(log.start, start), 0) / (end - start)
    if not closed:
        return [absent(metric, NO_LOG, coverage=0.0) for metric in VISIT_METRICS]
    physical, camera = sum(night.physical for night in closed), sum(night.camera for night in closed)
    n = physical + camera
    return [
        covered(metric, count, n=n, coverage=min(stood, 1.0), floor=METRICS[metric].coverage_floor)
        for metric, count in zip(VISIT_METRICS, (physical, camera), strict=True)
    ]


def _one_at_a_time(nights: list[_BedNight]) -> list[_BedNight]:
    kept: list[_BedNight] = []
    for night in sorted(nights, key=lambda night: -night.observed_us):
        if all(night.span[1] <= other.span[0] or other.span[1] <= night.span[0] for other in kept):
            kept.append(night)
    return kept


def _one_bed(bed: StayReadings, start: int, end: int) -> _BedNight:
    expected_s = BED_INTERVAL_S if bed.interval_s is None else bed.interval_s
    interval_s = _sampled_s(bed.time, expected_s)
    signal, occupancy, track = _in_and_out(bed, interval_s)
    time = bed.time[np.isfinite(signal)]
    span = max(bed.start, start), min(bed.end, end)
    exits = exits_within(bed_exits(occupancy.start, occupancy.state, end=occupancy.end), start, end)
    in_bed = time_in_bed_h(occupancy, start, end)
    return _BedNight(
        span,
        coverage(time, *span, expected_s) * (span[1] - span[0]) if span[1] > span[0] else 0.0,
        int(np.searchsorted(time, end) - np.searchsorted(time, start)),
        in_bed,
        len(exits),
        _restlessness(bed, interval_s, occupancy, start, end) if in_bed else Restlessness(float("nan"), 0),
        _weight(bed, interval_s, occupancy, track, start, end) if in_bed else NOT_WEIGHED,
    )


def _in_and_out(bed: StayReadings, interval_s: float) -> tuple[NDArray[Any], Occupancy, ZeroTrack]:
    """The signal that tells who is in bed, (n,); what it tells; and the tare where the signal is a load.

    The load comes first, since its errors are known; then what the device itself says, then its weight.
    """
    start = bed.start // MINUTE_US * MINUTE_US
    width = block_width_us(interval_s)
    reported, net = bed.columns.get("occupied"), bed.columns.get("weight_kg")
    load = _load(bed)
    if load is not None:
        occupancy, track = occupancy_from_load(
            blocks(bed.time, load, start, bed.end, width), interval_s=interval_s
        )
        if reported is None or (occupancy.state == IN_BED).any():
            return load, occupancy, track
    if reported is not None:
        level = blocks(bed.time, reported, start, bed.end, width)
        return reported, occupancy_as_reported(level, interval_s=interval_s), ALREADY_NET
    signal = np.full(len(bed.time), np.nan) if net is None else net
    level = blocks(bed.time, signal, start, bed.end, width)
    return signal, detect_occupancy(level, 0.0, interval_s=interval_s), ALREADY_NET


def _sampled_s(time: Times, expected_s: float) -> float:
    """The interval to size windows by: a bed may send more seldom than it was registered to."""
    pauses = np.diff(time)
    expected = expected_s * SECOND_US
    if len(pauses) == 0 or int(time[-1]) - int(time[0]) < 1.5 * expected * len(pauses):
        return expected_s
    return max(expected_s, float(np.median(pauses)) / SECOND_US)


def _load(bed: StayReadings) -> NDArray[np.float64] | None:
    return total_load(bed.columns) if any(name in bed.columns for name in ("load_kg", *LEGS)) else None


def _weight(
    bed: StayReadings, interval_s: float, occupancy: Occupancy, track: ZeroTrack, start: int, end: int
) -> NightlyWeight:
    load = _load(bed)
    if load is None or track is ALREADY_NET:
        load, track = bed.columns.get("weight_kg"), ALREADY_NET
    if load is None:
        return NOT_WEIGHED
    noise = None if track is ALREADY_NET else track.spread_kg
    still = static_windows(bed.time, load, occupancy, interval_s=interval_s, noise=noise)
    return nightly_weight(still.within(start, end), with_objects_placed(track, still))


def _restlessness(
    bed: StayReadings, interval_s: float, occupancy: Occupancy, start: int, end: int
) -> Restlessness:
    movement = bed.columns.get("movement")
    if movement is not None:
        return restlessness(bed.time, movement, occupancy, start, end)
    load = _load(bed)
    if load is None:
        load = bed.columns.get("weight_kg")
    if load is None:
        return Restlessness(float("nan"), 0)
    return restlessness_from_load(bed.time, load, occupancy, start, end, interval_s=interval_s)
