"""What InfluxQL answers as CSV, as arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from store.batch import Readings
from store.influx_lines import stored_columns
from store.streams import ABSENT_SEQUENCE, Column, Stream

_HEADER = b"name,tags,time,"

_TYPES = {
    "float32": pa.float32(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "integer": pa.int64(),
    "text": pa.string(),
}

ROW_TYPES = {"time": pa.int64(), "columns": pa.int64(), "delay_us": pa.int64(), "time_source": pa.int8()}
"""What every reading has in the store beside its stream's columns."""


def types_of(stream: Stream, names: Sequence[str]) -> dict[str, pa.DataType]:
    """The types of these columns of a stream, and of what every reading has."""
    return ROW_TYPES | {name: _TYPES[stream.column(name).kind] for name in names}


def tables(answer: bytes, types: Mapping[str, pa.DataType]) -> list[pa.Table]:
    """One table for each statement that found something, in order; a column without a type is text.

    An empty line parts them, so text in them may hold no newline: none of a stream does.
    """
    starts = [0]
    while (found := answer.find(b"\n\n" + _HEADER, starts[-1])) >= 0:
        starts.append(found + 2)
    return [
        table(answer[start:end], types)
        for start, end in zip(starts, [*starts[1:], len(answer)], strict=True)
        if end > start
    ]


def table(answer: bytes, types: Mapping[str, pa.DataType]) -> pa.Table:
    """The answer of one statement, absent values as null; a column without a type is text."""
    names = answer[: answer.index(b"\n")].decode().split(",")
    return csv.read_csv(
        pa.BufferReader(answer),
        convert_options=csv.ConvertOptions(
            column_types={name: types.get(name, pa.string()) for name in names},
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


def tags_of(found: pa.Table) -> list[dict[str, str]]:
    """The tags of each row of a statement with GROUP BY, where no value needs escaping."""
    return [
        dict(tag.split("=", 1) for tag in tags.split(",")) for tags in found["tags"].fill_null("").to_pylist()
    ]


def readings(found: pa.Table, stream: Stream, device: str, wanted: Sequence[Column]) -> Readings:
    """One device's rows, of which `found` has the wanted columns and the key's."""
    found = found.filter(_whole(found, stream, wanted))
    time = _integers(found, "time") // 1000
    if len(time) > 1 and (time[1:] == time[:-1]).any():
        order = np.lexsort([*(_sortable(found, stream.column(name)) for name in reversed(stream.key)), time])
        found, time = found.take(order), time[order]
    return Readings(
        stream=stream,
        device=device,
        time=time,
        received=time + _integers(found, "delay_us"),
        time_source=found["time_source"].to_numpy(),
        columns={
            column.name: key_values(found, column)
            if column.name in stream.key
            else _values(found, column, _carried(found, stream, column))
            for column in wanted
        },
    )


def _whole(found: pa.Table, stream: Stream, wanted: Sequence[Column]) -> NDArray[np.bool_]:
    """Rows that have what they say they carry: a point that is being written shows field by field."""
    whole = np.ones(len(found), dtype=bool)
    for name in ROW_TYPES:
        whole &= np.asarray(found[name].is_valid())
    for column in wanted:
        # Text is left out, since an empty one looks like none.
        if column.name not in stream.key and column.kind != "text":
            whole &= np.asarray(found[column.name].is_valid()) | ~_carried(found, stream, column)
    return whole


def _carried(found: pa.Table, stream: Stream, column: Column) -> NDArray[np.bool_]:
    bit = stored_columns(stream).index(column)
    return (np.asarray(found["columns"].fill_null(0)) >> bit & 1).astype(bool)


def no_readings(stream: Stream, device: str, wanted: Sequence[Column]) -> Readings:
    names = {column.name for column in wanted} | set(stream.key)
    types = types_of(stream, tuple(names))
    return readings(
        pa.table({name: pa.array([], kind) for name, kind in types.items()}), stream, device, wanted
    )


def _integers(found: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(found[name].to_numpy(), dtype=np.int64)


def _sortable(found: pa.Table, column: Column) -> NDArray[Any]:
    """Key values in an order: absent stands first."""
    if column.kind == "integer":
        return key_values(found, column)
    return np.array(found[column.name].fill_null("").to_pylist(), dtype=np.str_)


def key_values(found: pa.Table, column: Column) -> NDArray[Any]:
    values = found[column.name]
    if column.kind == "integer":
        return np.asarray(values.fill_null(ABSENT_SEQUENCE).to_numpy(), dtype=np.int64)
    return np.asarray(values.to_numpy(), dtype=object)


def _values(found: pa.Table, column: Column, carried: NDArray[np.bool_]) -> NDArray[Any]:
    """The column where the row carries it; what an earlier row of the key left behind is absent."""
    values = found[column.name]
    if column.kind == "text":
        # InfluxDB writes an empty text as it writes none.
        text = np.asarray(values.fill_null("").to_numpy(), dtype=object)
        text[~carried] = None
        return text
    if column.kind == "bool":
        values = values.cast(pa.float32())
    numbers: NDArray[Any] = values.to_numpy()
    if not carried.all():
        numbers = np.where(carried, numbers, np.nan).astype(numbers.dtype)
    return numbers
