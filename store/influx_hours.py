"""Which hours hold or held readings: a mark an hour, with the revision of what touched it last."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from store.batch import HourCounts, Int64
from store.influx_lines import tag_value
from store.influx_queries import HOUR_US, between, literal, of_devices

HOUR_TYPES = {"time": pa.int64(), "revision": pa.int64(), "emptied": pa.bool_(), "readings": pa.int64()}


@dataclass(frozen=True, slots=True)
class Marks:
    """Hours of one device and stream, ascending: their revisions, and which a delete left empty."""

    hour: Int64
    revision: Int64
    emptied: NDArray[np.bool_]


def mark_lines(
    stream: str, device: str, hours: Iterable[int], revision: int, emptied: Iterable[int] = ()
) -> list[str]:
    """A line for each hour. It is written after what it tells of, so that no mark is without its data."""
    empty = frozenset(emptied)
    series = f"pilotbed_hours,device={tag_value(device)},stream={stream}"
    return [
        f"{series} emptied={'t' if hour in empty else 'f'},revision={revision}i {hour * HOUR_US * 1000}"
        for hour in hours
    ]


def marks_statement(stream: str, device: str, start: int, end: int) -> str:
    return (
        'SELECT "revision", "emptied" FROM "pilotbed_hours" '
        f'WHERE "stream" = {literal(stream)} AND {of_devices([device])} AND {between(start, end)}'
    )


def marks_found(found: Iterable[pa.Table]) -> Marks:
    """The marks of a statement that found one table or none."""
    for answer in found:
        table = answer.select(["time", "revision", "emptied"]).drop_null()  # a mark may be half written
        return Marks(
            hour=_hours(table),
            revision=table["revision"].to_numpy(),
            emptied=table["emptied"].to_numpy(),
        )
    return Marks(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, bool))


def newest_statement(stream: str, devices: Iterable[str]) -> str:
    """The newest hour of each device that holds readings."""
    return (
        'SELECT last("revision") FROM "pilotbed_hours" '
        f'WHERE "stream" = {literal(stream)} AND "emptied" = false AND {of_devices(devices)} '
        'GROUP BY "device"'
    )


def counts_statement(stream: str, device: str, start: int, end: int) -> str:
    """Readings of each hour that has some; the bounds are given, as without them it would end now."""
    return (
        f'SELECT count("columns") AS "readings" FROM "{stream}" '
        f"WHERE {of_devices([device])} AND {between(start, end)} GROUP BY time(1h) fill(none)"
    )


def counts_found(found: Iterable[pa.Table]) -> dict[int, int]:
    """Readings by hour."""
    return {
        hour: readings
        for table in found
        for hour, readings in zip(_hours(table).tolist(), table["readings"].to_pylist(), strict=True)
    }


def _hours(table: pa.Table) -> Int64:
    return np.asarray(table["time"].to_numpy() // (HOUR_US * 1000), dtype=np.int64)


class CountedHours:
    """Readings by hour, counted again only where the revision is another than when they were counted."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], HourCounts] = {}
        self._keeping = threading.Lock()

    def counted(
        self, stream: str, device: str, marks: Marks, count: Callable[[int, int], Mapping[int, int]]
    ) -> HourCounts:
        """The marked hours with their readings; `count(start, end)` counts the hours of [start, end) µs."""
        known = self._known.get((stream, device))
        readings = np.full(len(marks.hour), -1)
        if known is not None and len(known.hour):
            place = np.minimum(np.searchsorted(known.hour, marks.hour), len(known.hour) - 1)
            same = (known.hour[place] == marks.hour) & (known.revision[place] == marks.revision)
            readings = np.where(same, known.readings[place], readings)
        unknown = marks.hour[readings < 0]
        if len(unknown):
            found = count(int(unknown[0]) * HOUR_US, (int(unknown[-1]) + 1) * HOUR_US)
            readings[readings < 0] = [found.get(hour, 0) for hour in unknown.tolist()]
        counts = HourCounts(hour=marks.hour, readings=readings.astype(np.int64), revision=marks.revision)
        self._keep(stream, device, counts)
        return counts

    def _keep(self, stream: str, device: str, counts: HourCounts) -> None:
        """What was known of other hours stays."""
        if not len(counts.hour):
            return
        with self._keeping:
            known = self._known.get((stream, device))
            if known is None:
                self._known[stream, device] = counts
                return
            before, after = known.hour < counts.hour[0], known.hour > counts.hour[-1]
            self._known[stream, device] = HourCounts(
                *(
                    np.concatenate([old[before], new, old[after]])
                    for old, new in (
                        (known.hour, counts.hour),
                        (known.readings, counts.readings),
                        (known.revision, counts.revision),
                    )
                )
            )
