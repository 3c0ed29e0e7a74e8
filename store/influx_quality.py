"""What the store knows of devices in an interval: counts and ends by InfluxQL, percentiles here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, gcd

import numpy as np
import pyarrow as pa

from store.batch import DeviceQuality, Int64
from store.influx_queries import HOUR_US, between, of_devices
from store.influx_tables import tags_of
from store.streams import STREAMS

HEARD_TYPES = dict.fromkeys(("time", "readings", "first", "last", "delay_us"), pa.int64())

SAMPLE = 20_000
"""Readings of a device and stream that percentiles are taken of: InfluxDB's own percentile over months of a
pilot's readings takes minutes."""

_LIVE_US = 3_600_000_000
"""A reading received within the hour tells of the device's clock; a later one tells of the network."""

_IMPORTED_US = 7 * 24 * 3_600_000_000
"""What comes later than a week after it was measured was brought in afterwards: no network is so slow."""

_HOURS_A_WEEK = 168


@dataclass(frozen=True, slots=True)
class Heard:
    """That a device has sent something on a stream: how many readings, the first and the last, µs."""

    stream: str
    device: str
    readings: int
    first: int
    last: int


def heard_statements(devices: Sequence[str], start: int, end: int) -> list[str]:
    """Three for each stream: only a single selector tells its reading's time."""
    return [
        f'SELECT {figure} FROM "{stream}" '
        f'WHERE {of_devices(devices)} AND {between(start, end)} GROUP BY "device"'
        for stream in STREAMS
        for figure in ('count("columns") AS "readings"', 'first("columns")', 'last("columns")')
    ]


def heard_of(found: Iterable[pa.Table]) -> list[Heard]:
    """By stream and device. What is deleted while the statements run is left out."""
    figures: dict[tuple[str, str], dict[str, int]] = {}
    for table in found:
        figure = table.column_names[-1]
        values = table["readings"].to_pylist() if figure == "readings" else _times(table)
        for stream, tags, value in zip(table["name"].to_pylist(), tags_of(table), values, strict=True):
            figures.setdefault((stream, tags["device"]), {})[figure] = value
    return [Heard(stream, device, **known) for (stream, device), known in figures.items() if len(known) == 3]


def _times(table: pa.Table) -> list[int]:
    times: list[int] = (table["time"].to_numpy() // 1000).tolist()
    return times


def lateness_statements(heard: Iterable[Heard]) -> list[str]:
    """The delays of all readings, or of hours that lie evenly over the interval and hold about `SAMPLE`."""
    return [
        f'SELECT "delay_us", "device" FROM "{each.stream}" '
        f"WHERE {of_devices([each.device])} AND {between(opens, min(closes, each.last + 1))}"
        for each in heard
        for opens, closes in _hours_spread(each)
    ]


def _hours_spread(heard: Heard) -> list[tuple[int, int]]:
    if heard.readings <= SAMPLE:
        return [(heard.first, heard.last + 1)]
    step = ceil(heard.readings / SAMPLE)
    while gcd(step, _HOURS_A_WEEK) > 1:
        step += 1  # so that all hours of the day and days of the week have their turn
    return [(opens, opens + HOUR_US) for opens in range(heard.first, heard.last + 1, step * HOUR_US)]


def lateness_of(found: Iterable[pa.Table]) -> dict[tuple[str, str], Int64]:
    """The delays by stream and device, µs."""
    parts: dict[tuple[str, str], list[Int64]] = {}
    for table in found:
        key = (table["name"][0].as_py(), table["device"][0].as_py())
        parts.setdefault(key, []).append(table["delay_us"].to_numpy())
    return {key: np.concatenate(delays) for key, delays in parts.items()}


def quality_of(heard: Heard, delays: Int64) -> DeviceQuality:
    """`delays` (n,) are µs, of at least one reading."""
    live, sent = delays[delays < _LIVE_US], delays[delays < _IMPORTED_US]
    return DeviceQuality(
        device=heard.device,
        stream=heard.stream,
        readings=heard.readings,
        first=heard.first,
        last=heard.last,
        lateness_p95_s=float(np.percentile(sent, 95)) / 1e6 if len(sent) else float("nan"),
        clock_offset_s=float(np.median(live)) / 1e6 if len(live) else float("nan"),
    )
