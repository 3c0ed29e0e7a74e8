"""How a participant's devices served on a local day: heard, complete, in time, right of clock, charged."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from analysis.bed_reduction import BED_INTERVAL_S
from analysis.catalogue import METRICS
from analysis.epochs import BedEpochs
from analysis.geo import WORST_ACCURACY_M
from analysis.lateness import lateness_s
from analysis.pipeline.measured import NO_DATA, Measured, absent, covered
from analysis.pipeline.stays import StayReadings
from analysis.reduction import median
from analysis.series import MINUTE_US, SECOND_US, covered_stretches

SERVICE_METRICS = (
    "device_uptime_percent",
    "reading_loss_percent",
    "reading_lateness_s",
    "clock_offset_s",
    "battery_percent",
    "position_accuracy_m",
)

GPS_INTERVAL_S = 600.0

SHORT_SILENCE_US = 10 * MINUTE_US
"""A message or two that never came; a device without power is silent for longer."""


@dataclass(frozen=True, slots=True)
class _Service:
    """What one device delivered of the part of a day in which it stood there."""

    stood_us: int
    seen_us: int
    readings: int
    expected: float
    late_s: float
    clock_s: float


def service_day(
    beds: Sequence[BedEpochs],
    intervals_s: Sequence[float | None],
    trackers: Sequence[StayReadings],
    told: Sequence[StayReadings],
    start: int,
    end: int,
) -> list[Measured]:
    """The service of the day [start, end) µs UTC, of the devices that are to send at an interval.

    Uptime is the share of the day in which readings came, a bed's silences of up to ten minutes and a
    tracker's of two intervals included; loss the share of readings missing in that time, of devices that sent
    too few. Lateness (95th percentile) is that of the latest device, clock offset (median) that of the device
    farthest off, a bed's over whole nights; the battery is the lowest that was told, and accuracy the median
    of what the positions that are used say of themselves.
    """
    tracked = [_tracker(tracker, start, end) for tracker in trackers]
    devices = [
        _bed(bed, BED_INTERVAL_S if interval_s is None else interval_s)
        for bed, interval_s in zip(beds, intervals_s, strict=True)
        if bed.end > bed.start
    ] + tracked
    devices = [device for device in devices if device.stood_us > 0]
    stood, seen = sum(device.stood_us for device in devices), sum(device.seen_us for device in devices)
    readings = sum(device.readings for device in devices)
    if not stood:
        return [absent("device_uptime_percent", NO_DATA)]
    expected = sum(device.expected for device in devices)
    coverage = seen / stood
    figures: list[tuple[str, float]] = [("device_uptime_percent", 100 * seen / stood)]
    if expected >= 1:
        missing = sum(max(0.0, device.expected - device.readings) for device in devices)
        figures.append(("reading_loss_percent", 100 * missing / expected))
    late = [device.late_s for device in devices if isfinite(device.late_s)]
    if late:
        figures.append(("reading_lateness_s", max(late)))
    clock = [device.clock_s for device in devices if isfinite(device.clock_s)]
    if clock:
        figures.append(("clock_offset_s", max(clock, key=abs)))
    found = [
        covered(metric, value, n=readings, coverage=coverage, floor=METRICS[metric].coverage_floor)
        for metric, value in figures
    ]
    charges = np.concatenate([np.empty(0), *(_charges(each, start, end) for each in told if len(each.time))])
    if len(charges):
        found.append(Measured("battery_percent", float(charges.min()), len(charges), None))
    stated = np.concatenate([np.empty(0), *(_stated_accuracy_m(each, start, end) for each in trackers)])
    if len(stated):
        heard = sum(each.seen_us for each in tracked) / sum(each.stood_us for each in tracked)
        found.append(Measured("position_accuracy_m", median(stated), len(stated), heard))
    return found


def _bed(bed: BedEpochs, interval_s: float) -> _Service:
    seen = _up_us(bed.seen)
    return _Service(
        bed.end - bed.start,
        seen,
        int(bed.samples.sum()),
        seen / SECOND_US / interval_s,
        bed.late_s,
        bed.clock_s,
    )


def _up_us(seen: NDArray[np.int64]) -> int:
    """How long a bed was up, µs: silences between what was `seen` (s, 2) that are short are readings lost."""
    silent = seen[1:, 0] - seen[:-1, 1]
    return int((seen[:, 1] - seen[:, 0]).sum() + silent[silent <= SHORT_SILENCE_US].sum())


def _tracker(tracker: StayReadings, start: int, end: int) -> _Service:
    interval_s = GPS_INTERVAL_S if tracker.interval_s is None else tracker.interval_s
    opens, closes = max(tracker.start, start), min(tracker.end, end)
    if closes <= opens:
        return _Service(0, 0, 0, 0.0, float("nan"), float("nan"))
    stretches = covered_stretches(tracker.time, opens, closes, interval_s)
    seen = int((stretches[:, 1] - stretches[:, 0]).sum())
    inside = slice(*tracker.time.searchsorted((opens, closes)).tolist())
    late, clock = lateness_s(tracker.received[inside] - tracker.time[inside])
    return _Service(
        closes - opens, seen, inside.stop - inside.start, seen / SECOND_US / interval_s, late, clock
    )


def _stated_accuracy_m(tracker: StayReadings, start: int, end: int) -> NDArray[np.float64]:
    """What the positions that can be used say of how accurate they are (p,), metres."""
    columns = [tracker.columns.get(name) for name in ("lat", "lon", "accuracy_m")]
    if any(column is None for column in columns):
        return np.empty(0)
    inside = slice(*tracker.time.searchsorted((start, end)).tolist())
    lat, lon, accuracy = (np.asarray(column, np.float64)[inside] for column in columns)
    return accuracy[np.isfinite(lat) & np.isfinite(lon) & (accuracy <= WORST_ACCURACY_M)]


def _charges(told: StayReadings, start: int, end: int) -> NDArray[np.float64]:
    """The charges that a device told (c,), percent."""
    charges = told.columns.get("battery_pct")
    if charges is None:
        return np.empty(0)
    inside = charges[slice(*told.time.searchsorted((start, end)).tolist())]
    return np.asarray(inside[np.isfinite(inside)], np.float64)
