"""Line protocol from columns of readings: one line a row, built by column."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from store.batch import Batch, Int64
from store.streams import ABSENT_SEQUENCE, Column, Stream

SEQUENCES_A_SERIES = 999
"""Sequence numbers that share a series: each has a nanosecond of its own in the reading's microsecond, and
the first nanosecond is for readings without one."""


def stored_columns(stream: Stream) -> tuple[Column, ...]:
    """The columns that a row may carry or not, in the order of their bits in the field `columns`.

    Key columns have no bit: they are a point's identity. The order is part of what is stored, so a new
    column of a stream stands behind the others.
    """
    return tuple(column for column in stream.columns if column.name not in stream.key)


def tag_value(text: str) -> str:
    """Text as a tag: a line cannot hold a newline or a trailing backslash there, so neither may come."""
    return text.replace(",", r"\,").replace("=", r"\=").replace(" ", r"\ ")


def field_text(text: str) -> str:
    """Text as a string field, with its quotes."""
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def reading_lines(batch: Batch, rows: Int64) -> list[str]:
    """The lines of these rows of a batch.

    A row writes the fields it carries and, in `columns`, which ones these are: InfluxDB keeps the fields
    that an earlier row with the same key had, and a reader must not see them. `delay_us` is
    received - time.
    """
    stream = batch.stream
    columns = {name: values[rows] for name, values in batch.columns.items()}
    time = batch.time[rows]
    tags = {
        "device": pa.array([tag_value(name) for name in batch.devices]).take(pa.array(batch.device[rows]))
    }
    for name in stream.key:
        if name in columns and stream.column(name).kind == "text":
            tags[name] = pa.array(
                [tag_value(value) if value else None for value in columns[name]], pa.string()
            )
    nanoseconds = time * 1000
    if "seq" in columns:
        sequence = columns["seq"]
        known = sequence != ABSENT_SEQUENCE
        nanoseconds += np.where(known, sequence % SEQUENCES_A_SERIES + 1, 0)
        tags["seq_block"] = _decimal(sequence // SEQUENCES_A_SERIES, absent=~known)
    # InfluxDB sorts the tags of a point that does not have them sorted.
    series = _joined([stream.name, *(_joined([f"{name}=", tags[name]], "") for name in sorted(tags))], ",")

    carried = np.zeros(len(rows), dtype=np.int64)
    fields = []
    for bit, column in enumerate(stored_columns(stream)):
        if column.name in columns:
            written = _field(column, columns[column.name])
            carried |= np.asarray(written.is_valid(), dtype=np.int64) << bit
            fields.append(_joined([f"{column.name}=", written], ""))
    if "seq" in columns:
        fields.append(_joined(["seq=", _decimal(columns["seq"], absent=~known), "i"], ""))
    always = {
        "columns": carried,
        "delay_us": batch.received[rows] - time,
        "time_source": batch.time_source[rows],
    }
    fields.extend(_joined([f"{name}=", _decimal(values), "i"], "") for name, values in always.items())
    lines: list[str] = _joined([series, _joined(fields, ","), _decimal(nanoseconds)], " ").to_pylist()
    return lines


def _joined(parts: list[Any], separator: str) -> Any:
    """Row by row: absent parts are left out of a list, and leave nothing where there is no separator."""
    return pc.binary_join_element_wise(*parts, separator, null_handling="skip" if separator else "emit_null")


def _decimal(values: NDArray[Any], absent: NDArray[np.bool_] | None = None) -> Any:
    return pa.array(values, mask=absent).cast(pa.string())


def _field(column: Column, values: NDArray[Any]) -> Any:
    """The column's values as they stand in a line, null where absent."""
    if column.kind == "text":
        return pa.array([None if value is None else field_text(value) for value in values], pa.string())
    if column.kind == "bool":
        return pa.array(values, from_pandas=True).cast(pa.bool_()).cast(pa.string())
    # The shortest decimal that gives the same float32 gives it also by way of InfluxDB's float64.
    return pa.array(values, from_pandas=True).cast(pa.string())
