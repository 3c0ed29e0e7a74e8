"""A page of readings: device after device, each in time order, from where the last page ended."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.cursors import make_cursor, read_cursor
from api.readings.downsampling import minmax_rows
from store import Readings, TimeSeriesStore

MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class ReadingsPage:
    """Readings of one or more devices; `next` is the cursor of what follows, or None."""

    parts: Sequence[Readings]
    downsampled: bool
    next: str | None


def thinned(
    store: TimeSeriesStore, stream: str, devices: Sequence[str], start: int, end: int, max_points: int
) -> ReadingsPage:
    """At most `max_points` readings of each device, all in one page."""
    parts, cut = [], False
    for device in devices:
        readings = store.read(stream, device, start, end)
        if len(readings) > max_points:
            readings, cut = _take(readings, minmax_rows(readings, max_points)), True
        parts.append(readings)
    return ReadingsPage(parts, cut, None)


def whole(
    store: TimeSeriesStore,
    stream: str,
    devices: Sequence[str],
    start: int,
    end: int,
    limit: int,
    cursor: str | None,
) -> ReadingsPage:
    """The next `limit` readings in order of device, time and key.

    A cursor holds the device, the time, and how many readings of that very time were given out.
    """
    resumed, resume_at, given = ("", start, 0) if cursor is None else _resume(cursor)
    parts: list[Readings] = []
    room = limit
    for device in sorted(devices):
        if device < resumed:
            continue
        first = max(start, resume_at) if device == resumed else start
        if first >= end:
            continue
        if room == 0:
            if store.count(stream, device, first, end):
                return ReadingsPage(parts, False, make_cursor((device, first, 0)))
            continue
        readings = store.read(stream, device, first, end)
        if len(readings) == 0:
            continue
        skip = given if device == resumed and int(readings.time[0]) == resume_at else 0
        taken = _take(readings, np.arange(skip, min(len(readings), skip + room)))
        if len(taken):
            parts.append(taken)
        room -= len(taken)
        if skip + len(taken) < len(readings):
            last = int(taken.time[-1])
            seen = int(np.count_nonzero(readings.time[: skip + len(taken)] == last))
            return ReadingsPage(parts, False, make_cursor((device, last, seen)))
    return ReadingsPage(parts, False, None)


def _resume(cursor: str) -> tuple[str, int, int]:
    device, time, given = read_cursor(cursor, (str, int, int))
    return str(device), int(time), int(given)


def _take(readings: Readings, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Readings:
    return Readings(
        readings.stream,
        readings.device,
        readings.time[rows],
        readings.received[rows],
        readings.time_source[rows],
        {name: values[rows] for name, values in readings.columns.items()},
    )
