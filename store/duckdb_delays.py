"""Kept days of a DuckDB store: a row for each stream, device and UTC day."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from store.batch import Int64
from store.day_delays import DAY_HOURS, DAY_US, KeptDay
from store.duckdb_hours import Cursor
from store.duckdb_rows import Rows, insert
from store.settling import Delays, DeviceDay, Fingerprints, KeptTotals, Revisions
from store.stream_hours import StreamHours, places_among
from store.streams import Stream


class DuckDBDays:
    """`store.settling.KeptDays` of one stream; `numbers` are the devices' by name.

    `hours_from(first)` are the stream's hours from that one on. `rows(listed, within)` is the query of its
    readings, each key once; `write` runs what it is given in a transaction.
    """

    def __init__(
        self,
        cursor: Cursor,
        stream: Stream,
        numbers: Mapping[str, int],
        hours_from: Callable[[int], StreamHours],
        rows: Callable[[str, str], str],
        write: Callable[[Callable[[duckdb.DuckDBPyConnection], None]], None],
    ) -> None:
        self._cursor = cursor
        self._stream = stream.name
        self._numbers = numbers
        self._hours_from = hours_from
        self._rows = rows
        self._write = write

    def fingerprints(self, devices: Sequence[str], first: int, past: int) -> Fingerprints:
        return self._hours_from(first * DAY_HOURS).fingerprints(self._asked(devices), first, past)

    def totals(self, devices: Sequence[str], first: int, past: int, *, with_cells: bool) -> KeptTotals:
        found = self._found(
            f"SELECT device, day, fingerprint, first, last{', cells' if with_cells else ''} FROM day_delays "
            f"WHERE stream = ? AND day >= {first} AND day < {past}"
        )
        device, known = self._places(found["device"], devices)
        day, fingerprint, opens, closes = (
            _whole(found[name][known]) for name in ("day", "fingerprint", "first", "last")
        )
        cells = found["cells"][known].tolist() if with_cells else [b""] * len(day)
        return KeptTotals(device, day, fingerprint, opens, closes, cells)

    def hours(self, devices: Sequence[str], first: int, past: int) -> Mapping[DeviceDay, bytes]:
        found = self._found(
            f"SELECT device, day, hours FROM day_delays WHERE stream = ? AND day >= {first} AND day < {past} "
            f"AND device IN ({self._chosen(devices)})"
        )
        place, _ = self._places(found["device"], devices)
        return dict(zip(zip(place.tolist(), found["day"].tolist(), strict=True), found["hours"], strict=True))

    def revisions(self, devices: Sequence[str], first: int, past: int) -> Revisions:
        return self._hours_from(first * DAY_HOURS).revisions(self._asked(devices), first, past)

    def delays(self, devices: Sequence[str], start: int, end: int) -> Delays:
        within = f"device IN ({self._chosen(devices)}) AND time >= {start} AND time < {end}"
        rows = self._rows("device, time, received", within)
        found = self._cursor.execute(
            f"SELECT device, time, received - time AS delay FROM ({rows})"
        ).fetchnumpy()
        place, _ = self._places(found["device"], devices)
        return Delays(place, _whole(found["time"]), _whole(found["delay"]))

    def keep(self, devices: Sequence[str], days: Sequence[KeptDay]) -> None:
        columns: Rows = {
            "stream": np.full(len(days), self._stream, object),
            "device": np.array([self._numbers[devices[each.device]] for each in days], np.int32),
            "day": np.array([each.day for each in days], np.int32),
            "fingerprint": np.array([each.fingerprint for each in days], np.int64),
            "first": np.array([each.first for each in days], np.int64),
            "last": np.array([each.last for each in days], np.int64),
            "cells": np.array([each.cells for each in days], object),
            "hours": np.array([each.hours for each in days], object),
        }

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            connection.register("anew", {name: columns[name] for name in ("device", "day")})
            connection.execute(
                "DELETE FROM day_delays USING anew WHERE stream = ? "
                "AND day_delays.device = anew.device AND day_delays.day = anew.day",
                [self._stream],
            )
            connection.unregister("anew")
            insert(connection, "day_delays", columns)

        if days:
            self._write(work)

    def _found(self, query: str) -> dict[str, Any]:
        return self._cursor.execute(query, [self._stream]).fetchnumpy()

    def _chosen(self, devices: Sequence[str]) -> str:
        return ", ".join(str(self._numbers[device]) for device in devices)

    def _asked(self, devices: Sequence[str]) -> Int64:
        return np.array([self._numbers[device] for device in devices], np.int64)

    def _places(self, numbers: Any, devices: Sequence[str]) -> tuple[Int64, NDArray[np.bool_]]:
        return places_among(self._asked(devices), numbers)


def _whole(values: Any) -> Int64:
    return np.asarray(values, np.int64)


def delete_days(connection: duckdb.DuckDBPyConnection, stream: Stream, bounds: Mapping[str, int]) -> None:
    """Days of a device that lose readings; what is left of them is made anew from it."""
    connection.execute(
        "DELETE FROM day_delays WHERE stream = ? AND device = ? AND day BETWEEN ? AND ?",
        [stream.name, bounds["device"], bounds["start"] // DAY_US, (bounds["end"] - 1) // DAY_US],
    )
