"""What InfluxQL answers as CSV, as arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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


def tables(answer: bytes, types: Mapping[str, pa.DataType]) -> list[pa.Table]:
    """One table for each statement that found something, in order; a column without a type is text.

    Only for statements whose text holds no newline: an empty line parts their answers.
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
        read_options=csv.ReadOptions(use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types={name: types.get(name, pa.string()) for name in names},
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=False,
        ),
    )
