"""Readings as a Parquet file."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from api.readings.columns import plain_values
from store import TIME_SOURCES, Readings, Stream

_ARROW: Mapping[str, Any] = {
    "float32": pa.float32(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "integer": pa.int64(),
    "text": pa.string(),
}


def parquet_file(stream: Stream, parts: Sequence[Readings]) -> bytes:
    """Device, time, received, time_source, then the stream's columns; one row a reading."""
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(_table(stream, parts), buffer)
    return buffer.getvalue()


def _table(stream: Stream, parts: Sequence[Readings]) -> pa.Table:
    """Readings as an Arrow table: times as UTC microseconds, numbers as they are stored."""
    instant = pa.timestamp("us", tz="UTC")
    fields: dict[str, Any] = {
        "device": pa.array([part.device for part in parts for _ in range(len(part))], pa.string()),
        "time": pa.array(_joined([part.time for part in parts], np.int64), instant),
        "received": pa.array(_joined([part.received for part in parts], np.int64), instant),
        "time_source": pa.array(
            [TIME_SOURCES[code] for part in parts for code in part.time_source.tolist()], pa.string()
        ),
    }
    for column in stream.columns:
        values = [
            value
            for part in parts
            for value in plain_values(column, np.asarray(part.columns[column.name]), shortest=False)
        ]
        fields[column.name] = pa.array(values, _ARROW[column.kind])
    return pa.table(fields)


def _joined(arrays: Sequence[NDArray[np.int64]], dtype: type) -> NDArray[np.int64]:
    return np.concatenate([*arrays, np.empty(0, dtype)])
