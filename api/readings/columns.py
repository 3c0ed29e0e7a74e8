"""Readings as columns of plain values: absent is None, never NaN, and a float32 shows no invented digits."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store import TIME_SOURCES, Readings, Stream
from store.streams import ABSENT_SEQUENCE, Column


def plain_columns(stream: Stream, parts: Sequence[Readings]) -> dict[str, list[Any]]:
    """Lists by column name, one value a reading: device, time, received, time_source, then the stream's."""
    columns: dict[str, list[Any]] = {
        "device": [part.device for part in parts for _ in range(len(part))],
        "time": [text for part in parts for text in _rfc3339(part.time)],
        "received": [text for part in parts for text in _rfc3339(part.received)],
        "time_source": [TIME_SOURCES[code] for part in parts for code in part.time_source.tolist()],
    }
    for column in stream.columns:
        columns[column.name] = [
            value for part in parts for value in plain_values(column, np.asarray(part.columns[column.name]))
        ]
    return columns


def _rfc3339(times: NDArray[np.int64]) -> list[str]:
    """RFC 3339 in UTC, with the fraction only where there is one."""
    texts: list[str] = np.datetime_as_string(times.astype("datetime64[us]")).tolist()
    return [text.removesuffix(".000000") + "Z" for text in texts]


def plain_values(column: Column, values: NDArray[Any], *, shortest: bool = True) -> list[Any]:
    """A column's values as Python ones; `shortest` gives a float32 the digits it was written with."""
    if column.kind == "text":
        return [None if value is None else str(value) for value in values.tolist()]
    if column.kind == "integer":
        return [None if value == ABSENT_SEQUENCE else value for value in values.tolist()]
    present = np.isfinite(values)
    if not present.any():
        return [None] * len(values)
    if column.kind == "bool":
        filled = values.astype(np.float64)
        return [bool(value) if known else None for value, known in zip(filled, present, strict=True)]
    numbers = _shortest(values) if column.kind == "float32" and shortest else values.astype(np.float64)
    listed: list[Any] = numbers.tolist()
    if present.all():
        return listed
    return [value if known else None for value, known in zip(listed, present.tolist(), strict=True)]


def _shortest(values: NDArray[Any]) -> NDArray[np.float64]:
    """float64 values that read as the float32 was written: 71.2, not 71.19999694824219.

    Seven significant digits, where they name the same float32; all digits where they do not.
    """
    single = values.astype(np.float32)
    exact = single.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        magnitude = np.floor(np.log10(np.abs(exact)))
        decimals = np.where(np.isfinite(magnitude), 6 - magnitude, 0.0)
        scale = np.power(10.0, np.clip(decimals, 0, 22))
        short = np.rint(exact * scale) / scale
        same = short.astype(np.float32) == single
    return np.where(same, short, exact)
