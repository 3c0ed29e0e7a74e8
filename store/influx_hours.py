"""Which hours hold or held readings: a mark an hour, with the revision of what touched it last.

A stream's days have a mark as well, by which a reader sees where something has changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from store.batch import Int64
from store.day_delays import DAY_US
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


def day_lines(stream: str, hours: Iterable[int], revision: int) -> list[str]:
    """A line for each day of these hours, in a request after that of their marks."""
    days = sorted({hour * HOUR_US // DAY_US for hour in hours})
    return [f"pilotbed_days,stream={stream} revision={revision}i {day * DAY_US * 1000}" for day in days]


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
