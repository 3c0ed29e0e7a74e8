"""Which keys of a batch the server holds already."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from store.batch import Batch, Int64
from store.influx_queries import HOUR_US, between, literal, quoted
from store.influx_tables import key_values, types_of
from store.streams import ABSENT_SEQUENCE, Stream

Key = tuple[Any, ...]
"""(device, time) and the stream's key columns; absent is None, or `ABSENT_SEQUENCE`."""


def key_statements(batch: Batch, rows: Int64) -> list[str]:
    """Statements that find what is stored around these rows, which stand by device and time.

    One for each run of rows without a gap of an hour: a late row among new ones must not ask for
    everything between.
    """
    device, time = batch.device[rows], batch.time[rows]
    starts = np.flatnonzero(np.r_[True, (device[1:] != device[:-1]) | (np.diff(time) > HOUR_US)])
    ends = np.r_[starts[1:], len(rows)] - 1
    columns = quoted(["columns", "device", *batch.stream.key])
    return [
        f'SELECT {columns} FROM "{batch.stream.name}" '
        f'WHERE "device" = {literal(batch.devices[number])} AND {between(first, last + 1)}'
        for number, first, last in zip(
            device[starts].tolist(), time[starts].tolist(), time[ends].tolist(), strict=True
        )
    ]


def key_types(stream: Stream) -> dict[str, pa.DataType]:
    return types_of(stream, stream.key)


def keys_found(stream: Stream, found: Iterable[pa.Table]) -> set[Key]:
    """The keys of all rows that the statements found."""
    keys: set[Key] = set()
    for table in found:
        columns = [key_values(table, stream.column(name)).tolist() for name in stream.key]
        times = (table["time"].to_numpy() // 1000).tolist()
        keys.update(zip(table["device"].to_pylist(), times, *columns, strict=True))
    return keys


def keys_of(batch: Batch, rows: Int64) -> Iterator[Key]:
    """The keys of a batch's rows, in their order."""
    columns: list[list[Any]] = []
    for name in batch.stream.key:
        if name in batch.columns:
            columns.append([None if value == "" else value for value in batch.columns[name][rows].tolist()])
        else:
            absent = ABSENT_SEQUENCE if batch.stream.column(name).kind == "integer" else None
            columns.append([absent] * len(rows))
    devices = [batch.devices[number] for number in batch.device[rows].tolist()]
    return zip(devices, batch.time[rows].tolist(), *columns, strict=True)
