"""How much of what a device was expected to send has come, counted hour by hour."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pilots.records import Assignment, Device
from store import HourCounts

HOUR_US = 3_600_000_000

MAIN_STREAM = {"bed": "bed", "gps": "gps"}
"""The stream that a kind of device is expected to send at its interval; of other kinds it is `status`."""

Instants = NDArray[np.int64]

Seconds = TypeVar("Seconds", float, NDArray[np.float64])


def main_streams(devices: Iterable[Device]) -> Mapping[str, str]:
    """The stream by which each device is judged; only those that send at an interval."""
    return {device.device: MAIN_STREAM.get(device.kind, "status") for device in devices if device.interval_s}


def expected(start: Instants, end: Instants, interval_s: float) -> NDArray[np.float64]:
    """Readings that each span [start, end) µs UTC asks for."""
    return np.asarray((end - start) / 1e6 / interval_s)


def delivered(counts: HourCounts, start: Instants, end: Instants, interval_s: float) -> NDArray[np.float64]:
    """Readings that count towards the expected of each span [start, end) µs UTC.

    Of each hour no more than it asks for, and one to spare for a clock that drifts over the hour's edge: a
    burst does not make up for a silence.
    """
    if len(start) == 1:
        return np.array([_delivered_in_one_span(counts, int(start[0]), int(end[0]), interval_s)])
    first = np.searchsorted(counts.hour, start // HOUR_US)
    hours = np.searchsorted(counts.hour, -(-end // HOUR_US)) - first
    span = np.repeat(np.arange(len(start)), hours)
    row = np.arange(len(span)) + np.repeat(first - (np.cumsum(hours) - hours), hours)
    opens = np.maximum(counts.hour[row] * HOUR_US, start[span])
    closes = np.minimum((counts.hour[row] + 1) * HOUR_US, end[span])
    most = _most((closes - opens) / 1e6, interval_s)
    return sums(span, np.minimum(counts.readings[row], most), len(start))


def _delivered_in_one_span(counts: HourCounts, start: int, end: int, interval_s: float) -> float:
    """Most devices stand in one place throughout: its hours are a part of the counts as they are."""
    first, past = np.searchsorted(counts.hour, (start // HOUR_US, -(-end // HOUR_US))).tolist()
    if first == past:
        return 0.0
    came = np.minimum(counts.readings[first:past], _most(HOUR_US / 1e6, interval_s))
    for row in (first, past - 1):
        opens = int(counts.hour[row]) * HOUR_US
        within = min(opens + HOUR_US, end) - max(opens, start)
        came[row - first] = min(counts.readings[row], _most(within / 1e6, interval_s))
    # One after the other, as `sums` adds them.
    return float(np.cumsum(came)[-1])


def _most(length: Seconds, interval_s: float) -> Seconds:
    return length / interval_s + 1


def sums(place: Instants, values: NDArray[np.float64], places: int) -> NDArray[np.float64]:
    """The sum (places,) of the values that stand at each place."""
    # Of no values at all it makes integers.
    return np.bincount(place, weights=values, minlength=places).astype(np.float64)


def clipped(assignment: Assignment, start: int, end: int) -> tuple[int, int]:
    """The part of an assignment in [start, end) µs UTC; where there is none, it ends before it starts."""
    until = end if assignment.end_us is None else min(assignment.end_us, end)
    return max(assignment.start_us, start), until
